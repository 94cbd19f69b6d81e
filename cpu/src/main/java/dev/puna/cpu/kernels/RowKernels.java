package dev.puna.cpu.kernels;

import static dev.puna.cpu.kernels.Arguments.ALL;
import static dev.puna.cpu.kernels.Arguments.set;

import dev.puna.cpu.asm.MachineCode;
import dev.puna.cpu.kernels.MapKernel.Function;
import dev.puna.program.Activation;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Assembled kernels over a row of numbers, in ymm vectors on every processor: all but exponentials
 * wait for the cache. They run at full speed from the first call, which code for the Vector API
 * does not. Arguments are in the calling worker's own memory.
 */
public final class RowKernels {
  /** Bytes of memory that a worker provides for a kernel's arguments. */
  public static final int ARGUMENTS_BYTES = 64;

  private static final int LANES = 8;
  private static @Nullable RowKernels best;

  private final @Nullable MachineCode[] maps = new MachineCode[Function.values().length];
  private final @Nullable MachineCode[] sums = new MachineCode[2];
  private final @Nullable MachineCode[] rotations = new MachineCode[2];
  private final @Nullable MachineCode[] halves = new MachineCode[1];
  private final @Nullable MachineCode[] encode = new MachineCode[1];

  private RowKernels() {}

  /** The kernels of this machine; null if it runs none. */
  public static synchronized @Nullable RowKernels best() {
    if (best == null && Isa.best() != null) {
      best = new RowKernels();
    }
    return best;
  }

  private void map(Function f, long arguments, long x, long y, long out, int cols) {
    set(arguments, MapKernel.X, x);
    set(arguments, MapKernel.Y, y);
    set(arguments, MapKernel.OUT, out);
    set(arguments, MapKernel.VECTORS, cols / LANES);
    int tail = cols % LANES;
    set(arguments, MapKernel.MASK, tail == 0 ? 0 : Constants.mask(tail));
    MachineCode code = maps[f.ordinal()];
    if (code == null) {
      code = FloatKernels.made(maps, f.ordinal(), new MapKernel(f).assemble());
    }
    code.run(arguments);
  }

  /** Whether there is a kernel: for all but the exact GELU. */
  public static boolean has(Activation activation) {
    return activation != Activation.GELU;
  }

  /** out = act(x) for a row of columns, times up's if that is not 0. */
  public void activate(long arguments, Activation activation, long x, long up, long out, int cols) {
    Function f =
        switch (activation) {
          case SILU -> up == 0 ? Function.SILU : Function.SILU_GATE;
          case GELU_TANH -> up == 0 ? Function.GELU_TANH : Function.GELU_TANH_GATE;
          case GELU_SIGMOID -> up == 0 ? Function.GELU_SIGMOID : Function.GELU_SIGMOID_GATE;
          case TANH -> up == 0 ? Function.TANH : Function.TANH_GATE;
          case RELU -> up == 0 ? Function.RELU : Function.RELU_GATE;
          case RELU_SQUARED -> up == 0 ? Function.RELU_SQUARED : Function.RELU_SQUARED_GATE;
          case GELU -> throw new IllegalArgumentException("no kernel of " + activation);
        };
    map(f, arguments, x, up, out, cols);
  }

  /** out = a + b. */
  public void add(long arguments, long a, long b, long out, int cols) {
    map(Function.ADD, arguments, a, b, out, cols);
  }

  /** out = a ⊙ b. */
  public void multiply(long arguments, long a, long b, long out, int cols) {
    map(Function.MULTIPLY, arguments, a, b, out, cols);
  }

  /** out = by · x. */
  public void scale(long arguments, float by, long x, long out, int cols) {
    ALL.set(ValueLayout.JAVA_FLOAT, arguments + MapKernel.NUMBERS, by);
    map(Function.SCALE, arguments, x, x, out, cols);
  }

  /**
   * out = (x - mean) · inverse · gain + bias.
   *
   * @param gain address, or 0: then there is no bias either
   * @param bias address, or 0
   */
  public void norm(
      long arguments, long x, float mean, float inverse, long gain, long bias, long out, int cols) {
    ALL.set(ValueLayout.JAVA_FLOAT, arguments + MapKernel.NUMBERS, mean);
    ALL.set(ValueLayout.JAVA_FLOAT, arguments + MapKernel.NUMBERS + 4, inverse);
    set(arguments, MapKernel.Z, bias);
    Function f =
        gain == 0 ? Function.NORM : bias == 0 ? Function.NORM_GAIN : Function.NORM_GAIN_BIAS;
    map(f, arguments, x, gain, out, cols);
  }

  /** Σ x. */
  public float sum(long arguments, long x, int cols) {
    set(arguments, SquaresKernel.RUNS, 0);
    set(arguments, SquaresKernel.VECTORS, cols / LANES);
    return sum(arguments, x, cols, 0);
  }

  /** Σ (x - mean)². */
  public float squares(long arguments, long x, float mean, int cols) {
    ALL.set(ValueLayout.JAVA_FLOAT, arguments + SquaresKernel.MEAN, mean);
    set(arguments, SquaresKernel.RUNS, cols / (4 * LANES));
    set(arguments, SquaresKernel.VECTORS, cols / LANES % 4);
    return sum(arguments, x, cols, 1);
  }

  private float sum(long arguments, long x, int cols, int squares) {
    set(arguments, SquaresKernel.X, x);
    set(arguments, SquaresKernel.TAIL, cols % LANES);
    MachineCode code = sums[squares];
    if (code == null) {
      code = FloatKernels.made(sums, squares, new SquaresKernel(squares == 1).assemble());
    }
    code.run(arguments);
    return ALL.get(ValueLayout.JAVA_FLOAT, arguments + SquaresKernel.SUM);
  }

  /** Whether {@link #rotate} takes so many pairs. */
  public static boolean rotates(boolean adjacent, int pairs) {
    return pairs % (adjacent ? 4 : LANES) == 0;
  }

  /**
   * Turns pairs of columns of a row's heads.
   *
   * @param adjacent whether pairs are neighbours, not halves apart
   * @param headBytes bytes between heads
   */
  public void rotate(
      long arguments,
      boolean adjacent,
      long x,
      long out,
      long cosines,
      long sines,
      int pairs,
      int heads,
      long headBytes) {
    set(arguments, RotateKernel.X, x);
    set(arguments, RotateKernel.OUT, out);
    set(arguments, RotateKernel.COSINES, cosines);
    set(arguments, RotateKernel.SINES, sines);
    set(arguments, RotateKernel.VECTORS, pairs / (adjacent ? 4 : LANES));
    set(arguments, RotateKernel.HEADS, heads);
    set(arguments, RotateKernel.HEAD, headBytes);
    set(arguments, RotateKernel.HALF, 4L * pairs);
    int index = adjacent ? 1 : 0;
    MachineCode code = rotations[index];
    if (code == null) {
      code = FloatKernels.made(rotations, index, new RotateKernel(adjacent).assemble());
    }
    code.run(arguments);
  }

  /** Writes whole vectors of eight numbers in half precision; returns how many numbers. */
  public int halves(long arguments, long x, long out, int cols) {
    int vectors = cols / LANES;
    if (vectors > 0) {
      set(arguments, HalvesKernel.X, x);
      set(arguments, HalvesKernel.OUT, out);
      set(arguments, HalvesKernel.VECTORS, vectors);
      MachineCode code = halves[0];
      if (code == null) {
        code = FloatKernels.made(halves, 0, new HalvesKernel().assemble());
      }
      code.run(arguments);
    }
    return vectors * LANES;
  }

  /**
   * Writes numbers in Q8_0.
   *
   * @param cols whole blocks of 32, at least one
   */
  public void encode(long arguments, long x, long out, int cols) {
    set(arguments, EncodeKernel.X, x);
    set(arguments, EncodeKernel.OUT, out);
    set(arguments, EncodeKernel.BLOCKS, cols / EncodeKernel.COLUMNS);
    MachineCode code = encode[0];
    if (code == null) {
      code = FloatKernels.made(encode, 0, EncodeKernel.assemble());
    }
    code.run(arguments);
  }
}
