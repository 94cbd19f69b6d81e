package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Activation;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** The kernels of {@link dev.puna.cpu.kernels.RowKernels} by the Vector API. */
final class VectorRows {
  private VectorRows() {}

  private static final Loop[] SCALE = Loop.of(VectorRows.class, Loop.BY_NUMBER, "scaled");
  private static final Loop[] MULTIPLY = Loop.of(VectorRows.class, Loop.PLAIN, "multiplied");

  /** By activation; there is none for the exact GELU. */
  private static final @Nullable Loop[] ACTIVATIONS = new Loop[Activation.values().length];

  static {
    for (Activation a : Activation.values()) {
      String name =
          switch (a) {
            case SILU -> "silu";
            case GELU_TANH -> "geluTanh";
            case GELU_SIGMOID -> "geluSigmoid";
            case TANH -> "tanh";
            case RELU -> "relu";
            case RELU_SQUARED -> "reluSquared";
            case GELU -> "";
          };
      ACTIVATIONS[a.ordinal()] =
          name.isEmpty() ? null : Loop.of(VectorRows.class, Loop.PLAIN, name)[0];
    }
  }

  /** Without and with what is learned; not constants, see {@link Format}. */
  private static final MethodHandle[] NORM = {
    Format.kernel(
        VectorRows.class,
        "normalized",
        MethodType.methodType(
            void.class, long.class, float.class, float.class, long.class, int.class)),
    Format.kernel(
        VectorRows.class,
        "normalized",
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

  /** out = a + b. */
  static void add(long a, long b, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(a + 4L * c).add(Lanes.load(b + 4L * c)), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Memory.f32(a + 4L * c) + Memory.f32(b + 4L * c));
    }
  }

  /** out = by · x. */
  static void scale(float by, long x, long out, int cols) {
    SCALE[0].run(by, x, out, cols);
  }

  static void scaled(float by, long x, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).mul(by), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Memory.f32(x + 4L * c) * by);
    }
  }

  /** Σ x. */
  static float sum(long x, int cols) {
    FloatVector a = Lanes.zero();
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      a = a.add(Lanes.load(x + 4L * c));
    }
    float sum = Lanes.sum(a);
    for (int c = whole; c < cols; c++) {
      sum += Memory.f32(x + 4L * c);
    }
    return sum;
  }

  /** Σ (x - mean)², in four chains of sums: one would wait for itself. */
  static float squares(long x, float mean, int cols) {
    FloatVector a0 = Lanes.zero();
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector m = Lanes.all(mean);
    int c = 0;
    for (; c <= cols - 4 * L; c += 4 * L) {
      FloatVector v0 = Lanes.load(x + 4L * c).sub(m);
      FloatVector v1 = Lanes.load(x + 4L * (c + L)).sub(m);
      FloatVector v2 = Lanes.load(x + 4L * (c + 2 * L)).sub(m);
      FloatVector v3 = Lanes.load(x + 4L * (c + 3 * L)).sub(m);
      a0 = v0.fma(v0, a0);
      a1 = v1.fma(v1, a1);
      a2 = v2.fma(v2, a2);
      a3 = v3.fma(v3, a3);
    }
    for (; c <= cols - L; c += L) {
      FloatVector v = Lanes.load(x + 4L * c).sub(m);
      a0 = v.fma(v, a0);
    }
    float sum = Lanes.sum(a0.add(a1).add(a2.add(a3)));
    for (; c < cols; c++) {
      float v = Memory.f32(x + 4L * c) - mean;
      sum = Math.fma(v, v, sum);
    }
    return sum;
  }

  /**
   * out = (x - mean) · inverse · gain + bias.
   *
   * @param gain address, or 0: then there is no bias either
   * @param bias address, or 0
   */
  static void norm(long x, float mean, float inverse, long gain, long bias, long out, int cols) {
    try {
      if (gain == 0) {
        NORM[0].invokeExact(x, mean, inverse, out, cols);
      } else {
        NORM[1].invokeExact(x, mean, inverse, gain, bias, out, cols);
      }
    } catch (Throwable e) {
      throw Format.failed(e);
    }
  }

  static void normalized(
      long x, float mean, float inverse, long gain, long bias, long out, int cols) {
    FloatVector m = Lanes.all(mean);
    FloatVector s = Lanes.all(inverse);
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector y = Lanes.load(x + 4L * c).sub(m).mul(s).mul(Lanes.load(gain + 4L * c));
      if (bias == 0) {
        Lanes.store(y, out + 4L * c);
      } else {
        Lanes.store(y.add(Lanes.load(bias + 4L * c)), out + 4L * c);
      }
    }
    for (int c = whole; c < cols; c++) {
      float y = (Memory.f32(x + 4L * c) - mean) * inverse * Memory.f32(gain + 4L * c);
      Memory.f32(out + 4L * c, bias == 0 ? y : y + Memory.f32(bias + 4L * c));
    }
  }

  static void normalized(long x, float mean, float inverse, long out, int cols) {
    FloatVector m = Lanes.all(mean);
    FloatVector s = Lanes.all(inverse);
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).sub(m).mul(s), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, (Memory.f32(x + 4L * c) - mean) * inverse);
    }
  }

  /**
   * Turns pairs half a head apart, as many as fill vectors; returns how many.
   *
   * @param table where the row's angles begin in cos and sin
   */
  static int rotate(long x, long y, int pairs, float[] cos, float[] sin, int table) {
    long half = 4L * pairs;
    int whole = Lanes.whole(pairs);
    for (int i = 0; i < whole; i += L) {
      FloatVector a = Lanes.load(x + 4L * i);
      FloatVector b = Lanes.load(x + half + 4L * i);
      FloatVector c = FloatVector.fromArray(Lanes.F, cos, table + i);
      FloatVector s = FloatVector.fromArray(Lanes.F, sin, table + i);
      Lanes.store(a.mul(c).sub(b.mul(s)), y + 4L * i);
      Lanes.store(b.mul(c).add(a.mul(s)), y + half + 4L * i);
    }
    return whole;
  }

  /** out = act(x) for a row of columns, times up's if that is not 0. */
  static void activate(Activation activation, long x, long up, long out, int cols) {
    Loop loop = ACTIVATIONS[activation.ordinal()];
    int whole = loop == null ? 0 : Lanes.whole(cols);
    if (loop != null) {
      loop.run(x, out, whole);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(out + 4L * c, Exp.apply(activation, Memory.f32(x + 4L * c)));
    }
    if (up != 0) {
      MULTIPLY[0].run(out, up, cols);
    }
  }

  /** x ⊙= factors, in a pass of its own over what the cache still holds. */
  static void multiplied(long x, long factors, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).mul(Lanes.load(factors + 4L * c)), x + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(x + 4L * c, Memory.f32(x + 4L * c) * Memory.f32(factors + 4L * c));
    }
  }

  static void silu(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(VectorExp.silu(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void geluTanh(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(VectorExp.geluTanh(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void geluSigmoid(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(VectorExp.geluSigmoid(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void tanh(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(VectorExp.tanh(Lanes.load(x + 4L * c)), out + 4L * c);
    }
  }

  static void relu(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      Lanes.store(Lanes.load(x + 4L * c).max(Lanes.zero()), out + 4L * c);
    }
  }

  static void reluSquared(long x, long out, int cols) {
    for (int c = 0; c < cols; c += L) {
      FloatVector y = Lanes.load(x + 4L * c).max(Lanes.zero());
      Lanes.store(y.mul(y), out + 4L * c);
    }
  }
}
