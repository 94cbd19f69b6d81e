package dev.puna.cpu;

import static java.lang.invoke.MethodType.methodType;

import dev.puna.tensor.DType;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of a type of stored numbers, each called for a stretch of work.
 *
 * <p>They are behind method handles on purpose. HotSpot compiles a method together with the small
 * and hot methods it calls, up to a size; where that is reached within a kernel, vectors are no
 * longer registers but objects, and the kernel slows down tenfold. A handle that is not a constant
 * is never inlined: every kernel is compiled by itself, whichever types a process happens to use.
 */
final class Format {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  /** By type; an array, whose elements are no constants. */
  private static final Format[] ALL = new Format[DType.values().length];

  static {
    for (DType type : DType.values()) {
      ALL[type.ordinal()] =
          switch (type) {
            case F32 -> new Format(F32.class, true);
            case F16 -> new Format(F16.class, true);
            case BF16 -> new Format(BF16.class, false);
            case Q8_0 -> new Format(Q8_0.class, false);
            case Q4_0 -> new Format(Q4_0.class, false);
          };
    }
  }

  private final MethodHandle dots;
  private final MethodHandle decode;
  private final @Nullable MethodHandle add;

  private Format(Class<?> kernels, boolean cache) {
    MethodType dotsType =
        methodType(void.class, long[].class, int.class, int.class, long.class, long.class);
    MethodType addType =
        methodType(void.class, float[].class, long[].class, int.class, long.class, int.class);
    dots = kernel(kernels, "dots", dotsType);
    decode = kernel(kernels, "decode", methodType(void.class, long.class, int.class, long.class));
    add = cache ? kernel(kernels, "add", addType) : null;
  }

  static Format of(DType type) {
    return ALL[type.ordinal()];
  }

  /** A static method of this package as a handle. */
  static MethodHandle kernel(Class<?> kernels, String name, MethodType type) {
    try {
      return LOOKUP.findStatic(kernels, name, type);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** Kernels throw nothing that their callers could handle. */
  static RuntimeException failed(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  /**
   * sums[i] = Σ rows[i][c]·x[c] over the whole vectors of {@code cols} columns, each left as a
   * vector of partial sums, {@link Tile#SUM} apart. Rows are taken in fours: the array is padded
   * with rows that may be read, and so are the sums.
   */
  void dots(long[] rows, int count, int cols, long x, long sums) {
    try {
      dots.invokeExact(rows, count, cols, x, sums);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Decodes {@code count} numbers (whole blocks) to single precision. */
  void decode(long from, int count, long to) {
    try {
      decode.invokeExact(from, count, to);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** y += Σ factors[i]·rows[i] over {@code cols} columns; for types of the state. */
  void add(float[] factors, long[] rows, int count, long y, int cols) {
    if (add == null) {
      throw new IllegalStateException("not a type of the state");
    }
    try {
      add.invokeExact(factors, rows, count, y, cols);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A row's sum with the columns that fill no vector; blocks are whole vectors. */
  static float tail(DType type, float sum, long w, int cols, long x) {
    float s = sum;
    for (int c = Lanes.whole(cols); c < cols; c++) {
      s = Math.fma(number(type, w, c), Memory.f32(x + 4L * c), s);
    }
    return s;
  }

  private static float number(DType type, long w, int c) {
    return switch (type) {
      case F32 -> Memory.f32(w + 4L * c);
      case F16 -> Memory.f16(w + 2L * c);
      case BF16 -> Memory.bf16(w + 2L * c);
      case Q8_0, Q4_0 -> throw new AssertionError(type);
    };
  }
}
