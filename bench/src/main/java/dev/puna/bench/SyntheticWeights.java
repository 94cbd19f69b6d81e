package dev.puna.bench;

import dev.puna.formats.GgufWriter;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random weights with which activations stay finite and logits are of ordinary size: a projection's
 * outputs are about as large as its inputs.
 *
 * <p>Gigabytes in seconds: of each type and scale, one pool of Gaussian numbers is encoded, and
 * every row is a stretch of it from a random block on. What the numbers are does not change the
 * work.
 */
final class SyntheticWeights implements AutoCloseable {
  /** A multiple of every block size. */
  private static final int POOL = 1 << 20;

  /** Spreads the logits: several times as far as the last norm's output. */
  private static final double HEAD_GAIN = 3;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(5);
  private final Map<Pool, MemorySegment> pools = new HashMap<>();
  private final MemorySegment tensor;

  private record Pool(DType type, double deviation) {}

  /** Room for the largest of these tensors. */
  SyntheticWeights(List<GgufWriter.Entry> tensors) {
    long largest = tensors.stream().mapToLong(SyntheticWeights::bytes).max().orElse(0);
    tensor = arena.allocate(largest, 64);
  }

  private static long bytes(GgufWriter.Entry entry) {
    return entry.type().bytes(entry.shape().stream().reduce(1L, Math::multiplyExact));
  }

  /** A tensor's bytes, valid until the next call. */
  MemorySegment of(GgufWriter.Entry entry) {
    MemorySegment data = tensor.asSlice(0, bytes(entry));
    long cols = entry.shape().getLast();
    if (entry.shape().size() == 1) {
      norm(data, (int) cols);
      return data;
    }
    MemorySegment pool = pool(entry, cols);
    long row = entry.type().bytes(cols);
    int starts = (int) ((pool.byteSize() - row) / entry.type().blockBytes()) + 1;
    for (long at = 0; at < data.byteSize(); at += row) {
      long from = (long) random.nextInt(starts) * entry.type().blockBytes();
      MemorySegment.copy(pool, from, data, at, row);
    }
    return data;
  }

  /** Gains around 1. */
  private void norm(MemorySegment data, int cols) {
    DType.F32.encode(gaussian(cols, 1, 0.1), 0, cols, data, 0);
  }

  private MemorySegment pool(GgufWriter.Entry entry, long cols) {
    double deviation =
        switch (entry.name()) {
          case "token_embd.weight" -> 1;
          case "output.weight" -> HEAD_GAIN / Math.sqrt(cols);
          default -> 1 / Math.sqrt(cols);
        };
    return pools.computeIfAbsent(
        new Pool(entry.type(), deviation),
        pool -> {
          MemorySegment encoded = arena.allocate(pool.type.bytes(POOL), 64);
          pool.type.encode(gaussian(POOL, 0, pool.deviation), 0, POOL, encoded, 0);
          return encoded;
        });
  }

  private float[] gaussian(int count, double mean, double deviation) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return numbers;
  }

  @Override
  public void close() {
    arena.close();
  }
}
