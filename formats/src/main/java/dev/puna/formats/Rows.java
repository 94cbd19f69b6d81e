package dev.puna.formats;

import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.LongStream;

/** Makes matrices a few rows at a time, all cores together. */
final class Rows {
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Numbers that a core makes at once: few enough for its cache, many enough for its start. */
  private static final long CHUNK = 1 << 15;

  private Rows() {}

  /** Makes rows [from, to) of the whole matrix in {@code target}. */
  @FunctionalInterface
  interface Maker {
    void make(long from, long to, MemorySegment target);
  }

  /** Makes one row of numbers. */
  @FunctionalInterface
  interface NumberMaker {
    void make(long row, float[] numbers);
  }

  /** A matrix [rows, cols] of {@code type}, made by {@code maker}. */
  static MemorySegment make(Arena arena, DType type, long rows, long cols, Maker maker) {
    MemorySegment target = arena.allocate(Math.multiplyExact(rows, type.bytes(cols)), 64);
    // A multiple of 32, so that what lies transposed is read by whole cache lines.
    long each = Math.max(1, CHUNK / Math.max(1, cols * 32)) * 32;
    LongStream.range(0, Math.ceilDiv(rows, each))
        .parallel()
        .forEach(i -> maker.make(i * each, Math.min(rows, (i + 1) * each), target));
    return target;
  }

  /** A matrix [rows, cols] in single precision. */
  static MemorySegment numbers(Arena arena, long rows, long cols, NumberMaker maker) {
    int width = Math.toIntExact(cols);
    return make(
        arena,
        DType.F32,
        rows,
        cols,
        (from, to, target) -> {
          float[] row = new float[width];
          for (long r = from; r < to; r++) {
            maker.make(r, row);
            DType.F32.encode(row, 0, width, target, r * cols * Float.BYTES);
          }
        });
  }

  /** A tensor of double precision, which no kernel reads, rounded to single. */
  static StoredTensor doubles(String name, List<Long> shape, MemorySegment data) {
    long cols = StoredTensor.columns(shape);
    return new StoredTensor(
        name,
        DType.F32,
        shape,
        (StoredTensor.Made)
            arena ->
                numbers(
                    arena,
                    StoredTensor.rows(shape),
                    cols,
                    (row, numbers) -> {
                      for (int c = 0; c < cols; c++) {
                        numbers[c] = (float) data.get(DOUBLE, 8 * (row * cols + c));
                      }
                    }));
  }
}
