package dev.puna.cpu;

import dev.puna.cpu.asm.CLibrary;
import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory that takes up room only where it is used. An arena writes zeros when it allocates,
 * and so makes the system find all of the memory at once; C's calloc gets large blocks from the
 * system as pages that are zero when first touched.
 */
final class LazyMemory {
  private LazyMemory() {}

  /** {@code bytes} zeros on a cache line boundary, freed when the arena is closed. */
  static MemorySegment allocate(Arena arena, long bytes) {
    long padded = Math.addExact(bytes, 2L * Memory.PADDING);
    long raw = CLibrary.call(CLibrary.find("calloc").orElseThrow(), 1, padded).value();
    if (raw == 0) {
      throw new PunaException(
          "the system has no " + bytes / (1 << 20) + " MiB for the cache of keys and values",
          "ask for a shorter context or fewer sequences");
    }
    long skipped = -raw & Memory.PADDING - 1;
    return MemorySegment.ofAddress(raw)
        .reinterpret(padded, arena, LazyMemory::free)
        .asSlice(skipped, bytes);
  }

  private static void free(MemorySegment raw) {
    CLibrary.call(CLibrary.find("free").orElseThrow(), raw.address());
  }
}
