package dev.puna.cpu;

import dev.puna.program.Rotation;
import dev.puna.program.Step;
import org.jspecify.annotations.Nullable;

/** The cosines and sines of one rotation for every row of a step, made once for all layers. */
final class Rotary {
  private final Rotation rotation;
  private final boolean dependsOnLength;
  private float @Nullable [] frequencies;
  private int length;

  /** cosines[row · size/2 + i] of pair i; sines likewise. */
  final float[] cosines;

  final float[] sines;

  Rotary(Rotation rotation, int rows) {
    this.rotation = rotation;
    dependsOnLength = rotation.scaling().dependsOnLength();
    cosines = new float[rows * rotation.size() / 2];
    sines = new float[rows * rotation.size() / 2];
  }

  Rotation rotation() {
    return rotation;
  }

  void fill(Step step) {
    int pairs = rotation.size() / 2;
    for (int t = 0; t < step.tokens(); t++) {
      rotation.table(
          rotation.place(step, t), frequencies(step.rotation(t)), cosines, sines, t * pairs);
    }
  }

  /** Kept until a row comes with another length, if the length matters at all. */
  private float[] frequencies(int rowLength) {
    float[] f = frequencies;
    if (f == null || dependsOnLength && rowLength != length) {
      f = rotation.frequencies(rowLength);
      frequencies = f;
      length = rowLength;
    }
    return f;
  }
}
