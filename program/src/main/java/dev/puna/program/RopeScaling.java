package dev.puna.program;

import java.util.List;

/** How rotary frequencies are changed so that a model reaches beyond its training context. */
public sealed interface RopeScaling {
  /**
   * @param length the length that the sequence's tables are made for, in tokens; read only if
   *     {@link #dependsOnLength}
   * @return angle per position of each of the size/2 pairs, in radians
   */
  double[] frequencies(double base, int size, int length);

  /** Factor of cosines and sines; its square scales the attention scores. */
  default double magnitude() {
    return 1;
  }

  /** Which length of a sequence its tables are made for. */
  enum Length {
    /** None: the tables are the model's. */
    ANY,
    /** The length so far, from the prompt's on. */
    LATEST,
    /** The prompt's, however long the text becomes. */
    PROMPT,
    /** The length so far, for all of the text: where the tables change it is read anew. */
    WHOLE
  }

  /** Which length the frequencies depend on. */
  default Length length() {
    return Length.ANY;
  }

  /**
   * Names the tables of a length: those of two lengths are the same if this number is. It does not
   * fall as the length grows.
   */
  default int table(int length) {
    return 0;
  }

  /** Whether the tables belong to a sequence of a certain length rather than to the model. */
  default boolean dependsOnLength() {
    return length() != Length.ANY;
  }

  /** f(i) = base^(-2i/size). */
  private static double[] unscaled(double base, int size) {
    double[] f = new double[size / 2];
    for (int i = 0; i < f.length; i++) {
      f[i] = Math.pow(base, -2.0 * i / size);
    }
    return f;
  }

  /** As trained. */
  record None() implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      return unscaled(base, size);
    }
  }

  /** Position interpolation (Chen et al. 2023): f / factor. */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double[] f = unscaled(base, size);
      for (int i = 0; i < f.length; i++) {
        f[i] /= factor;
      }
      return f;
    }
  }

  /**
   * Dynamic NTK: beyond the training context L the base grows with the sequence's length n, to base
   * · (factor·n/L - (factor - 1))^(size/(size-2)).
   */
  record Dynamic(double factor, int trained) implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double n = Math.max(length, trained);
      double growth = factor * n / trained - (factor - 1);
      return unscaled(base * Math.pow(growth, size / (size - 2.0)), size);
    }

    @Override
    public Length length() {
      return Length.LATEST;
    }

    @Override
    public int table(int length) {
      return Math.max(length, trained);
    }
  }

  /**
   * NTK-aware scaling in steps: a prompt of n tokens beyond the training context L is read with the
   * base · α^(size/(size-2)), α = 2^⌈log₂(n/L) + 1⌉ - 1.
   */
  record Stepped(int trained) implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double alpha = length <= trained ? 1 : Math.max(1, Math.pow(2, doublings(length)) - 1);
      return unscaled(base * Math.pow(alpha, size / (size - 2.0)), size);
    }

    private double doublings(int length) {
      return Math.ceil(Math.log((double) length / trained) / Math.log(2) + 1);
    }

    @Override
    public Length length() {
      return Length.PROMPT;
    }

    @Override
    public int table(int length) {
      return length <= trained ? 0 : (int) doublings(length);
    }
  }

  /**
   * LongRoPE (Ding et al. 2024): each pair's frequency is divided by a factor of its own, from one
   * list up to the training context and from another beyond.
   */
  record LongRope(List<Float> within, List<Float> beyond, int trained, double magnitude)
      implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      return new Divided(length > trained ? beyond : within).frequencies(base, size, length);
    }

    @Override
    public Length length() {
      return Length.WHOLE;
    }

    @Override
    public int table(int length) {
      return length > trained ? 1 : 0;
    }
  }

  /** As trained where frequencies were kept in half precision. */
  record Half() implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double[] f = unscaled(base, size);
      for (int i = 0; i < f.length; i++) {
        f[i] = Float.float16ToFloat(Float.floatToFloat16((float) f[i]));
      }
      return f;
    }
  }

  /**
   * Llama 3.1's: wavelengths beyond L/low are stretched by the factor, those below L/high stay, and
   * between them the two mix linearly in L/wavelength.
   */
  record Llama3(double factor, double low, double high, int trained) implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double[] f = unscaled(base, size);
      for (int i = 0; i < f.length; i++) {
        double turns = trained * f[i] / (2 * Math.PI); // full turns within the training context
        double kept = Math.clamp((turns - low) / (high - low), 0.0, 1.0);
        f[i] = f[i] * kept + f[i] / factor * (1 - kept);
      }
      return f;
    }
  }

  /**
   * YaRN (Peng et al. 2023): pairs that turn more than {@code betaFast} times within the training
   * context keep their frequency, those with fewer than {@code betaSlow} turns are interpolated,
   * and a ramp over the pair's index lies between.
   *
   * @param truncate whether the ramp's ends are rounded outwards to whole indices
   * @param magnitude the paper's attention temperature, 0.1·ln(factor) + 1 unless configured
   */
  record Yarn(
      double factor,
      double betaFast,
      double betaSlow,
      int trained,
      boolean truncate,
      double magnitude)
      implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double[] f = unscaled(base, size);
      double low = index(betaFast, base, size);
      double high = index(betaSlow, base, size);
      low = Math.max(truncate ? Math.floor(low) : low, 0);
      high = Math.min(truncate ? Math.ceil(high) : high, size - 1);
      double width = low == high ? 0.001 : high - low;
      for (int i = 0; i < f.length; i++) {
        double interpolated = Math.clamp((i - low) / width, 0.0, 1.0);
        f[i] = f[i] / factor * interpolated + f[i] * (1 - interpolated);
      }
      return f;
    }

    /** The (fractional) pair that makes {@code turns} turns within the training context. */
    private double index(double turns, double base, int size) {
      return size * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** The paper's magnitude for a factor: 0.1·weight·ln(factor) + 1. */
    public static double magnitude(double factor, double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }
  }

  /** f(i) / divisors(i): what GGUF stores as {@code rope_freqs.weight}. */
  record Divided(List<Float> divisors) implements RopeScaling {
    @Override
    public double[] frequencies(double base, int size, int length) {
      double[] f = unscaled(base, size);
      if (divisors.size() != f.length) {
        throw new IllegalArgumentException(divisors.size() + " divisors for " + f.length);
      }
      for (int i = 0; i < f.length; i++) {
        f[i] /= divisors.get(i);
      }
      return f;
    }
  }
}
