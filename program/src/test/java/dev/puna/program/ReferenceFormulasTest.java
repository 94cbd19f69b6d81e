package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ops whose only oracle is the reference, against their papers' formulas and figures. */
class ReferenceFormulasTest {
  private static final int T = 12;
  private static final Limits LIMITS = new Limits(16, 16, 2, 8, 4);

  private final ReferenceBackend backend = new ReferenceBackend();

  /** Runs tokens 0, 1, ... in two chunks, the first of {@code first} tokens. */
  private float[] run(Program program, Weights.Source source, int first) {
    return run(program, source, first, -1);
  }

  private float[] run(Program program, Weights.Source source, int first, int adapter) {
    try (Step step = new Step(LIMITS);
        State state = backend.state(program.states(), DType.F32, 8, 4, 2)) {
      Executable executable =
          backend.compile(program, backend.load(source, program.weights()), LIMITS);
      float[] all = new float[T * program.result("y").cols()];
      int at = 0;
      for (int[] chunk : new int[][] {{0, first}, {first, T}}) {
        step.clear();
        step.sequence(new int[] {7, 2, 5, 0}, 4);
        step.choose(adapter);
        step.places(chunk[0] == 0 ? -1 : 0, chunk[0] == 0 ? 0 : 1);
        for (int t = chunk[0]; t < chunk[1]; t++) {
          step.add(t, t, t + 1, true);
        }
        executable.run(step, state);
        float[] part = executable.result("y").toArray(ValueLayout.JAVA_FLOAT);
        System.arraycopy(part, 0, all, at, part.length);
        at += part.length;
      }
      return all;
    }
  }

  /** Weights by name. */
  private static Weights.Source weights(Map<String, float[]> by) {
    return w -> {
      float[] numbers = by.get(w.name());
      assertThat(numbers).as(w.name()).isNotNull().hasSize((int) w.elements());
      return Tensor.of(w.rows(), numbers);
    };
  }

  private static float[] random(int seed, int count) {
    Random random = new Random(seed);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  /** (W + s B A) x ⊙ m + b, the weight put together first: rows that chose, or not. */
  @ParameterizedTest
  @CsvSource({"3,false", "7,true", "1,true"})
  void updatesAreThoseOfTheWeight(int rank, boolean directed) {
    int in = 5;
    int out = 6;
    float[] x = random(1, T * in);
    float[] w = random(2, out * in);
    float[] a = random(3, rank * in);
    float[] b = random(4, out * rank);
    float[] m = random(5, out);
    float[] bias = random(6, out);
    Weight magnitude = directed ? Weight.vector("m", out) : null;
    LowRank update =
        new LowRank(new Weight("a", rank, in), new Weight("b", out, rank), 0.7f, magnitude);
    Updates updates = new Updates.Chosen(Arrays.asList(null, update));
    Recorder r = new Recorder(0, weight -> updates);
    Value v = r.embed("x", r.weight("x", T, in));
    Program program = r.program(r.linear("y", v, r.weight("w", out, in), true));
    Weights.Source source = weights(Map.of("x", x, "w", w, "a", a, "b", b, "m", m, "y.bias", bias));
    for (int adapter : new int[] {-1, 0, 1}) {
      float[] y = run(program, source, 5, adapter);
      for (int t = 0; t < T; t++) {
        for (int o = 0; o < out; o++) {
          double sum = 0;
          for (int i = 0; i < in; i++) {
            double weight = w[o * in + i];
            for (int j = 0; j < rank && adapter == 1; j++) {
              weight += 0.7f * (double) b[o * rank + j] * a[j * in + i];
            }
            sum += weight * x[t * in + i];
          }
          double scaled = sum * (directed && adapter == 1 ? m[o] : 1) + bias[o];
          assertThat((double) y[t * out + o]).isCloseTo(scaled, offset(1e-5));
        }
      }
    }
  }

  /** out[t, c] = b[c] + Σᵢ w[c, n-1-i] x[t-i, c] with x = 0 before the first. */
  @ParameterizedTest
  @CsvSource({"4,5", "4,1", "4,2", "2,6", "1,3", "7,3"})
  void convolutionIsItsSum(int n, int first) {
    int cols = 3;
    Recorder r = new Recorder();
    Value in = r.embed("e", r.weight("x", T, cols));
    Program program = r.program(r.causalConv("y", in, n, true));
    float[] x = random(1, T * cols);
    float[] w = random(2, cols * n);
    float[] b = random(3, cols);
    float[] y = run(program, weights(Map.of("x", x, "y.weight", w, "y.bias", b)), first);
    for (int t = 0; t < T; t++) {
      for (int c = 0; c < cols; c++) {
        double sum = b[c];
        for (int s = Math.max(0, t - n + 1); s <= t; s++) {
          sum += (double) w[c * n + n - 1 - (t - s)] * x[s * cols + c];
        }
        assertThat((double) y[t * cols + c]).isCloseTo(sum, offset(1e-5));
      }
    }
  }

  /**
   * The recurrence unrolled: y_t = d x_t + Σ_{s ≤ t} Σ_n C_t B_s Δ_s x_s exp(a Σ_{s < r ≤ t} Δ_r).
   */
  @ParameterizedTest
  @CsvSource({"1,5", "3,1", "3,7"})
  void scanIsItsUnrolledSum(int decays, int first) {
    float[] x = random(1, T * 8);
    float[] dt = random(2, T * 4);
    float[] b = random(3, T * 6);
    float[] c = random(4, T * 6);
    float[] a = random(5, 4 * decays);
    for (int i = 0; i < a.length; i++) {
      a[i] = -Math.abs(a[i]);
    }
    float[] d = random(6, 4);
    float[] bias = random(7, 4);
    float[] y =
        run(
            scan(decays),
            weights(
                Map.of(
                    "x", x, "dt", dt, "b", b, "c", c, "ssm_a", a, "ssm_d", d, "ssm_dt.bias", bias)),
            first);
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < 8; i++) {
        int head = i / 2;
        double sum = (double) d[head] * x[t * 8 + i];
        double passed = 0; // Σ Δ of the rows after s
        for (int s = t; s >= 0; s--) {
          double delta = Math.log(1 + Math.exp((double) dt[s * 4 + head] + bias[head]));
          double seen = 0;
          for (int n = 0; n < 3; n++) {
            int of = head / 2 * 3 + n;
            double decay = Math.exp(a[head * decays + n % decays] * passed);
            seen += (double) c[t * 6 + of] * b[s * 6 + of] * decay;
          }
          sum += seen * delta * x[s * 8 + i];
          passed += delta;
        }
        assertThat((double) y[t * 8 + i]).isCloseTo(sum, offset(1e-5));
      }
    }
  }

  private static Program scan(int decays) {
    StateSpace space = new StateSpace(4, 2, 2, 3, decays, 0, Float.POSITIVE_INFINITY);
    Recorder r = new Recorder();
    return r.program(
        r.selectiveScan(
            "y",
            r.embed("ex", r.weight("x", T, 8)),
            r.embed("edt", r.weight("dt", T, 4)),
            r.embed("eb", r.weight("b", T, 6)),
            r.embed("ec", r.weight("c", T, 6)),
            space,
            true));
  }

  /** What T5 was trained with: 32 buckets up to 128; by hand from 16 + ⌊ln(n/16)/ln(8)·16⌋. */
  @Test
  void bucketsOfADecoder() {
    Scores.Buckets b = new Scores.Buckets(32, 128, false);
    int[][] known = {
      {5, 0},
      {0, 0},
      {-1, 1},
      {-15, 15},
      {-16, 16},
      {-17, 16},
      {-19, 17},
      {-20, 17},
      {-21, 18},
      {-31, 21},
      {-33, 21},
      {-35, 22},
      {-60, 26},
      {-100, 30},
      {-113, 31},
      {-128, 31},
      {-5000, 31}
    };
    for (int[] pair : known) {
      assertThat(b.bucket(pair[0])).as("distance " + pair[0]).isEqualTo(pair[1]);
    }
  }

  /** An encoder's: half for either direction, 8 + ⌊ln(n/8)/ln(16)·8⌋. */
  @Test
  void bucketsOfAnEncoder() {
    Scores.Buckets b = new Scores.Buckets(32, 128, true);
    int[][] known = {
      {0, 0},
      {-1, 1},
      {-7, 7},
      {-8, 8},
      {-11, 8},
      {-12, 9},
      {-15, 9},
      {-17, 10},
      {-50, 13},
      {-127, 15},
      {-128, 15},
      {-1000, 15},
      {1, 17},
      {7, 23},
      {8, 24},
      {12, 25},
      {127, 31},
      {1000, 31}
    };
    for (int[] pair : known) {
      assertThat(b.bucket(pair[0])).as("distance " + pair[0]).isEqualTo(pair[1]);
    }
  }

  /** The paper: for 8 heads 1/2, 1/4, ... 1/256; between them for other numbers of heads. */
  @Test
  void slopes() {
    assertThat(Scores.Alibi.of(8, 8, 1).slopes())
        .containsExactly(1 / 2f, 1 / 4f, 1 / 8f, 1 / 16f, 1 / 32f, 1 / 64f, 1 / 128f, 1 / 256f);
    float root = (float) Math.sqrt(0.5);
    List<Float> twelve = Scores.Alibi.of(12, 8, 1).slopes();
    assertThat(twelve.subList(0, 8)).isEqualTo(Scores.Alibi.of(8, 8, 1).slopes());
    assertThat(twelve.subList(8, 12)).containsExactly(root, root / 2, root / 4, root / 8);
    List<Float> forty = Scores.Alibi.of(40, 8, 1).slopes();
    assertThat(forty.subList(0, 32)).isEqualTo(Scores.Alibi.of(32, 8, 1).slopes());
    for (int i = 0; i < 8; i++) {
      assertThat((double) forty.get(32 + i))
          .isCloseTo(Math.pow(2, -(2 * i + 1) / 8.0), offset(1e-7));
    }
  }

  /** Twelve experts in four groups, of which two take part, judged by their best two. */
  @Test
  void groupsOfExperts() {
    float[] scores = {9, 0, 0, 5, 5, 1, 4, 4, 4, 8, 3, 3};
    // sums of the best two: 9, 10, 8, 11; groups 3 and 1: experts 9 (8), 3 and 4 (5)
    Routing routing = new Routing(12, 3, Routing.Probability.SOFTMAX_OF_CHOSEN, false, 2, 4, 2, 2);
    float[] y = route(routing, scores, new float[12]);
    double sum = Math.exp(8) + 2 * Math.exp(5);
    float best = (float) (2 * Math.exp(8) / sum);
    float others = (float) (2 * Math.exp(5) / sum);
    assertThat(y).containsExactly(new float[] {9, 3, 4, best, others, others}, offset(1e-6f));
    // what is added to the choice's scores changes who is chosen, not how much they count
    float[] bias = new float[12];
    bias[0] = 3; // 12 for the first group: groups 0 and 3
    bias[1] = 7;
    y = route(routing, scores, bias);
    assertThat(List.of(y[0], y[1], y[2])).containsExactly(0f, 9f, 1f);
    sum = Math.exp(9) + Math.exp(8) + 1;
    assertThat((double) y[5]).isCloseTo(2 / sum, offset(1e-9));
  }

  @Test
  void weightsOfExperts() {
    float[] scores = {0, (float) Math.log(2), (float) Math.log(5)};
    assertThat(route(Routing.softmax(3, 2, false), scores, new float[3]))
        .containsExactly(new float[] {2, 1, 5 / 8f, 2 / 8f}, offset(1e-6f));
    assertThat(route(Routing.softmax(3, 2, true), scores, new float[3]))
        .containsExactly(new float[] {2, 1, 5 / 7f, 2 / 7f}, offset(1e-6f));
    Routing sigmoid = new Routing(3, 2, Routing.Probability.SIGMOID, false, 1, 1, 1, 1);
    assertThat(route(sigmoid, scores, new float[3]))
        .containsExactly(new float[] {2, 1, 5 / 6f, 2 / 3f}, offset(1e-6f));
  }

  /** The first row's experts and weights. */
  private float[] route(Routing routing, float[] scores, float[] bias) {
    Recorder r = new Recorder();
    Value s = r.embed("s", r.weight("scores", T, scores.length));
    Program program = r.program(r.route("y", s, true, routing));
    float[] rows = new float[T * scores.length];
    System.arraycopy(scores, 0, rows, 0, scores.length);
    float[] y = run(program, weights(Map.of("scores", rows, "y.bias", bias)), 1);
    return java.util.Arrays.copyOf(y, 2 * routing.active());
  }

  /** A sink as large as the one score takes half; caps and slopes of scores that are known. */
  @Test
  void scoresOfKnownProducts() {
    float[] half = attend(Scores.PLAIN, true, 3, 3);
    assertThat(half[0]).isCloseTo(0.5f, offset(1e-6f));
    assertThat(half[1]).isCloseTo(2 / 3f, offset(1e-6f));
    // equal values, without a sink
    assertThat(attend(Scores.PLAIN, false, 3, 3)[4]).isCloseTo(1, offset(1e-6f));
    float slope = (float) Math.log(2);
    float[] y = attend(Scores.biased(new Scores.Alibi(List.of(slope))), false, 3, 0);
    // weights 1, 1/2, 1/4 going back; the first value is 5, the others 1
    assertThat(y[2]).isCloseTo((1 + 0.5f + 0.25f * 5) / 1.75f, offset(1e-6f));
    // capped to 2·tanh(3/2), beside a sink of the same
    float capped = (float) (2 * Math.tanh(1.5));
    assertThat(attend(Scores.capped(2), true, 3, capped)[0]).isCloseTo(0.5f, offset(1e-6f));
    // at position p = 3, log_2(p + 1) = 2: twice the score
    float[] grown = attend(new Scores(0, new Scores.None(), 2), true, 3, 6);
    assertThat(grown[3]).isCloseTo(4 / 5f, offset(1e-6f));
  }

  /** One head of one column: queries are the score, keys 1; values 1, but 5 for the first token. */
  private float[] attend(Scores scores, boolean sinks, float score, float sink) {
    Recorder r = new Recorder();
    Value q = r.embed("eq", r.weight("q", T, 1));
    Value k = r.embed("ek", r.weight("k", T, 1));
    Value v = r.embed("ev", r.weight("v", T, 1));
    Weight w = sinks ? Weight.vector("sinks", 1) : null;
    Heads heads = new Heads(1, 1, 1, 1, 1);
    Program program = r.program(r.attend("y", q, k, v, heads, new Mask.Causal(), scores, null, w));
    float[] values = filled(1);
    values[0] = sinks || scores.equals(Scores.PLAIN) ? 1 : 5;
    return run(
        program,
        weights(
            Map.of("q", filled(score), "k", filled(1), "v", values, "sinks", new float[] {sink})),
        5);
  }

  private static float[] filled(float x) {
    float[] all = new float[T];
    IntStream.range(0, T).forEach(i -> all[i] = x);
    return all;
  }
}
