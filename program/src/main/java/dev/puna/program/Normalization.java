package dev.puna.program;

/** How a row, or a group of its columns, is normalized. */
public sealed interface Normalization {
  /** Added under the root, against division by zero. */
  float epsilon();

  /** Whether the mean is taken off first. */
  default boolean centred() {
    return this instanceof Layer || this instanceof PlainLayer;
  }

  /** Whether the columns are multiplied by learned gains. */
  default boolean weighted() {
    return this instanceof Layer || this instanceof Rms;
  }

  /** Whether learned biases are added. */
  default boolean biased() {
    return this instanceof Layer layer && layer.bias;
  }

  /** x / √(mean(x²) + ε) · gain (Zhang and Sennrich 2019). */
  record Rms(float epsilon) implements Normalization {}

  /** (x - mean(x)) / √(var(x) + ε) · gain + bias (Ba et al. 2016). */
  record Layer(float epsilon, boolean bias) implements Normalization {}

  /** x / √(mean(x²) + ε): RMS normalization with nothing learned. */
  record PlainRms(float epsilon) implements Normalization {}

  /** (x - mean(x)) / √(var(x) + ε): layer normalization with nothing learned. */
  record PlainLayer(float epsilon) implements Normalization {}
}
