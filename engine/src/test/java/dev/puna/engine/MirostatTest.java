package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MirostatTest {
  /** Zipf's law over 5,000 words, p ~ 1 / rank: 9.5 bits of entropy. */
  private static float[] zipf() {
    float[] logits = new float[5000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) -Math.log(i + 1.0);
    }
    return logits;
  }

  private static double surprise(float[] logits, int token) {
    double total = 0;
    for (float x : logits) {
      total += Math.exp(x);
    }
    return Math.log(total / Math.exp(logits[token])) / Math.log(2);
  }

  /** Whatever the target, the average gets there: the sum of errors is the change of μ over η. */
  @Test
  void keepsTheAverageSurprise() {
    float[] logits = zipf();
    for (double tau : new double[] {4, 5, 6, 8}) {
      double eta = 0.1;
      Sampler sampler = new Sampler(new Sampling(1, 0, 1, 7).mirostat(tau, eta));
      int draws = 4000;
      int[] text = new int[draws];
      double sum = 0;
      for (int i = 0; i < draws; i++) {
        sum += surprise(logits, sampler.next(logits, text, i));
      }
      assertThat(sum / draws).as("of %.0f bits", tau).isCloseTo(tau, within(0.05));
      assertThat(sampler.mu()).isCloseTo(2 * tau - eta * (sum - draws * tau), within(1e-6));
    }
  }

  /** By hand: p = 1/2, 1/4, 1/8, 1/16, 1/16; 2 τ = 3 keeps what has 3 bits or less. */
  @Test
  void cutsWhatIsMoreSurprisingThanMu() {
    float[] logits = {
      (float) Math.log(1 / 16.0), 0, (float) Math.log(0.25), (float) Math.log(0.125), 0
    };
    logits[1] = (float) Math.log(0.5);
    logits[4] = (float) Math.log(1 / 16.0);
    Sampling sampling = new Sampling(1, 0, 1, 7).mirostat(1.5001, 0.5);
    float[] filtered = sampling.filter(logits, new int[0]);
    float no = Float.NEGATIVE_INFINITY;
    assertThat(filtered).containsExactly(no, logits[1], logits[2], logits[3], no);
    Sampler sampler = new Sampler(sampling);
    double mu = 3.0002;
    for (int i = 0; i < 100; i++) {
      int token = sampler.next(logits, new int[100], i);
      double s = surprise(logits, token);
      assertThat(token == 1 || s <= mu + 1e-6).as("%f bits, mu %f", s, mu).isTrue();
      mu -= 0.5 * (s - 1.5001);
      assertThat(sampler.mu()).isCloseTo(mu, within(1e-6));
    }
  }

  @Test
  void anotherSamplerGoesOnWithMu() {
    float[] logits = zipf();
    Sampling sampling = new Sampling(1, 0, 1, 9).mirostat(5, 0.3);
    Sampler whole = new Sampler(sampling);
    int[] text = new int[200];
    for (int i = 0; i < 200; i++) {
      text[i] = whole.next(logits, text, i);
    }
    Sampler first = new Sampler(sampling);
    for (int i = 0; i < 100; i++) {
      assertThat(first.next(logits, text, i)).isEqualTo(text[i]);
    }
    Sampler second = new Sampler(sampling);
    second.mu(first.mu());
    for (int i = 100; i < 200; i++) {
      assertThat(second.next(logits, text, i)).isEqualTo(text[i]);
    }
  }
}
