package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Gating;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/** How the two projections of a gated feed-forward layer become one. */
final class Gate {
  private Gate() {}

  private static final MethodHandle[] CLAMPED = {
    Format.kernel(
        Gate.class,
        "clamped",
        MethodType.methodType(
            void.class, float.class, float.class, long.class, long.class, long.class, int.class))
  };

  /** out = gating(gate, up) for {@code cols} columns. */
  static void row(Scratch scratch, Gating gating, long gate, long up, long out, int cols) {
    switch (gating) {
      case Gating.Plain plain ->
          ActivateKernel.row(scratch, plain.activation(), gate, up, out, cols);
      case Gating.Clamped c -> {
        try {
          CLAMPED[0].invokeExact(c.alpha(), c.limit(), gate, up, out, cols);
        } catch (Throwable e) {
          throw Format.failed(e);
        }
      }
    }
  }

  static void clamped(float alpha, float limit, long gate, long up, long out, int cols) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      FloatVector g = Lanes.load(gate + 4L * c).min(limit);
      FloatVector u = Lanes.load(up + 4L * c).max(-limit).min(limit);
      FloatVector swish = g.div(VectorExp.exp(g.mul(-alpha)).add(1));
      Lanes.store(swish.mul(u.add(1)), out + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      float g = Math.min(Memory.f32(gate + 4L * c), limit);
      float u = Math.min(Math.max(Memory.f32(up + 4L * c), -limit), limit);
      Memory.f32(out + 4L * c, g / (Exp.exp(g * -alpha) + 1) * (u + 1));
    }
  }
}
