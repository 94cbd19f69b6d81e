package dev.puna.program;

/** How a row, or a group of its columns, is normalized. */
public sealed interface Normalization {
  /** Added under the root, against division by zero. */
  float epsilon();

  /** x / √(mean(x²) + ε) · gain (Zhang and Sennrich 2019). */
  record Rms(float epsilon) implements Normalization {}

  /** (x - mean(x)) / √(var(x) + ε) · gain + bias (Ba et al. 2016). */
  record Layer(float epsilon, boolean bias) implements Normalization {}
}
