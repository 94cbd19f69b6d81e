package dev.puna.program;

/** Element-wise nonlinearities. */
public enum Activation {
  /** x · sigmoid(x): Swish with beta 1 (Ramachandran et al. 2017). */
  SILU {
    @Override
    public double apply(double x) {
      return x / (1 + Math.exp(-x));
    }
  },
  /** x · Φ(x), with the error function (Hendrycks and Gimpel 2016). */
  GELU {
    @Override
    public double apply(double x) {
      return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    }
  },
  /** GELU's approximation by tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
  GELU_TANH {
    @Override
    public double apply(double x) {
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }
  },
  /** max(0, x). */
  RELU {
    @Override
    public double apply(double x) {
      return Math.max(0, x);
    }
  },
  /** max(0, x)² (So et al. 2021). */
  RELU_SQUARED {
    @Override
    public double apply(double x) {
      return Math.max(0, x) * Math.max(0, x);
    }
  },
  /** x · sigmoid(1.702 x): GELU's approximation by the logistic function. */
  GELU_SIGMOID {
    @Override
    public double apply(double x) {
      return x / (1 + Math.exp(-1.702 * x));
    }
  },
  /** The hyperbolic tangent. */
  TANH {
    @Override
    public double apply(double x) {
      return Math.tanh(x);
    }
  };

  /** The function itself, in double precision. */
  public abstract double apply(double x);

  /**
   * erf(x) = 2/√π ∫₀ˣ e^(-t²) dt. Below 3 its Maclaurin series, 2/√π Σ (-1)ⁿ x^(2n+1) / (n!
   * (2n+1)), whose largest term there leaves 13 digits; above, erfc's continued fraction (Lentz's
   * method).
   */
  static double erf(double x) {
    double a = Math.abs(x);
    if (a > 6) {
      return Math.signum(x);
    }
    double y;
    if (a < 3) {
      double power = a;
      y = a;
      for (int n = 1; n < 200 && Math.abs(power) > 1e-18; n++) {
        power *= -a * a / n;
        y += power / (2 * n + 1);
      }
      y *= 2 / Math.sqrt(Math.PI);
    } else {
      double fraction = a;
      for (int n = 60; n > 0; n--) {
        fraction = a + n / 2.0 / fraction;
      }
      y = 1 - Math.exp(-a * a) / (fraction * Math.sqrt(Math.PI));
    }
    return Math.copySign(y, x);
  }
}
