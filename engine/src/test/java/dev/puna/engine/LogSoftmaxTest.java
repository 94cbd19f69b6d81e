package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.tensor.PunaException;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogSoftmaxTest {
  @Test
  void isTheLogarithmOfTheSoftmax() {
    Random random = new Random(1);
    LogSoftmax probs = new LogSoftmax(20);
    for (int round = 0; round < 100; round++) {
      int size = 1 + random.nextInt(3000);
      float[] logits = SamplerTest.gaussian(random, size);
      for (int i = 0; i < size; i++) {
        logits[i] = round % 3 == 0 ? Math.round(logits[i]) : logits[i] * (round % 7 + 1);
      }
      double max = IntStream.range(0, size).mapToDouble(i -> logits[i]).max().orElseThrow();
      double total = IntStream.range(0, size).mapToDouble(i -> Math.exp(logits[i] - max)).sum();
      int token = random.nextInt(size);
      float[] before = logits.clone();
      probs.read(logits, token);
      assertThat(logits).containsExactly(before);
      assertThat(probs.chosen().token()).isEqualTo(token);
      assertThat((double) probs.chosen().logProb())
          .isCloseTo(logits[token] - max - Math.log(total), within(1e-5));
      List<Integer> best =
          IntStream.range(0, size)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]).thenComparing(i -> i))
              .limit(20)
              .toList();
      assertThat(probs.top()).extracting(TokenLogProb::token).isEqualTo(best);
      for (TokenLogProb t : probs.top()) {
        assertThat((double) t.logProb())
            .isCloseTo(logits[t.token()] - max - Math.log(total), within(1e-5));
      }
    }
  }

  /**
   * Numbers far from 0 lose nothing, impossible tokens have no probability and are no candidates.
   */
  @Test
  void isStable() {
    float no = Float.NEGATIVE_INFINITY;
    LogSoftmax probs = new LogSoftmax(3);
    probs.read(new float[] {no, 10_000, 10_000, no}, 1);
    assertThat(probs.chosen().logProb()).isEqualTo((float) Math.log(0.5));
    assertThat(probs.top()).extracting(TokenLogProb::token).containsExactly(1, 2);
    probs.read(new float[] {no, -10_000, -10_001, no}, 0);
    assertThat(probs.chosen().logProb()).isEqualTo(no);
    assertThat((double) probs.top().get(1).logProb())
        .isCloseTo(-1 - Math.log(1 + Math.exp(-1)), within(1e-6));
  }

  @Test
  void ofNoneThereAreNone() {
    LogSoftmax probs = new LogSoftmax(0);
    probs.read(new float[] {1, 1}, 1);
    assertThat(probs.top()).isEmpty();
    assertThat(probs.chosen().logProb()).isEqualTo((float) Math.log(0.5));
  }

  @Test
  void refusesWhatIsNotThere() {
    assertThatThrownBy(() -> LogProbs.top(-1)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> LogProbs.top(101)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> new LogSoftmax(1).read(new float[] {1}, 1))
        .isInstanceOf(PunaException.class);
  }
}
