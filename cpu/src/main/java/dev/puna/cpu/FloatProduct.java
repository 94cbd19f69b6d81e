package dev.puna.cpu;

import dev.puna.cpu.kernels.FloatKernels;
import dev.puna.cpu.kernels.Floats;
import dev.puna.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * {@link Product} by assembled kernels: the same sums in the same order, in vectors as wide as the
 * kernels'. Floating-point weights are multiplied as they are stored for a few rows of activations
 * (bound by the memory); for more, and weights of other types, blocks of rows are decoded, stretch
 * after stretch of columns, and multiplied from the cache (bound by the multiply-add units).
 */
final class FloatProduct {
  /** Rows of activations up to which weights are not decoded. */
  private static final int FEW = 12;

  /** Bytes of weights that stay in the second cache while all rows are multiplied with them. */
  private static final int CACHED = 1 << 17;

  /** Rows of weights that are decoded for a few rows: they stay in the first cache. */
  private static final int FEW_OUTPUTS = 12;

  private static final int ROWS = 256;

  private static final @Nullable FloatKernels KERNELS = FloatKernels.best();

  static final long SCRATCH_BYTES =
      KERNELS == null
          ? 0
          : FloatKernels.ARGUMENTS_BYTES + FloatKernels.DECODED_BYTES + KERNELS.sumsBytes(ROWS);

  private FloatProduct() {}

  /** Whether {@link #run} works here. */
  static boolean usable() {
    return KERNELS != null;
  }

  /** As {@link Product#run}. */
  static void run(
      Product product,
      Scratch scratch,
      long x,
      long xs,
      int rows,
      long out,
      long outs,
      int from,
      int to) {
    if (KERNELS == null) {
      throw new IllegalStateException("no assembled kernels");
    }
    Floats type = floats(product.type());
    if (type != null && rows <= FEW) {
      direct(KERNELS, product, scratch.address, type, x, xs, rows, out, outs, from, to);
      return;
    }
    int outputs = rows <= FEW ? FEW_OUTPUTS : FloatKernels.OUTPUTS;
    for (int t = 0; t < rows; t += ROWS) {
      int count = Math.min(ROWS, rows - t);
      for (int j = from; j < to; j += outputs) {
        int end = Math.min(to, j + outputs);
        block(
            KERNELS,
            product,
            scratch.address,
            type,
            x + xs * t,
            xs,
            count,
            out + outs * t,
            outs,
            j,
            end);
      }
    }
  }

  /** Whether weights of a type are multiplied, and decoded, by assembled kernels. */
  static boolean stored(DType type) {
    return floats(type) != null;
  }

  private static @Nullable Floats floats(DType type) {
    return switch (type) {
      case F32 -> Floats.F32;
      case F16 -> Floats.F16;
      case BF16 -> Floats.BF16;
      default -> null;
    };
  }

  /** All rows at once, as many outputs as all of them find in the cache. */
  private static void direct(
      FloatKernels kernels,
      Product product,
      long arguments,
      Floats type,
      long x,
      long xs,
      int rows,
      long out,
      long outs,
      int from,
      int to) {
    int most = rows <= 3 ? to - from : (int) Math.max(4, CACHED / product.rowBytes() / 4 * 4);
    for (int j = from; j < to; ) {
      int left = to - j;
      int count = left < 2 * most ? left : most;
      kernels.dots(
          arguments,
          type,
          product.row(j),
          product.rowBytes(),
          product.in(),
          x,
          xs,
          rows,
          out + 4L * j,
          outs,
          count,
          product.biasAt(j));
      j += count;
    }
  }

  /** Outputs [from, to), stretch after stretch of columns. */
  private static void block(
      FloatKernels kernels,
      Product product,
      long arguments,
      @Nullable Floats type,
      long x,
      long xs,
      int rows,
      long out,
      long outs,
      int from,
      int to) {
    long decoded = arguments + FloatKernels.ARGUMENTS_BYTES;
    long sums = decoded + FloatKernels.DECODED_BYTES;
    int in = product.in();
    int tail = in % kernels.lanes();
    int last = 0; // where the stretch begins that is still decoded
    for (int c = 0; c < in; c += FloatKernels.COLS) {
      int cols = Math.min(FloatKernels.COLS, in - c);
      decode(kernels, product, arguments, type, c, cols, from, to);
      kernels.multiply(arguments, decoded, to - from, x + 4L * c, xs, rows, cols, sums, c > 0);
      last = c;
    }
    kernels.finish(
        arguments,
        sums,
        rows,
        out + 4L * from,
        outs,
        to - from,
        product.biasAt(from),
        decoded + 4L * (in - tail - last),
        x + 4L * (in - tail),
        xs,
        tail);
  }

  private static void decode(
      FloatKernels kernels,
      Product product,
      long arguments,
      @Nullable Floats type,
      int c,
      int cols,
      int from,
      int to) {
    long decoded = arguments + FloatKernels.ARGUMENTS_BYTES;
    long first = product.row(from) + product.type().bytes(c);
    if (type != null) {
      kernels.decode(arguments, type, first, product.rowBytes(), to - from, cols, decoded);
      return;
    }
    for (int j = 0; j < to - from; j++) {
      long row = decoded + (long) j * 4 * FloatKernels.COLS;
      Format.of(product.type()).decode(first + product.rowBytes() * j, cols, row);
    }
  }
}
