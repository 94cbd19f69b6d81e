package dev.puna.cpu;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * A loop over columns that is compiled by itself, so that its vectors stay registers whatever
 * kernel it is part of: see {@link Format}. Kept in arrays only, whose elements are no constants.
 */
final class Loop {
  private final MethodHandle handle;

  private Loop(MethodHandle handle) {
    this.handle = handle;
  }

  /**
   * The static methods of these names and parameters.
   *
   * @param parameters none, or those of {@link #run}
   */
  static Loop[] of(Class<?> kernels, Class<?>[] parameters, String... names) {
    return Arrays.stream(names)
        .map(name -> new Loop(Format.kernel(kernels, name, methodType(void.class, parameters))))
        .toArray(Loop[]::new);
  }

  static final Class<?>[] PLAIN = {long.class, long.class, int.class};
  static final Class<?>[] BY_NUMBER = {float.class, long.class, long.class, int.class};

  /** From x to out. */
  void run(long x, long out, int cols) {
    try {
      handle.invokeExact(x, out, cols);
    } catch (Throwable e) {
      throw Format.failed(e);
    }
  }

  /** Likewise, by a number. */
  void run(float by, long x, long out, int cols) {
    try {
      handle.invokeExact(by, x, out, cols);
    } catch (Throwable e) {
      throw Format.failed(e);
    }
  }
}
