package dev.puna.cpu.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes zeros without an object, as a slice to be filled is one, and at full speed from the first
 * call, as a loop that is still interpreted does not.
 */
public final class Zeros {
  private Zeros() {}

  private static final long BYTES = 1 << 14;
  private static final MemorySegment ZEROS = Arena.global().allocate(BYTES, 64);

  /** Makes {@code bytes} bytes zero. */
  public static void write(long to, long bytes) {
    for (long done = 0; done < bytes; done += BYTES) {
      MemorySegment.copy(ZEROS, 0, Arguments.ALL, to + done, Math.min(BYTES, bytes - done));
    }
  }
}
