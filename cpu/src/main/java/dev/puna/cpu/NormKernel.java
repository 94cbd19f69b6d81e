package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Normalization;
import org.jspecify.annotations.Nullable;

/**
 * Each group of {@code width} columns: (x - mean) / √(mean((x - mean)²) + ε) · gain + bias, where
 * RMS normalization takes 0 for the mean. Bound by the cache: two or three passes over a row.
 *
 * @param gain address of the factors, or 0
 * @param bias address of the summands, or 0
 * @param shared whether groups have the same (width) factors and summands, not each column its own
 */
record NormKernel(
    Normalization kind, int width, Matrix x, long gain, long bias, boolean shared, Matrix out)
    implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      for (int c = fromCol; c < toCol; c += width) {
        long learned = shared ? 0 : 4L * c;
        if (ROWS == null) {
          byVectors(x.at(worker, t, c), out.at(worker, t, c), learned);
        } else {
          long arguments = pass.scratch(worker).address;
          assembled(ROWS, arguments, x.at(worker, t, c), out.at(worker, t, c), learned);
        }
      }
    }
  }

  void assembled(RowKernels kernels, long arguments, long x, long out, long learned) {
    float mean = kind.centred() ? kernels.sum(arguments, x, width) / width : 0;
    float inverse = inverse(kernels.squares(arguments, x, mean, width));
    kernels.norm(arguments, x, mean, inverse, gain(learned), bias(learned), out, width);
  }

  /** The same by the Vector API. */
  void byVectors(long x, long out, long learned) {
    float mean = kind.centred() ? VectorRows.sum(x, width) / width : 0;
    float inverse = inverse(VectorRows.squares(x, mean, width));
    VectorRows.norm(x, mean, inverse, gain(learned), bias(learned), out, width);
  }

  private float inverse(float squares) {
    return (float) (1 / Math.sqrt(squares / (double) width + kind.epsilon()));
  }

  private long gain(long learned) {
    return gain == 0 ? 0 : gain + learned;
  }

  private long bias(long learned) {
    return gain == 0 || bias == 0 ? 0 : bias + learned;
  }
}
