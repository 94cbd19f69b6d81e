package dev.puna.engine;

/** How the rows of a text become its vector, of length 1. */
public enum Pooling {
  /** The mean of all rows (Reimers and Gurevych 2019). */
  MEAN {
    @Override
    double[] pool(float[][] rows) {
      double[] sum = new double[rows[0].length];
      for (float[] row : rows) {
        for (int c = 0; c < sum.length; c++) {
          sum[c] += row[c] / (double) rows.length;
        }
      }
      return sum;
    }
  },
  /** The first row: that of the classification token. */
  CLS {
    @Override
    double[] pool(float[][] rows) {
      return doubles(rows[0]);
    }
  },
  /** The last row: the only one of a decoder that has seen all of the text. */
  LAST {
    @Override
    double[] pool(float[][] rows) {
      return doubles(rows[rows.length - 1]);
    }
  };

  abstract double[] pool(float[][] rows);

  /**
   * @param rows at least one, [T][D]
   * @return their vector divided by its length, [D]
   */
  public float[] vector(float[][] rows) {
    double[] pooled = pool(rows);
    double squares = 0;
    for (double x : pooled) {
      squares += x * x;
    }
    double length = Math.max(Math.sqrt(squares), 1e-12);
    float[] vector = new float[pooled.length];
    for (int c = 0; c < vector.length; c++) {
      vector[c] = (float) (pooled[c] / length);
    }
    return vector;
  }

  private static double[] doubles(float[] row) {
    double[] copy = new double[row.length];
    for (int c = 0; c < copy.length; c++) {
      copy[c] = row[c];
    }
    return copy;
  }
}
