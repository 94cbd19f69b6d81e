package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.program.Rotation;
import org.jspecify.annotations.Nullable;

/**
 * Turns pairs of columns: (a, b) to (a·cos - b·sin, b·cos + a·sin); columns before and after the
 * rotation's are copied. Bound by the cache; adjacent pairs, which vectors would have to take
 * apart, by the scalar arithmetic.
 */
record RopeKernel(Rotary rotary, int headSize, Matrix x, Matrix out) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Rotation rotation = rotary.rotation();
    int size = rotation.size();
    int first = rotation.from();
    int rest = headSize - first - size;
    boolean adjacent = rotation.pairing() == Rotation.Pairing.ADJACENT;
    boolean assembled = ROWS != null && RowKernels.rotates(adjacent, size / 2);
    for (int t = fromRow; t < toRow; t++) {
      int table = t * (size / 2);
      if (ROWS != null && assembled) {
        ROWS.rotate(
            pass.scratch(worker).address,
            adjacent,
            x.at(worker, t, fromCol + first),
            out.at(worker, t, fromCol + first),
            rotary.cosineAddress() + 4L * table,
            rotary.sineAddress() + 4L * table,
            size / 2,
            (toCol - fromCol) / headSize,
            4L * headSize);
      }
      for (int c = fromCol; c < toCol; c += headSize) {
        long from = x.at(worker, t, c + first);
        long to = out.at(worker, t, c + first);
        if (!assembled) {
          turn(from, to, table);
        }
        if (first > 0) {
          Memory.copy(from - 4L * first, to - 4L * first, 4L * first);
        }
        if (rest > 0) {
          Memory.copy(from + 4L * size, to + 4L * size, 4L * rest);
        }
      }
    }
  }

  /** A head, by the Vector API as far as pairs fill vectors and no kernel is assembled. */
  void turn(long from, long to, int table) {
    int pairs = rotary.rotation().size() / 2;
    switch (rotary.rotation().pairing()) {
      case HALVES -> {
        int done =
            ROWS == null
                ? VectorRows.rotate(from, to, pairs, rotary.cosines, rotary.sines, table)
                : 0;
        halves(from, to, done, pairs, rotary.cosines, rotary.sines, table);
      }
      case ADJACENT -> adjacent(from, to, pairs, rotary.cosines, rotary.sines, table);
    }
  }

  /** Pairs from {@code first} on. */
  static void halves(long x, long y, int first, int pairs, float[] cos, float[] sin, int table) {
    long half = 4L * pairs;
    for (int i = first; i < pairs; i++) {
      long at = 4L * i;
      turn(x + at, x + half + at, y + at, y + half + at, cos[table + i], sin[table + i]);
    }
  }

  static void adjacent(long x, long y, int pairs, float[] cos, float[] sin, int table) {
    for (int i = 0; i < pairs; i++) {
      long at = 8L * i;
      turn(x + at, x + at + 4, y + at, y + at + 4, cos[table + i], sin[table + i]);
    }
  }

  private static void turn(long xa, long xb, long ya, long yb, float cos, float sin) {
    float a = Memory.f32(xa);
    float b = Memory.f32(xb);
    Memory.f32(ya, a * cos - b * sin);
    Memory.f32(yb, b * cos + a * sin);
  }
}
