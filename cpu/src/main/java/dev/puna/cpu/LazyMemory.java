package dev.puna.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory that takes up room only where it is used. An arena writes zeros when it allocates,
 * and so makes the system find all of the memory at once; C's calloc gets large blocks from the
 * system as pages that are zero when first touched.
 */
final class LazyMemory {
  private LazyMemory() {}

  private static final MethodHandle CALLOC =
      function("calloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ADDRESS));

  /** {@code bytes} zeros on a cache line boundary, freed when the arena is closed. */
  static MemorySegment allocate(Arena arena, long bytes) {
    long padded = Math.addExact(bytes, 2L * Memory.PADDING);
    MemorySegment raw;
    try {
      raw = (MemorySegment) CALLOC.invokeExact(1L, padded);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (raw.address() == 0) {
      throw new PunaException(
          "the system has no " + bytes / (1 << 20) + " MiB for the cache of keys and values",
          "ask for a shorter context or fewer sequences");
    }
    long skipped = -raw.address() & Memory.PADDING - 1;
    return raw.reinterpret(padded, arena, LazyMemory::free).asSlice(skipped, bytes);
  }

  private static void free(MemorySegment raw) {
    try {
      FREE.invokeExact(raw);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }
}
