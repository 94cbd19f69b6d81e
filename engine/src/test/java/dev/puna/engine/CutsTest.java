package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each cut beside its formula, computed once more: by sorting all, with Math.exp. */
class CutsTest {
  private static final Sampling PLAIN = new Sampling(1, 0, 1, 3);

  /** Logits of very different vocabularies: peaked, flat, with equal and with impossible tokens. */
  private static float[] logits(Random random) {
    float[] logits = new float[1 + random.nextInt(200)];
    double spread = random.nextDouble() * 6;
    boolean ties = random.nextInt(3) == 0;
    for (int i = 0; i < logits.length; i++) {
      double x = random.nextGaussian() * spread;
      logits[i] = (float) (ties ? Math.rint(x) + 0.0 : x); // no -0: it sorts apart from 0
    }
    for (int i = 1; i < logits.length; i++) {
      if (random.nextInt(10) == 0) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
    return logits;
  }

  private static Set<Integer> left(Sampling sampling, float[] logits) {
    float[] filtered = sampling.filter(logits, new int[0]);
    Set<Integer> left = new TreeSet<>();
    for (int i = 0; i < filtered.length; i++) {
      if (filtered[i] > Float.NEGATIVE_INFINITY) {
        left.add(i);
        assertThat((double) filtered[i])
            .isCloseTo(logits[i] / sampling.temperature(), within(1e-5 * Math.abs(filtered[i])));
      }
    }
    return left;
  }

  /** A token of the reference: its id and probability. */
  private record Token(int id, double x, double p) {}

  /** By falling probability, equals by rising id. */
  private static List<Token> softmax(List<Token> tokens, double temperature) {
    double max = tokens.stream().mapToDouble(Token::x).max().orElseThrow();
    double total = tokens.stream().mapToDouble(t -> Math.exp((t.x - max) / temperature)).sum();
    return tokens.stream()
        .map(t -> new Token(t.id, t.x, Math.exp((t.x - max) / temperature) / total))
        .sorted(Comparator.comparingDouble((Token t) -> -t.x).thenComparingInt(Token::id))
        .toList();
  }

  private static List<Token> possible(float[] logits) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] > Float.NEGATIVE_INFINITY) {
        tokens.add(new Token(i, logits[i], 0));
      }
    }
    return tokens;
  }

  private static double entropy(List<Token> tokens) {
    return -tokens.stream().mapToDouble(t -> t.p == 0 ? 0 : t.p * Math.log(t.p)).sum();
  }

  private static Set<Integer> ids(List<Token> tokens) {
    Set<Integer> ids = new TreeSet<>();
    tokens.forEach(t -> ids.add(t.id));
    return ids;
  }

  @Test
  void topNSigmaKeepsWithinDeviationsOfTheLargest() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      float[] logits = logits(random);
      double n = random.nextDouble() * 3 + 1e-3;
      List<Token> tokens = possible(logits);
      double mean = tokens.stream().mapToDouble(Token::x).average().orElseThrow();
      double variance =
          tokens.stream().mapToDouble(t -> (t.x - mean) * (t.x - mean)).average().orElseThrow();
      double max = tokens.stream().mapToDouble(Token::x).max().orElseThrow();
      double least = max - n * Math.sqrt(variance);
      if (tokens.stream().anyMatch(t -> Math.abs(t.x - least) < 1e-5)) {
        continue; // too near to tell
      }
      Set<Integer> expected = ids(tokens.stream().filter(t -> t.x >= least).toList());
      Sampling sampling = PLAIN.topNSigma(n);
      assertThat(left(sampling, logits)).isEqualTo(expected);
      assertThat(left(sampling.temperature(7), logits)).as("heated").isEqualTo(expected);
    }
  }

  /** A penalty of thousands does not become the deviation. */
  @Test
  void topNSigmaMeasuresWhatTheModelSaid() {
    float[] logits = SamplerTest.gaussian(new Random(2), 300);
    logits[7] = 30;
    logits[8] = 29.5f;
    Sampling sampling = PLAIN.topNSigma(1).penalties(Penalties.NONE.presence(1000));
    float[] filtered = sampling.filter(logits, new int[] {9});
    assertThat(filtered[9]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(left(PLAIN.topNSigma(1), logits)).containsExactly(7, 8);
    for (int i = 0; i < filtered.length; i++) {
      assertThat(filtered[i] > Float.NEGATIVE_INFINITY).isEqualTo(i == 7 || i == 8);
    }
  }

  @Test
  void topKKeepsTheKthAndItsEquals() {
    Random random = new Random(3);
    for (int round = 0; round < 500; round++) {
      float[] logits = logits(random);
      int k = 1 + random.nextInt(logits.length);
      List<Token> sorted = softmax(possible(logits), 1);
      double least = sorted.get(Math.min(k, sorted.size()) - 1).x;
      assertThat(left(PLAIN.topK(k), logits))
          .as("%d of %d", k, logits.length)
          .isEqualTo(ids(sorted.stream().filter(t -> t.x >= least).toList()));
    }
  }

  @Test
  void topPKeepsTheFewestThatHoldIt() {
    Random random = new Random(4);
    for (int round = 0; round < 500; round++) {
      float[] logits = logits(random);
      double p = 0.02 + 0.97 * random.nextDouble();
      double temperature = 0.3 + 2 * random.nextDouble();
      List<Token> kept = new ArrayList<>();
      double sum = 0;
      double before = 0;
      for (Token t : softmax(possible(logits), temperature)) {
        if (sum >= p) {
          break;
        }
        before = sum;
        kept.add(t);
        sum += t.p;
      }
      if (sum - p > 1e-9 && p - before > 1e-9) { // else rounding decides
        assertThat(left(PLAIN.topP(p).temperature(temperature), logits)).isEqualTo(ids(kept));
      }
    }
  }

  @Test
  void thresholdsKeepWhatReachesThem() {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      float[] logits = logits(random);
      List<Token> tokens = softmax(possible(logits), 1);
      double m = random.nextDouble();
      double most = tokens.getFirst().p;
      expect(PLAIN.minP(m), logits, tokens, m * most);
      double epsilon = Math.pow(10, -1 - 4 * random.nextDouble());
      expect(PLAIN.epsilon(epsilon), logits, tokens, epsilon);
      double eta = Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy(tokens)));
      expect(PLAIN.eta(epsilon), logits, tokens, eta);
    }
  }

  private static void expect(Sampling s, float[] logits, List<Token> tokens, double least) {
    double bound = Math.min(least, tokens.getFirst().p);
    boolean near = tokens.stream().anyMatch(t -> t.p != bound && Math.abs(t.p / bound - 1) < 1e-9);
    if (!near) {
      assertThat(left(s, logits))
          .isEqualTo(ids(tokens.stream().filter(t -> t.p >= bound).toList()));
    }
  }

  @Test
  void typicalKeepsTheNearestToTheEntropy() {
    Random random = new Random(6);
    for (int round = 0; round < 300; round++) {
      float[] logits = logits(random);
      double wanted = 0.05 + 0.9 * random.nextDouble();
      List<Token> tokens = softmax(possible(logits), 1);
      double entropy = entropy(tokens);
      Comparator<Token> nearest =
          Comparator.comparingDouble(t -> Math.abs(-Math.log(t.p) - entropy));
      double sum = 0;
      double last = 0;
      boolean near = false;
      for (Token t : tokens.stream().sorted(nearest).toList()) {
        if (sum >= wanted) {
          near = Math.abs(Math.abs(-Math.log(t.p) - entropy) - last) < 1e-9;
          break;
        }
        sum += t.p;
        near = Math.abs(sum - wanted) < 1e-9;
        last = Math.abs(-Math.log(t.p) - entropy);
      }
      double bound = last;
      if (!near) {
        assertThat(left(PLAIN.typical(wanted), logits))
            .isEqualTo(
                ids(
                    tokens.stream()
                        .filter(t -> Math.abs(-Math.log(t.p) - entropy) <= bound + 1e-12)
                        .toList()));
      }
    }
  }

  /**
   * By hand, as its author describes it: of 0.4, 0.3, 0.15, 0.1, 0.05 those of at least 0.1 go, but
   * for the least likely of them; the rest stays.
   */
  @Test
  void xtcTakesTheTopButOne() {
    float[] logits = new float[5];
    double[] p = {0.05, 0.4, 0.15, 0.3, 0.1};
    for (int i = 0; i < p.length; i++) {
      logits[i] = (float) Math.log(p[i]);
    }
    Sampling always = PLAIN.xtc(new Xtc(0.099, 1));
    assertThat(left(always, logits)).containsExactly(0, 4);
    assertThat(left(PLAIN.xtc(new Xtc(0.12, 1)), logits)).containsExactly(0, 2, 4);
    assertThat(left(PLAIN.xtc(new Xtc(0.35, 1)), logits)).as("one alone").hasSize(5);
    assertThat(left(PLAIN.xtc(new Xtc(0.5, 1)), logits)).as("none").hasSize(5);
    assertThat(left(PLAIN.xtc(new Xtc(0.099, 0)), logits)).as("never").hasSize(5);
    // what is left of 0.4 and 0.3 after top-k: 0.57 and 0.43
    assertThat(left(PLAIN.topK(2).xtc(new Xtc(0.4, 1)), logits)).containsExactly(3);
    assertThat(left(PLAIN.xtc(new Xtc(0.2, 1)), new float[] {1, 1, 1})).containsExactly(2);
  }

  /** Its coin is thrown for each token, and not with the number that draws. */
  @Test
  void xtcComesAsOftenAsAskedFor() {
    float[] logits = {2, 1.9f, -1};
    double exp = Math.exp(-1.9 - 1);
    double p = 0.3;
    int draws = 40_000;
    Sampler sampler = new Sampler(PLAIN.xtc(new Xtc(0.3, p)));
    int[] counts = new int[3];
    int[] text = new int[draws];
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(logits, text, i)]++;
    }
    double plain = Math.exp(2) / (Math.exp(2) + Math.exp(1.9) + Math.exp(-1));
    double first = (1 - p) * plain;
    double third = p * exp / (1 + exp) + (1 - p) * plain * Math.exp(-3);
    assertThat(counts[0] / (double) draws)
        .isCloseTo(first, within(5 * Math.sqrt(first * (1 - first) / draws)));
    assertThat(counts[2] / (double) draws)
        .isCloseTo(third, within(5 * Math.sqrt(third * (1 - third) / draws)));
  }

  /** Order: each cut sees probabilities of what the one before has left. */
  @Test
  void cutsFollowTheirOrder() {
    float[] logits = new float[4];
    double[] p = {0.4, 0.3, 0.2, 0.1};
    for (int i = 0; i < p.length; i++) {
      logits[i] = (float) Math.log(p[i]);
    }
    // of 0.4, 0.3, 0.2 the first two hold 0.78
    assertThat(left(PLAIN.topK(3).topP(0.77), logits)).containsExactly(0, 1);
    assertThat(left(PLAIN.topP(0.77), logits)).containsExactly(0, 1, 2);
    // after top-p has left 0.57 and 0.43, epsilon sees these
    assertThat(left(PLAIN.topP(0.65).epsilon(0.42), logits)).containsExactly(0, 1);
    assertThat(left(PLAIN.epsilon(0.42), logits)).containsExactly(0);
    // heat comes before cuts: the squares' roots are 0.33, 0.28, 0.23, 0.16
    assertThat(left(PLAIN.temperature(2).topP(0.6), logits)).containsExactly(0, 1);
    assertThat(left(PLAIN.temperature(2).topP(0.62), logits)).containsExactly(0, 1, 2);
  }

  @Test
  void oneTokenIsAlwaysLeft() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      float[] logits = logits(random);
      Sampling s =
          new Sampling(0.01 + random.nextDouble() * 3, random.nextInt(5), 1e-6, round)
              .topNSigma(random.nextInt(2) * 1e-3)
              .minP(random.nextInt(2))
              .typical(1e-6)
              .epsilon(0.999)
              .eta(0.999)
              .xtc(new Xtc(0.01, 1));
      assertThat(left(s, logits)).isNotEmpty();
      assertThat(left(new Sampling(1, 0, 1, 1).typical(1e-6), logits)).isNotEmpty();
    }
  }
}
