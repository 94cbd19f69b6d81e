package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SoftmaxTest {
  @Test
  void weightsAreExponentials() {
    Random random = new Random(1);
    int n = 100_003;
    float[] x = new float[n + 5];
    for (int i = 0; i < x.length; i++) {
      x[i] = 11 - 70 * random.nextFloat();
    }
    x[5] = 11;
    x[6] = Float.NEGATIVE_INFINITY;
    double[] w = new double[n];
    for (double temperature : new double[] {0.1, 1, 3}) {
      Softmax.weights(x, 5, n, 11, temperature, w);
      assertThat(w[0]).isEqualTo(1);
      double sum = 0;
      for (int i = 0; i < n; i++) {
        double expected = Math.exp(Math.max(Softmax.FLOOR, (x[i + 5] - 11.0) / temperature));
        assertThat(w[i]).isCloseTo(expected, within(1e-12 * expected));
        sum += w[i];
      }
      assertThat(Softmax.sum(w, n)).isCloseTo(sum, within(1e-12 * sum));
    }
  }
}
