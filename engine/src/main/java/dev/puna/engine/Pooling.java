package dev.puna.engine;

import dev.puna.formats.Config;
import dev.puna.model.Checkpoint;
import dev.puna.model.Spec;
import java.nio.file.Files;
import java.nio.file.Path;

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

  /**
   * What a checkpoint is made for: what a file beside it says (sentence-transformers'
   * 1_Pooling/config.json), else the mean of an encoder's rows and the last of a decoder's.
   */
  public static Pooling of(Checkpoint checkpoint) {
    Path file = checkpoint.path().resolve("1_Pooling").resolve("config.json");
    if (Files.exists(file)) {
      Config config = Config.read(file);
      if (config.flag("pooling_mode_cls_token", false)) {
        return CLS;
      }
      return config.flag("pooling_mode_lasttoken", false) ? LAST : MEAN;
    }
    return checkpoint.spec().head() instanceof Spec.Pooled ? MEAN : LAST;
  }

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
