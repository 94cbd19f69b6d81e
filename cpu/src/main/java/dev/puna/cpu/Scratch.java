package dev.puna.cpu;

import java.lang.foreign.Arena;

/** What a worker's kernels need for themselves: made once, used by one kernel after the other. */
final class Scratch {
  /** Bytes of native memory. */
  static final long BYTES = LinearKernel.SCRATCH_BYTES;

  /** {@link #BYTES} of native memory. */
  final long address;

  /** Where the keys and values of a stretch of positions are. */
  final long[] keys = new long[AttendKernel.STRETCH];

  final long[] values = new long[AttendKernel.STRETCH];

  /** Scores of the stretch, then its weights. */
  final float[] scores = new float[AttendKernel.STRETCH];

  Scratch(Arena arena) {
    address = arena.allocate(BYTES + Memory.PADDING, 64).address();
  }
}
