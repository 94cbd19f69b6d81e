package dev.puna.cpu;

import dev.puna.program.Rotation;
import dev.puna.program.Step;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  /** The same outside the heap, for assembled kernels. */
  private final MemorySegment cosineTable;

  private final MemorySegment sineTable;

  Rotary(Rotation rotation, int rows, Arena arena) {
    this.rotation = rotation;
    dependsOnLength = rotation.scaling().dependsOnLength();
    cosines = new float[rows * rotation.size() / 2];
    sines = new float[rows * rotation.size() / 2];
    cosineTable = arena.allocate(4L * cosines.length + Memory.PADDING, 64);
    sineTable = arena.allocate(4L * sines.length + Memory.PADDING, 64);
  }

  long cosineAddress() {
    return cosineTable.address();
  }

  long sineAddress() {
    return sineTable.address();
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
    int count = step.tokens() * pairs;
    MemorySegment.copy(cosines, 0, cosineTable, ValueLayout.JAVA_FLOAT, 0, count);
    MemorySegment.copy(sines, 0, sineTable, ValueLayout.JAVA_FLOAT, 0, count);
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
