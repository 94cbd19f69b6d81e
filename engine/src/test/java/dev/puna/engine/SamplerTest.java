package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final int DRAWS = 40_000;

  /** ln of 0.5, 0.3, 0.15, 0.05, in another order. */
  private static final float[] LOGITS = {
    (float) Math.log(0.15), (float) Math.log(0.5), (float) Math.log(0.05), (float) Math.log(0.3)
  };

  private static double[] frequencies(Sampling sampling) {
    Sampler sampler = new Sampler(sampling);
    int[] counts = new int[LOGITS.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.next(LOGITS)]++;
    }
    return Arrays.stream(counts).mapToDouble(c -> c / (double) DRAWS).toArray();
  }

  private static void expect(Sampling sampling, double... probabilities) {
    double[] f = frequencies(sampling);
    for (int i = 0; i < f.length; i++) {
      double deviation = Math.sqrt(probabilities[i] * (1 - probabilities[i]) / DRAWS);
      assertThat(f[i]).as("token %d", i).isCloseTo(probabilities[i], within(5 * deviation));
    }
  }

  @Test
  void drawsFromTheSoftmax() {
    expect(new Sampling(1, 0, 1, 1), 0.15, 0.5, 0.05, 0.3);
  }

  /** p^(1/T), renormalized: with T = 1/2 the squares. */
  @Test
  void temperatureSharpens() {
    double sum = 0.15 * 0.15 + 0.25 + 0.0025 + 0.09;
    expect(new Sampling(0.5, 0, 1, 2), 0.0225 / sum, 0.25 / sum, 0.0025 / sum, 0.09 / sum);
  }

  @Test
  void topKKeepsTheLikeliest() {
    expect(new Sampling(1, 2, 1, 3), 0, 0.5 / 0.8, 0, 0.3 / 0.8);
  }

  /** The fewest that hold 0.75: 0.5 and 0.3. */
  @Test
  void topPKeepsTheNucleus() {
    expect(new Sampling(1, 0, 0.75, 4), 0, 0.5 / 0.8, 0, 0.3 / 0.8);
    expect(new Sampling(1, 0, 1e-9, 5), 0, 1, 0, 0);
  }

  /** Top-p counts within what top-k has left: of 0.5 and 0.3 the first alone holds 0.6 of them. */
  @Test
  void topPCutsAfterTopK() {
    expect(new Sampling(1, 2, 0.6, 6), 0, 1, 0, 0);
    expect(new Sampling(1, 3, 0.8, 7), 0, 0.5 / 0.8, 0, 0.3 / 0.8);
  }

  @Test
  void zeroTemperatureTakesTheFirstOfTheLikeliest() {
    assertThat(new Sampler(Sampling.greedy()).next(new float[] {1, 3, 2, 3})).isEqualTo(1);
  }

  @Test
  void sameSeedSameTokens() {
    Random random = new Random(1);
    Sampler one = new Sampler(new Sampling(0.9, 40, 0.95, 11));
    Sampler two = new Sampler(new Sampling(0.9, 40, 0.95, 11));
    for (int i = 0; i < 200; i++) {
      float[] logits = new float[300];
      for (int v = 0; v < logits.length; v++) {
        logits[v] = (float) random.nextGaussian() * 3;
      }
      assertThat(one.next(logits)).isEqualTo(two.next(logits));
    }
  }

  @Test
  void refusesImpossibleSettings() {
    assertThatThrownBy(() -> new Sampling(-0.1, 0, 1, 0)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> new Sampling(Double.NaN, 0, 1, 0)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> new Sampling(1, -1, 1, 0)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> new Sampling(1, 0, 0, 0)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> new Sampling(1, 0, 1.01, 0)).isInstanceOf(PunaException.class);
  }
}
