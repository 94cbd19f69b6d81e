package dev.puna.program;

/** How the two projections of a gated feed-forward layer become one (Shazeer 2020). */
public sealed interface Gating {
  /** The hidden value, in double precision. */
  double apply(double gate, double up);

  /** act(gate) · up. */
  record Plain(Activation activation) implements Gating {
    @Override
    public double apply(double gate, double up) {
      return activation.apply(gate) * up;
    }
  }

  /** g · σ(α·g) · (u + 1) with g = min(gate, limit), u = up clamped to ±limit (OpenAI 2025). */
  record Clamped(float alpha, float limit) implements Gating {
    @Override
    public double apply(double gate, double up) {
      double g = Math.min(gate, limit);
      double u = Math.clamp(up, -limit, limit);
      return g / (1 + Math.exp(-alpha * g)) * (u + 1);
    }
  }
}
