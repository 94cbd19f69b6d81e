package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Penalties beside their formulas; greedy, so that nothing but them changes logits. */
class PenaltiesTest {
  private static final Sampling NONE = Sampling.greedy();

  private static int[] text(Random random, int length, int vocab) {
    return random.ints(length, 0, vocab).toArray();
  }

  @Test
  void biasIsAddedFirst() {
    Sampling s = NONE.bias(Map.of(1, 2.5f, 2, Float.NEGATIVE_INFINITY)).repetitionPenalty(2);
    assertThat(s.filter(new float[] {1, 1, 1}, new int[] {1}))
        .containsExactly(1, 3.5f / 2, Float.NEGATIVE_INFINITY);
    assertThat(new Sampler(s).next(new float[] {1, 1, 9})).isEqualTo(1);
  }

  /** x - c f - (c > 0) a, where the prompt does not count, nor what is further back than N. */
  @Test
  void frequencyAndPresenceCountWhatWasGenerated() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int vocab = 1 + random.nextInt(20);
      float[] logits = SamplerTest.gaussian(random, vocab);
      int[] text = text(random, random.nextInt(60), vocab);
      int begun = random.nextInt(text.length + 1);
      int lastN = random.nextInt(40);
      double f = random.nextGaussian();
      double a = random.nextGaussian();
      float[] filtered =
          NONE.frequencyPenalty(f)
              .presencePenalty(a)
              .repeatLastN(lastN)
              .filter(logits, text, begun);
      int from = Math.max(begun, lastN == 0 ? 0 : text.length - lastN);
      for (int v = 0; v < vocab; v++) {
        int token = v;
        long c =
            Arrays.stream(text, Math.min(from, text.length), text.length)
                .filter(t -> t == token)
                .count();
        assertThat((double) filtered[v])
            .isCloseTo(logits[v] - c * f - (c > 0 ? a : 0), within(1e-4));
      }
    }
  }

  @Test
  void repetitionLooksBackAsFarAsItMay() {
    float[] logits = {2, 2, 2, 2};
    int[] text = {0, 1, 2, 2};
    assertThat(NONE.repetitionPenalty(2).repeatLastN(2).filter(logits, text))
        .containsExactly(2, 2, 1, 2);
    assertThat(NONE.repetitionPenalty(2).repeatLastN(3).filter(logits, text))
        .containsExactly(2, 1, 1, 2);
    assertThat(NONE.repetitionPenalty(2).filter(logits, text, 3)).containsExactly(1, 1, 1, 2);
  }

  /** "a b c d" once; after "… a b c" the token d goes on with three: 2 · 1.5^(3-2). */
  @Test
  void dryGrowsWithWhatIsRepeated() {
    float[] logits = new float[6];
    Sampling s = NONE.dry(new Dry(2).base(1.5));
    assertThat(s.filter(logits, new int[] {0, 1, 2, 3, 4, 0})).containsOnly(0);
    assertThat(s.filter(logits, new int[] {0, 1, 2, 3, 4, 0, 1}))
        .containsExactly(0, 0, -2, 0, 0, 0);
    assertThat(s.filter(logits, new int[] {0, 1, 2, 3, 4, 0, 1, 2}))
        .containsExactly(0, 0, 0, -3, 0, 0);
    assertThat(s.filter(logits, new int[] {0, 1, 2, 3, 4, 0, 1, 2, 3}))
        .containsExactly(0, 0, 0, 0, -4.5f, 0);
  }

  /** A loop overlaps itself: "x x x" has been going on for two tokens. */
  @Test
  void drySeesLoops() {
    Sampling s = NONE.dry(new Dry(1).base(2));
    assertThat(s.filter(new float[2], new int[] {1, 1, 1})).containsExactly(0, -1);
    assertThat(s.filter(new float[2], new int[] {1, 1, 1, 1, 1})).containsExactly(0, -4);
  }

  @Test
  void dryStopsAtBreakers() {
    float[] logits = new float[6];
    int[] text = {0, 1, 2, 3, 4, 0, 1, 2};
    Dry dry = new Dry(2).base(1.5);
    assertThat(NONE.dry(dry.breakers(Set.of(1))).filter(logits, text)).containsOnly(0);
    assertThat(NONE.dry(dry.breakers(Set.of(0))).filter(logits, text))
        .containsExactly(0, 0, 0, -2, 0, 0);
    assertThat(NONE.dry(dry.breakers(Set.of(2))).filter(logits, text)).containsOnly(0);
    assertThat(NONE.dry(dry.breakers(Set.of(3))).filter(logits, text))
        .as("breakers themselves are free")
        .containsOnly(0);
    assertThat(NONE.dry(dry.range(7)).filter(logits, text)).containsExactly(0, 0, 0, -2, 0, 0);
    assertThat(NONE.dry(dry.range(5)).filter(logits, text)).containsOnly(0);
  }

  /** Beside the description taken literally: from each place go back as long as tokens agree. */
  @Test
  void dryIsWhatComparingAllPlacesGives() {
    Random random = new Random(2);
    for (int round = 0; round < 500; round++) {
      int vocab = 1 + random.nextInt(5);
      int[] text = text(random, random.nextInt(80), vocab);
      Set<Integer> breakers = new HashSet<>();
      for (int v = 0; v < vocab; v++) {
        if (random.nextInt(6) == 0) {
          breakers.add(v);
        }
      }
      int range = random.nextInt(3) == 0 ? random.nextInt(60) : 0;
      Dry dry = new Dry(0.5, 1.1, 1 + random.nextInt(3), range, breakers);
      float[] filtered = NONE.dry(dry).filter(new float[vocab], text);
      int[] longest = longest(text, vocab, dry);
      for (int v = 0; v < vocab; v++) {
        double penalty = 0.5 * Math.pow(1.1, longest[v] - dry.allowedLength());
        assertThat((double) filtered[v])
            .as("%d after %s, %s", v, Arrays.toString(text), dry)
            .isCloseTo(
                longest[v] < dry.allowedLength() ? 0 : -penalty, within(1e-4 * penalty + 1e-9));
      }
    }
  }

  private static int[] longest(int[] text, int vocab, Dry dry) {
    int start = dry.range() == 0 ? 0 : Math.max(0, text.length - dry.range());
    int[] longest = new int[vocab];
    for (int at = start; at < text.length - 1; at++) {
      int next = text[at + 1];
      int n = 0;
      while (at - n >= start
          && text[at - n] == text[text.length - 1 - n]
          && !dry.breakers().contains(text[at - n])) {
        n++;
      }
      if (!dry.breakers().contains(next)) {
        longest[next] = Math.max(longest[next], n);
      }
    }
    return longest;
  }

  /** A penalty beyond all numbers still is none of the bans that leave nothing. */
  @Test
  void dryOfALongLoopStaysFinite() {
    int[] text = new int[5000];
    float[] filtered = NONE.dry(new Dry(5).base(4)).filter(new float[] {1, 0}, text);
    assertThat(filtered[0]).isLessThan(-1e20f).isGreaterThan(Float.NEGATIVE_INFINITY);
    assertThat(filtered[1]).isZero();
  }

  /** One sampler may serve many texts: nothing is left of one when the next comes. */
  @Test
  void penaltiesHaveNoMemory() {
    Random random = new Random(3);
    Sampling s =
        NONE.repetitionPenalty(1.3)
            .frequencyPenalty(0.2)
            .presencePenalty(0.1)
            .dry(new Dry(0.8))
            .noRepeatNgram(3);
    LogitPenalties shared = new LogitPenalties(s);
    for (int round = 0; round < 50; round++) {
      float[] logits = SamplerTest.gaussian(random, 8);
      int[] text = text(random, random.nextInt(60), 8);
      int begun = random.nextInt(text.length + 1);
      float[] expected = s.filter(logits, text, begun);
      shared.apply(logits, text, text.length, begun);
      assertThat(logits).containsExactly(expected);
    }
  }
}
