package dev.puna.program;

/**
 * Rotary position embedding (Su et al. 2021): the columns of a head turn in pairs; pair i of a
 * token at position p turns by the angle p·f(i), with f(i) = base^(-2i/size) before scaling.
 *
 * @param base the slowest pair's wavelength is about 2π·base
 * @param size how many leading columns of a head turn; even
 * @param pairing which columns make a pair
 * @param scaling how frequencies are changed to reach beyond the training context
 * @param from first of a head's columns that turn
 * @param axis by which of a token's two places they turn
 */
public record Rotation(
    double base, int size, Pairing pairing, RopeScaling scaling, int from, Axis axis) {
  /** The two places of a token: a model with one kind of position uses the first alone. */
  public enum Axis {
    /** {@link Step#place}. */
    FIRST,
    /** {@link Step#second}. */
    SECOND
  }

  /** The two orders in which checkpoints keep the columns of a head. */
  public enum Pairing {
    /** Column i turns with i + size/2: Hugging Face checkpoints. */
    HALVES,
    /** Column 2i turns with 2i + 1: the original LLaMA checkpoints, and GGUF's llama. */
    ADJACENT
  }

  public Rotation {
    if (size < 2 || size % 2 != 0 || from < 0 || !(base > 0)) {
      throw new IllegalArgumentException("rotation of %d columns, base %s".formatted(size, base));
    }
  }

  /** A rotation of the leading columns by the first place. */
  public Rotation(double base, int size, Pairing pairing, RopeScaling scaling) {
    this(base, size, pairing, scaling, 0, Axis.FIRST);
  }

  /** The same over the columns from {@code column} on. */
  public Rotation from(int column) {
    return new Rotation(base, size, pairing, scaling, column, axis);
  }

  /** The same by the second place. */
  public Rotation bySecond() {
    return new Rotation(base, size, pairing, scaling, from, Axis.SECOND);
  }

  /** The place by which a row's columns turn. */
  public int place(Step step, int row) {
    return axis == Axis.FIRST ? step.place(row) : step.second(row);
  }

  /** Angle per position of each pair, [size/2], in radians. */
  public float[] frequencies(int length) {
    double[] f = scaling.frequencies(base, size, length);
    float[] rounded = new float[f.length];
    for (int i = 0; i < f.length; i++) {
      rounded[i] = (float) f[i];
    }
    return rounded;
  }

  /**
   * The tables of one position. Angles are the single-precision product of position and frequency,
   * as in the implementations that trained the checkpoints.
   *
   * @param frequencies of {@link #frequencies}
   * @param cosines [size/2] from {@code at}, times the scaling's magnitude
   * @param sines likewise
   */
  public void table(int position, float[] frequencies, float[] cosines, float[] sines, int at) {
    double magnitude = scaling.magnitude();
    for (int i = 0; i < frequencies.length; i++) {
      double angle = position * frequencies[i];
      cosines[at + i] = (float) (Math.cos(angle) * magnitude);
      sines[at + i] = (float) (Math.sin(angle) * magnitude);
    }
  }

  /** First column of pair {@code i}. */
  public int first(int i) {
    return from + (pairing == Pairing.HALVES ? i : 2 * i);
  }

  /** Second column of pair {@code i}. */
  public int second(int i) {
    return from + (pairing == Pairing.HALVES ? i + size / 2 : 2 * i + 1);
  }
}
