package dev.puna.cpu;

import dev.puna.cpu.kernels.QuantizedProduct;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** What a worker's kernels need for themselves: made once, used by one kernel after the other. */
final class Scratch {
  /** Bytes of native memory. */
  static final long BYTES = Math.max(VectorProduct.SCRATCH_BYTES, FloatProduct.SCRATCH_BYTES);

  /** {@link #BYTES} of native memory. */
  final long address;

  /** {@link QuantizedProduct#WORKING_BYTES} of native memory. */
  final long working;

  /** For attention by assembled kernels. */
  final long attention;

  /** Where the keys and values of a stretch of positions are. */
  final long[] keys = new long[Softmax.STRETCH];

  final long[] values = new long[Softmax.STRETCH];

  /** Scores of the stretch, then its weights. */
  final float[] scores = new float[Softmax.STRETCH];

  private @Nullable Softmax softmax;

  /** For mixtures of experts. */
  final ExpertScratch experts;

  Scratch(ExpertScratch.Sizes sizes, long attentionBytes, Arena arena) {
    address = arena.allocate(BYTES + Memory.PADDING, 64).address();
    working = arena.allocate(QuantizedProduct.WORKING_BYTES, 64).address();
    attention = arena.allocate(attentionBytes, 64).address();
    experts = new ExpertScratch(sizes, arena);
  }

  /** For attention by the Vector API: made where that is there. */
  Softmax softmax() {
    if (softmax == null) {
      softmax = new Softmax();
    }
    return softmax;
  }
}
