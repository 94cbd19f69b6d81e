package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.MachineCode;
import org.jspecify.annotations.Nullable;

/**
 * Assembled kernels of products with floating-point weights, made when they are first needed. Each
 * has its arguments in the calling worker's own memory.
 */
public final class FloatKernels {
  /** Bytes of memory that a worker provides for a kernel's arguments. */
  public static final int ARGUMENTS_BYTES = 192;

  /** Columns of a stretch and rows of weights of a block of {@link #multiply}. */
  public static final int COLS = 512;

  /** A multiple of a group's rows. */
  public static final int OUTPUTS = 48;

  private static final int DECODED_STRIDE = 4 * COLS;
  public static final int DECODED_BYTES = OUTPUTS * DECODED_STRIDE;

  private static final int MOST_DOTS = 3;

  private static @Nullable FloatKernels best;

  private final Isa isa;
  private final int sumsStride;
  private final @Nullable MachineCode[] dots = new MachineCode[3 * 2 * MOST_DOTS];
  private final @Nullable MachineCode[] decode = new MachineCode[3];
  private final @Nullable MachineCode[] tiles = new MachineCode[2];
  private final @Nullable MachineCode[] sums = new MachineCode[1];

  FloatKernels(Isa isa) {
    this.isa = isa;
    sumsStride = OUTPUTS * isa.bits() / 8;
  }

  /** The kernels of this machine; null if it runs none. */
  public static synchronized @Nullable FloatKernels best() {
    Isa isa = Isa.best();
    if (best == null && isa != null) {
      best = new FloatKernels(isa);
    }
    return best;
  }

  /** Numbers in a vector. */
  public int lanes() {
    return isa.lanes();
  }

  /** Bytes of the sums of a block with so many rows of activations. */
  public long sumsBytes(int rows) {
    return (long) sumsStride * (rows + TileKernel.rows(isa));
  }

  // ---- weights as they are stored

  /**
   * out[t][j] = Σ w[j][c]·x[t][c] + bias[j] for any rows of activations: best for a few, which are
   * taken three at a time.
   *
   * @param arguments address of {@link #ARGUMENTS_BYTES} bytes
   * @param w address of the first row of weights
   * @param rowBytes bytes between rows of weights
   * @param bias address of the first row's bias, or 0
   */
  public void dots(
      long arguments,
      Floats type,
      long w,
      long rowBytes,
      int cols,
      long x,
      long xStride,
      int rows,
      long out,
      long outStride,
      int outputs,
      long bias) {
    int lanes = isa.lanes();
    int group = outputs < 4 ? 1 : 4;
    Arguments.set(arguments, DotKernel.W, w);
    Arguments.set(arguments, DotKernel.W_STRIDE, rowBytes);
    Arguments.set(arguments, DotKernel.X_STRIDE, xStride);
    Arguments.set(arguments, DotKernel.OUT_STRIDE, outStride);
    Arguments.set(arguments, DotKernel.RUNS, cols / lanes / DotKernel.RUN);
    Arguments.set(arguments, DotKernel.VECTORS, cols / lanes % DotKernel.RUN);
    Arguments.set(arguments, DotKernel.TAIL, cols % lanes);
    Arguments.set(arguments, DotKernel.OUTPUTS, outputs);
    Arguments.set(arguments, DotKernel.BIAS, bias);
    for (int t = 0; t < rows; ) {
      int count = Math.min(MOST_DOTS, rows - t);
      Arguments.set(arguments, DotKernel.X, x + xStride * t);
      Arguments.set(arguments, DotKernel.OUT, out + outStride * t);
      int index = (type.ordinal() * 2 + group / 4) * MOST_DOTS + count - 1;
      MachineCode code = dots[index];
      if (code == null) {
        code = made(dots, index, new DotKernel(isa, type, group, count).assemble());
      }
      code.run(arguments);
      t += count;
    }
  }

  // ---- decoded weights

  /**
   * Widens stretches of rows to single precision.
   *
   * @param from address of the first row's first number
   * @param to address of the first row's, {@link #COLS} numbers apart
   */
  public void decode(
      long arguments, Floats type, long from, long rowBytes, int rows, int cols, long to) {
    Arguments.set(arguments, DecodeKernel.FROM, from);
    Arguments.set(arguments, DecodeKernel.FROM_STRIDE, rowBytes);
    Arguments.set(arguments, DecodeKernel.TO, to);
    Arguments.set(arguments, DecodeKernel.TO_STRIDE, DECODED_STRIDE);
    Arguments.set(arguments, DecodeKernel.ROWS, rows);
    Arguments.set(arguments, DecodeKernel.VECTORS, cols / isa.lanes());
    Arguments.set(arguments, DecodeKernel.TAIL, cols % isa.lanes());
    Arguments.set(arguments, DecodeKernel.AHEAD, (long) type.bytes * cols);
    MachineCode code = decode[type.ordinal()];
    if (code == null) {
      code = made(decode, type.ordinal(), new DecodeKernel(isa, type).assemble());
    }
    code.run(arguments);
  }

  /**
   * Adds a stretch of columns to the sums of a block: {@link #OUTPUTS} rows of weights at most, of
   * which some more rows may be read than there are.
   *
   * @param w address of decoded weights, {@link #COLS} numbers a row
   * @param x address of the first row's first column of the stretch
   * @param cols columns that fill vectors; others are for {@link #finish}
   * @param sums address of {@link #sumsBytes} bytes
   * @param more whether there are sums to add to
   */
  public void multiply(
      long arguments,
      long w,
      int outputs,
      long x,
      long xStride,
      int rows,
      int cols,
      long sums,
      boolean more) {
    int group = TileKernel.outputs(isa);
    int vectors = cols / isa.lanes();
    Arguments.set(arguments, TileKernel.W, w);
    Arguments.set(arguments, TileKernel.X_STRIDE, xStride);
    Arguments.set(arguments, TileKernel.GROUPS, (outputs + group - 1) / group);
    Arguments.set(arguments, TileKernel.RUNS, vectors / TileKernel.run(isa));
    Arguments.set(arguments, TileKernel.VECTORS, vectors % TileKernel.run(isa));
    Arguments.set(arguments, TileKernel.MORE, more ? 1 : 0);
    int most = TileKernel.rows(isa);
    int tiles = rows / most;
    if (tiles == 0) {
      tiles(arguments, 1, x, rows, sums);
      return;
    }
    tiles(arguments, most, x, tiles, sums);
    int left = rows % most;
    if (left > 0) { // a whole tile that overlaps the one before, with sums of its own
      tiles(arguments, most, x + xStride * (rows - most), 1, lastSums(sums, rows));
    }
  }

  private void tiles(long arguments, int rows, long x, int tiles, long sums) {
    Arguments.set(arguments, TileKernel.X, x);
    Arguments.set(arguments, TileKernel.TILES, tiles);
    Arguments.set(arguments, TileKernel.SUMS, sums);
    int index = rows == 1 ? 0 : 1;
    MachineCode code = this.tiles[index];
    if (code == null) {
      byte[] bytes = new TileKernel(isa, rows, DECODED_STRIDE, sumsStride).assemble();
      code = made(this.tiles, index, bytes);
    }
    code.run(arguments);
  }

  /** Where the tile's sums are that overlaps the one before. */
  private long lastSums(long sums, int rows) {
    int most = TileKernel.rows(isa);
    return sums + (long) sumsStride * (rows / most * most);
  }

  /**
   * Writes what the sums of a block come to.
   *
   * @param w address of decoded weights, {@link #COLS} numbers a row, of the last stretch's columns
   *     that fill no vector
   * @param x address of the first row's first of these columns
   * @param tail how many there are
   */
  public void finish(
      long arguments,
      long sums,
      int rows,
      long out,
      long outStride,
      int outputs,
      long bias,
      long w,
      long x,
      long xStride,
      int tail) {
    Arguments.set(arguments, SumsKernel.OUT_STRIDE, outStride);
    Arguments.set(arguments, SumsKernel.OUTPUTS, outputs);
    Arguments.set(arguments, SumsKernel.BIAS, bias);
    Arguments.set(arguments, SumsKernel.TAIL, tail);
    Arguments.set(arguments, SumsKernel.W, w);
    Arguments.set(arguments, SumsKernel.X_STRIDE, xStride);
    int most = TileKernel.rows(isa);
    int left = rows < most ? 0 : rows % most;
    finish(arguments, sums, out, x, rows - left);
    if (left > 0) {
      int first = rows - left;
      long at = lastSums(sums, rows) + (long) sumsStride * (most - left);
      finish(arguments, at, out + outStride * first, x + xStride * first, left);
    }
  }

  private void finish(long arguments, long sums, long out, long x, int rows) {
    Arguments.set(arguments, SumsKernel.SUMS, sums);
    Arguments.set(arguments, SumsKernel.OUT, out);
    Arguments.set(arguments, SumsKernel.X, x);
    Arguments.set(arguments, SumsKernel.ROWS, rows);
    MachineCode code = this.sums[0];
    if (code == null) {
      code = made(this.sums, 0, new SumsKernel(isa, DECODED_STRIDE, sumsStride).assemble());
    }
    code.run(arguments);
  }

  /** Makes a kernel executable, unless another worker has. */
  static synchronized MachineCode made(@Nullable MachineCode[] kernels, int index, byte[] bytes) {
    MachineCode code = kernels[index];
    if (code == null) {
      try {
        code = MachineCode.of(bytes);
      } catch (MachineCode.Refused e) {
        throw new IllegalStateException(e); // not refused when features were asked for
      }
      kernels[index] = code;
    }
    return code;
  }
}
