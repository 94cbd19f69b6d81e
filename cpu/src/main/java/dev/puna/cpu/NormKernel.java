package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Normalization;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;
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

  /** Not constants, see {@link Format}. */
  private static final MethodHandle[] SCALE = {
    Format.kernel(
        NormKernel.class,
        "scale",
        MethodType.methodType(
            void.class, long.class, float.class, float.class, long.class, int.class)),
    Format.kernel(
        NormKernel.class,
        "scale",
        MethodType.methodType(
            void.class,
            long.class,
            float.class,
            float.class,
            long.class,
            long.class,
            long.class,
            int.class))
  };

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    for (int t = fromRow; t < toRow; t++) {
      for (int c = fromCol; c < toCol; c += width) {
        long learned = shared ? 0 : 4L * c;
        if (ROWS == null) {
          group(x.at(worker, t, c), out.at(worker, t, c), learned);
        } else {
          long arguments = pass.scratch(worker).address;
          assembled(ROWS, arguments, x.at(worker, t, c), out.at(worker, t, c), learned);
        }
      }
    }
  }

  void assembled(RowKernels kernels, long arguments, long x, long out, long learned) {
    float mean = kind.centred() ? kernels.sum(arguments, x, width) / width : 0;
    double variance = kernels.squares(arguments, x, mean, width) / (double) width;
    float inverse = (float) (1 / Math.sqrt(variance + kind.epsilon()));
    long g = gain == 0 ? 0 : gain + learned;
    long b = gain == 0 || bias == 0 ? 0 : bias + learned;
    kernels.norm(arguments, x, mean, inverse, g, b, out, width);
  }

  /** The same by the Vector API. */
  void group(long x, long out, long learned) {
    float mean = kind.centred() ? sum(x, width) / width : 0;
    double variance = squares(x, mean, width) / (double) width;
    float inverse = (float) (1 / Math.sqrt(variance + kind.epsilon()));
    try {
      if (gain == 0) {
        SCALE[0].invokeExact(x, mean, inverse, out, width);
      } else {
        long b = bias == 0 ? 0 : bias + learned;
        SCALE[1].invokeExact(x, mean, inverse, gain + learned, b, out, width);
      }
    } catch (Throwable e) {
      throw Format.failed(e);
    }
  }

  private static float sum(long x, int width) {
    FloatVector a = Lanes.zero();
    int whole = Lanes.whole(width);
    for (int c = 0; c < whole; c += L) {
      a = a.add(Lanes.load(x + 4L * c));
    }
    float sum = Lanes.sum(a);
    for (int c = whole; c < width; c++) {
      sum += Memory.f32(x + 4L * c);
    }
    return sum;
  }

  /** Σ (x - mean)², in four chains of sums: one would wait for itself. */
  private static float squares(long x, float mean, int width) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector m = Lanes.all(mean);
    int c = 0;
    for (; c <= width - 4 * L; c += 4 * L) {
      FloatVector v0 = Lanes.load(x + 4L * c).sub(m);
      FloatVector v1 = Lanes.load(x + 4L * (c + L)).sub(m);
      FloatVector v2 = Lanes.load(x + 4L * (c + 2 * L)).sub(m);
      FloatVector v3 = Lanes.load(x + 4L * (c + 3 * L)).sub(m);
      a0 = v0.fma(v0, a0);
      a1 = v1.fma(v1, a1);
      a2 = v2.fma(v2, a2);
      a3 = v3.fma(v3, a3);
    }
    for (; c <= width - L; c += L) {
      FloatVector v = Lanes.load(x + 4L * c).sub(m);
      a0 = v.fma(v, a0);
    }
    float sum = Lanes.sum(a0.add(a1).add(a2.add(a3)));
    for (; c < width; c++) {
      float v = Memory.f32(x + 4L * c) - mean;
      sum = Math.fma(v, v, sum);
    }
    return sum;
  }

  static void scale(long x, float mean, float inverse, long gain, long bias, long out, int width) {
    FloatVector m = Lanes.all(mean);
    FloatVector s = Lanes.all(inverse);
    int whole = Lanes.whole(width);
    for (int c = 0; c < whole; c += L) {
      FloatVector y = Lanes.load(x + 4L * c).sub(m).mul(s).mul(Lanes.load(gain + 4L * c));
      if (bias == 0) {
        Lanes.store(y, out + 4L * c);
      } else {
        Lanes.store(y.add(Lanes.load(bias + 4L * c)), out + 4L * c);
      }
    }
    for (int c = whole; c < width; c++) {
      float y = (Memory.f32(x + 4L * c) - mean) * inverse * Memory.f32(gain + 4L * c);
      Memory.f32(out + 4L * c, bias == 0 ? y : y + Memory.f32(bias + 4L * c));
    }
  }

  /** With nothing learned. */
  static void scale(long x, float mean, float inverse, long out, int width) {
    FloatVector m = Lanes.all(mean);
    FloatVector s = Lanes.all(inverse);
    int whole = Lanes.whole(width);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).sub(m).mul(s), out + 4L * c);
    }
    for (int c = whole; c < width; c++) {
      Memory.f32(out + 4L * c, (Memory.f32(x + 4L * c) - mean) * inverse);
    }
  }
}
