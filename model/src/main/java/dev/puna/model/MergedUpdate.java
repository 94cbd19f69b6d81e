package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * W + s·B·A, and with magnitudes m that row by row times m/‖row‖ (DoRA, Liu et al. 2024).
 *
 * @param transposed whether the weight is stored with its inputs as rows
 */
record MergedUpdate(Adapter.Update update, boolean transposed) {
  /**
   * The merged weight, single-precision, laid out as it was.
   *
   * @throws PunaException if the update does not fit
   */
  StoredTensor of(StoredTensor weight) {
    long out = transposed ? weight.columns() : weight.rows();
    long in = transposed ? weight.rows() : weight.columns();
    if (update.b().rows() != out || update.a().columns() != in) {
      throw new PunaException(
          "an update %s times %s does not fit %s, %s"
              .formatted(update.b().shape(), update.a().shape(), weight.name(), weight.shape()),
          "the adapter belongs to another model");
    }
    return new StoredTensor(
        weight.name(),
        DType.F32,
        weight.shape(),
        (StoredTensor.Made) arena -> merged(weight, (int) out, (int) in, arena));
  }

  private MemorySegment merged(StoredTensor weight, int out, int in, Arena arena) {
    try (Arena source = Arena.ofShared()) {
      float[] w = weight.matrix(source).toArray();
      float[] a = update.a().matrix(source).toArray();
      Tensor b = update.b().matrix(source);
      StoredTensor m = update.magnitude();
      float[] magnitude = m == null ? null : m.matrix(source).toArray();
      float[] factors = new float[(int) b.cols()];
      double[] row = new double[in];
      for (int o = 0; o < out; o++) {
        b.row(o, factors, 0);
        for (int i = 0; i < in; i++) {
          row[i] = w[transposed ? i * out + o : o * in + i];
        }
        double length = add(row, factors, a, update.scale());
        double by = magnitude == null ? 1 : magnitude[o] / length;
        for (int i = 0; i < in; i++) {
          w[transposed ? i * out + o : o * in + i] = (float) (row[i] * by);
        }
      }
      MemorySegment target = arena.allocate(4L * w.length, 64);
      DType.F32.encode(w, 0, w.length, target, 0);
      return target;
    }
  }

  /** row += s · factors·A; returns its length. */
  private static double add(double[] row, float[] factors, float[] a, float scale) {
    double squares = 0;
    for (int i = 0; i < row.length; i++) {
      double sum = 0;
      for (int r = 0; r < factors.length; r++) {
        sum += (double) factors[r] * a[r * row.length + i];
      }
      row[i] += scale * sum;
      squares += row[i] * row[i];
    }
    return Math.sqrt(squares);
  }

  /** m/‖row‖ of each row of W + s·B·A: what the columns of its products are multiplied by. */
  static StoredTensor factors(
      StoredTensor weight, StoredTensor a, StoredTensor b, float scale, StoredTensor magnitude) {
    return new StoredTensor(
        magnitude.name(),
        DType.F32,
        List.of(weight.rows()),
        (StoredTensor.Made)
            arena -> {
              try (Arena source = Arena.ofShared()) {
                Tensor w = weight.matrix(source);
                Tensor high = b.matrix(source);
                float[] low = a.matrix(source).toArray();
                float[] by = magnitude.matrix(source).toArray();
                float[] numbers = new float[(int) w.cols()];
                float[] factors = new float[(int) high.cols()];
                double[] row = new double[numbers.length];
                for (int o = 0; o < by.length; o++) {
                  w.row(o, numbers, 0);
                  high.row(o, factors, 0);
                  for (int i = 0; i < row.length; i++) {
                    row[i] = numbers[i];
                  }
                  by[o] = (float) (by[o] / add(row, factors, low, scale));
                }
                MemorySegment target = arena.allocate(4L * by.length, 64);
                DType.F32.encode(by, 0, by.length, target, 0);
                return target;
              }
            });
  }
}
