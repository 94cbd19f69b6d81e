package dev.puna.model;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes tensors one after the other, each by all cores: what was encoded before is freed with the
 * next, so that memory is bounded by one tensor.
 */
final class TensorEncoder implements AutoCloseable {
  /** Numbers that a core encodes at once. */
  private static final long CHUNK = 1 << 16;

  private Arena current = Arena.ofShared();

  /**
   * How a tensor is encoded.
   *
   * @param order from which row of the source each row comes; null if the order stays
   * @param importance of each column, or of each column of each of several stacked matrices, one
   *     after the other; null: all the same
   */
  record How(DType type, int @Nullable [] order, float @Nullable [] importance) {}

  /** Frees the tensor before this one, and gives the arena in which to make the next. */
  @SuppressWarnings("MustBeClosed") // it lives until the next tensor, or close()
  private Arena next() {
    current.close();
    current = Arena.ofShared();
    return current;
  }

  /**
   * The encoded bytes, there until the next call. Bytes of the type that is wanted stay as they
   * are.
   *
   * @param source is given the arena that holds what has to be made
   */
  MemorySegment encode(Function<Arena, Tensor> source, How how) {
    Arena arena = next();
    return encoded(arena, source.apply(arena), how);
  }

  /** Several, one below the other. */
  MemorySegment encode(List<Function<Arena, Tensor>> sources, List<How> hows) {
    if (sources.size() == 1) {
      return encode(sources.getFirst(), hows.getFirst());
    }
    Arena arena = next();
    List<MemorySegment> parts = new ArrayList<>();
    for (int i = 0; i < hows.size(); i++) {
      parts.add(encoded(arena, sources.get(i).apply(arena), hows.get(i)));
    }
    long bytes = parts.stream().mapToLong(MemorySegment::byteSize).reduce(0, Math::addExact);
    MemorySegment target = arena.allocate(bytes, 64);
    long at = 0;
    for (MemorySegment part : parts) {
      MemorySegment.copy(part, 0, target, at, part.byteSize());
      at += part.byteSize();
    }
    return target;
  }

  private static MemorySegment encoded(Arena arena, Tensor tensor, How how) {
    if (how.order == null && tensor.type() == how.type) {
      return tensor.data();
    }
    if (tensor.rows() == 1) {
      return vector(arena, tensor, how);
    }
    int cols = Math.toIntExact(tensor.cols());
    long rowBytes = how.type.bytes(cols);
    MemorySegment target = arena.allocate(Math.multiplyExact(tensor.rows(), rowBytes), 64);
    long chunk = Math.max(1, CHUNK / cols);
    LongStream.range(0, Math.ceilDiv(tensor.rows(), chunk))
        .parallel()
        .forEach(
            c -> {
              float[] row = new float[cols];
              long end = Math.min(tensor.rows(), (c + 1) * chunk);
              for (long r = c * chunk; r < end; r++) {
                tensor.row(how.order == null ? r : how.order[(int) r], row, 0);
                float[] importance = importance(how, tensor, r);
                how.type.encode(row, 0, cols, importance, target, r * rowBytes);
              }
            });
    return target;
  }

  /** The order of a vector is one of its numbers. */
  private static MemorySegment vector(Arena arena, Tensor tensor, How how) {
    float[] x = tensor.toArray();
    float[] y = x.clone();
    for (int i = 0; how.order != null && i < y.length; i++) {
      y[i] = x[how.order[i]];
    }
    MemorySegment target = arena.allocate(how.type.bytes(y.length), 64);
    how.type.encode(y, 0, y.length, how.importance, target, 0);
    return target;
  }

  private static float @Nullable [] importance(How how, Tensor tensor, long row) {
    if (how.importance == null) {
      return null;
    }
    int cols = Math.toIntExact(tensor.cols());
    int matrices = how.importance.length / cols;
    if (matrices == 1) {
      return how.importance;
    }
    int matrix = (int) (row / (tensor.rows() / matrices));
    return java.util.Arrays.copyOfRange(how.importance, matrix * cols, (matrix + 1) * cols);
  }

  /** Numbers that stand in no file. */
  MemorySegment encode(float[] numbers, DType type) {
    MemorySegment target = next().allocate(type.bytes(numbers.length), 64);
    type.encode(numbers, 0, numbers.length, target, 0);
    return target;
  }

  @Override
  public void close() {
    current.close();
  }
}
