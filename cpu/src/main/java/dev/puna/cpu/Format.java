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
  private static final MethodType DECODE =
      methodType(void.class, long.class, int.class, long.class);

  /** By type; an array, whose elements are no constants. */
  private static final Format[] ALL = new Format[DType.values().length];

  static {
    for (DType type : DType.values()) {
      ALL[type.ordinal()] =
          switch (type) {
            case F32 -> new Format(F32.class, true, true);
            case F16 -> new Format(F16.class, true, true);
            case BF16 -> new Format(BF16.class, true, false);
            case Q8_0 -> new Format(Q8_0.class, true, true);
            case Q4_0 -> new Format(Q4_0.class, !Lanes.TWO_PARTS, false);
            case Q4_1 -> new Format(Q4_1.class);
            case Q5_0 -> new Format(Q5_0.class);
            case Q5_1 -> new Format(Q5_1.class);
            case Q2_K -> new Format(Q2_K.class);
            case Q3_K -> new Format(Q3_K.class);
            case Q4_K -> new Format(Q4_K.class);
            case Q5_K -> new Format(Q5_K.class);
            case Q6_K -> new Format(Q6_K.class);
            case Q8_K -> new Format(Q8_K.class);
            case IQ4_NL -> new Format(IQ4_NL.class);
            case IQ4_XS -> new Format(IQ4_XS.class);
            case MXFP4 -> new Format(MXFP4.class);
            case AFFINE4 -> new Format(Affine4.class);
            case F8_E4M3 -> new Format(Float8.class, "decodeE4M3");
            case F8_E5M2 -> new Format(Float8.class, "decodeE5M2");
          };
    }
  }

  private final MethodHandle decode;
  private final @Nullable MethodHandle dots;
  private final @Nullable MethodHandle add;

  /**
   * @param direct whether there are products with weights as they are stored
   * @param cache whether the state may be of this type
   */
  private Format(Class<?> kernels, boolean direct, boolean cache) {
    this(
        kernel(kernels, "decode", DECODE),
        direct
            ? kernel(
                kernels,
                "dots",
                methodType(void.class, long[].class, int.class, int.class, long.class, long.class))
            : null,
        cache
            ? kernel(
                kernels,
                "add",
                methodType(
                    void.class, float[].class, long[].class, int.class, long.class, int.class))
            : null);
  }

  /** Types that are decoded, then multiplied. */
  private Format(Class<?> kernels) {
    this(kernels, "decode");
  }

  private Format(Class<?> kernels, String decode) {
    this(kernel(kernels, decode, DECODE), null, null);
  }

  private Format(MethodHandle decode, @Nullable MethodHandle dots, @Nullable MethodHandle add) {
    this.decode = decode;
    this.dots = dots;
    this.add = add;
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

  /** Whether {@link #dots} works; otherwise weights are decoded for a single row too. */
  boolean direct() {
    return dots != null;
  }

  /**
   * sums[i] = Σ rows[i][c]·x[c] over the whole vectors of {@code cols} columns, each left as a
   * vector of partial sums, {@link Tile#SUM} apart. Rows are taken in fours: the array is padded
   * with rows that may be read, and so are the sums.
   */
  void dots(long[] rows, int count, int cols, long x, long sums) {
    if (dots == null) {
      throw new IllegalStateException("no products with weights as they are stored");
    }
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
      default -> throw new AssertionError(type);
    };
  }
}
