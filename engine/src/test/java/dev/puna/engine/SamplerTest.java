package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    int[] text = new int[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.next(LOGITS, text, i)]++;
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

  /** What a place draws does not depend on what else the sampler has drawn, nor in which order. */
  @Test
  void drawsHaveNoHistory() {
    Sampling sampling =
        new Sampling(0.9, 40, 0.95, 11).xtc(new Xtc(0.05, 0.5)).frequencyPenalty(0.1);
    Random random = new Random(1);
    float[][] logits = new float[200][];
    int[] text = new int[logits.length];
    Sampler one = new Sampler(sampling);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = gaussian(random, 300);
      text[i] = one.next(logits[i], text, i);
    }
    Sampler backwards = new Sampler(sampling);
    for (int i = logits.length - 1; i >= 0; i--) {
      assertThat(backwards.next(logits[i], text, i)).isEqualTo(text[i]);
      assertThat(new Sampler(sampling).next(logits[i], text, i)).isEqualTo(text[i]);
    }
    int other = 0;
    Sampler seeded = new Sampler(sampling.seed(12));
    for (int i = 0; i < logits.length; i++) {
      other += seeded.next(logits[i], text, i) == text[i] ? 0 : 1;
    }
    assertThat(other).as("tokens that another seed draws otherwise").isGreaterThan(50);
  }

  /** Samples of one request draw as many seeds do: 0.5² + 0.3² + 0.15² + 0.05² of pairs agree. */
  @Test
  void samplesAreIndependent() {
    Sampling sampling = new Sampling(1, 0, 1, 77);
    assertThat(sampling.forSample(0)).isEqualTo(sampling);
    int places = 2000;
    int samples = 8;
    int[][] drawn = new int[samples][places];
    for (int i = 0; i < samples; i++) {
      Sampler sampler = new Sampler(sampling.forSample(i));
      for (int place = 0; place < places; place++) {
        drawn[i][place] = sampler.next(LOGITS, new int[places], place);
      }
    }
    double chance = 0.25 + 0.09 + 0.0225 + 0.0025;
    double deviation = Math.sqrt(chance * (1 - chance) / places);
    for (int i = 0; i < samples; i++) {
      for (int j = 0; j < i; j++) {
        int equal = 0;
        for (int place = 0; place < places; place++) {
          equal += drawn[i][place] == drawn[j][place] ? 1 : 0;
        }
        assertThat(equal / (double) places)
            .as("%d and %d", i, j)
            .isCloseTo(chance, within(5 * deviation));
      }
    }
  }

  /** Draws of a long vocabulary follow the softmax over what the filters leave: chi-square. */
  @Test
  void drawsFollowWhatTheFiltersLeave() {
    Random random = new Random(3);
    float[] logits = gaussian(random, 400);
    List<Sampling> all =
        List.of(
            new Sampling(1, 0, 1, 21),
            new Sampling(0.7, 50, 0.9, 22),
            new Sampling(1.3, 0, 1, 23).topNSigma(1.5),
            new Sampling(1, 0, 0.8, 24).minP(0.02).typical(0.9),
            new Sampling(1, 0, 1, 25).epsilon(0.002).eta(0.01),
            new Sampling(1, 30, 1, 26).xtc(new Xtc(0.05, 1)),
            new Sampling(1, 20, 1, 27).bias(Map.of(3, 5f, 4, Float.NEGATIVE_INFINITY)));
    for (Sampling sampling : all) {
      float[] left = sampling.filter(logits, new int[0]);
      double total = 0;
      for (float x : left) {
        total += Math.exp(x);
      }
      int[] counts = new int[logits.length];
      Sampler sampler = new Sampler(sampling);
      int[] text = new int[DRAWS];
      for (int i = 0; i < DRAWS; i++) {
        counts[sampler.next(logits, text, i)]++;
      }
      double chi = 0;
      int classes = 0;
      double rest = DRAWS;
      int restCount = DRAWS;
      for (int i = 0; i < left.length; i++) {
        double expected = DRAWS * Math.exp(left[i]) / total;
        if (expected >= 10) {
          chi += (counts[i] - expected) * (counts[i] - expected) / expected;
          classes++;
          rest -= expected;
          restCount -= counts[i];
        } else if (expected == 0) {
          assertThat(counts[i]).as("cut token %d", i).isZero();
        }
      }
      assertThat(restCount).isCloseTo((int) rest, within((int) (6 * Math.sqrt(rest + 1) + 1)));
      // the distribution has mean n and variance 2n
      assertThat(chi).as("%s", sampling).isLessThan(classes + 5 * Math.sqrt(2.0 * classes));
    }
  }

  /** The nucleus is told apart by octaves first: at every size the same as sorting. */
  @Test
  void everySizeOfVocabularyDraws() {
    Random random = new Random(8);
    for (int size : new int[] {1, 2, 3, 5, 17, 1023, 1024, 1025, 5000}) {
      float[] logits = gaussian(random, size);
      for (int k : new int[] {0, 1, 2, size - 1, size, size + 1}) {
        int token = new Sampler(new Sampling(1, Math.max(0, k), 0.9, 5)).next(logits);
        assertThat(token).isBetween(0, size - 1);
      }
      int best = new Sampler(Sampling.greedy()).next(logits);
      assertThat(new Sampler(new Sampling(1, 1, 1, 5)).next(logits)).isEqualTo(best);
      assertThat(new Sampler(new Sampling(1e-300, 0, 1, 5)).next(logits)).isEqualTo(best);
    }
  }

  /** Logits may be forbidden; those are never drawn, unless all are. */
  @Test
  void forbiddenTokensAreNotDrawn() {
    float no = Float.NEGATIVE_INFINITY;
    float[] logits = {no, 2, no, no, 1, no};
    Sampling plain = new Sampling(5, 0, 1, 4);
    for (Sampling s :
        List.of(
            plain, plain.topK(4), plain.topNSigma(3), plain.typical(0.9), plain.mirostat(3, 0.1))) {
      Sampler sampler = new Sampler(s.noRepeatNgram(0).bias(Map.of(0, 100f)));
      for (int i = 0; i < 200; i++) {
        assertThat(sampler.next(logits, new int[200], i)).as("%s", s).isIn(1, 4);
      }
      assertThat(new Sampler(s).next(new float[] {no, no})).as("%s", s).isEqualTo(0);
    }
  }

  /** Bans of a penalty give way where they leave nothing, those of a bias stay. */
  @Test
  void aBiasBansWherePenaltiesGiveWay() {
    for (double temperature : new double[] {0, 1}) {
      Sampling s =
          new Sampling(temperature, 0, 1, 4)
              .noRepeatNgram(1)
              .bias(Map.of(2, Float.NEGATIVE_INFINITY));
      assertThat(new Sampler(s).next(new float[] {1, 2, 9}, new int[] {0, 1}, 2)).isEqualTo(1);
    }
  }

  static float[] gaussian(Random random, int size) {
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = (float) random.nextGaussian() * 3;
    }
    return logits;
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
