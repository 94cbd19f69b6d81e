package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.program.Batches;
import dev.puna.program.Example;
import dev.puna.program.Executable;
import dev.puna.program.Heads;
import dev.puna.program.Limits;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.OpContract;
import dev.puna.program.Program;
import dev.puna.program.RandomWeights;
import dev.puna.program.Recorder;
import dev.puna.program.Scores;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same result in any company: a token's logits are the same bits whatever else is in the step,
 * however its prompt was cut, on any number of threads.
 */
class SameResultTest extends OpContract {
  private static final int VOCABULARY = 50;
  private static final Limits LIMITS = new Limits(64, 64, 8, 200, 4);
  private static final List<DType> PLAIN_CACHES = List.of(DType.F32, DType.F16);

  @Override
  protected boolean roundsActivations(DType type) {
    return PanelLayout.of(type) != null;
  }

  @Override
  protected dev.puna.program.Backend backend() {
    CpuBackend backend = new CpuBackend();
    backend.threads(1);
    return backend;
  }

  /** Each position's logits for each sequence. */
  private static final class Run implements AutoCloseable {
    final CpuBackend backend = new CpuBackend();
    final Weights weights;
    final Executable executable;
    final State state;
    final Step step = new Step(LIMITS);
    final int adapters;
    final List<float[][]> logits = new ArrayList<>();
    final List<Batches.Sequence> sequences = new ArrayList<>();

    Run(
        Program program,
        Weights.Source source,
        DType cache,
        int threads,
        Random random,
        int[][] tokens) {
      backend.threads(threads);
      adapters = program.adapters();
      weights = backend.load(source, program.weights());
      executable = backend.compile(program, weights, LIMITS);
      state = backend.state(program.states(), cache, 200, 4, 16);
      Batches batches = new Batches(200, 4, random);
      for (int[] t : tokens) {
        sequences.add(batches.sequence(t));
        logits.add(new float[t.length][]);
      }
    }

    /** One step with {@code counts[s]} tokens of sequence s. */
    void step(int[] counts) {
      step.clear();
      int[] from = new int[counts.length];
      for (int s = 0; s < counts.length; s++) {
        from[s] = sequences.get(s).done();
        if (counts[s] > 0) {
          sequences.get(s).add(step, counts[s], true);
          step.source(sequences.get(s).table(), 1, 1); // its own first token
          step.choose(s % (adapters + 1) - 1);
        }
      }
      executable.run(step, state);
      float[] all = executable.result("y").toArray(ValueLayout.JAVA_FLOAT);
      int cols = all.length / step.outputs();
      int row = 0;
      for (int s = 0; s < counts.length; s++) {
        for (int i = 0; i < counts[s]; i++, row++) {
          logits.get(s)[from[s] + i] =
              java.util.Arrays.copyOfRange(all, row * cols, (row + 1) * cols);
        }
      }
    }

    @Override
    public void close() {
      executable.close();
      state.close();
      weights.close();
      step.close();
      backend.close();
    }
  }

  @ParameterizedTest
  @MethodSource("narrow")
  void bitsDependNeitherOnCompanyNorChunksNorThreads(DType type) {
    assertSameBits(llamaLike(2), type, PLAIN_CACHES);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q5_1", "IQ4_NL"})
  void bitsOfEveryOp(DType type) {
    assertSameBits(Example.ALL.program(), type, PLAIN_CACHES);
  }

  /** Blocks of keys and values are whole wherever columns are divided. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "Q8_0", "Q5_1"})
  void bitsOfKeysAndValuesInBlocks(DType type) {
    assertSameBits(attentions(), type, List.of(DType.Q8_0));
  }

  /** Attention without rotations, with capped scores, latent, and to a source. */
  private static Program attentions() {
    Recorder r = new Recorder();
    Heads heads = Heads.of(6, 3, 32);
    Mask causal = new Mask.Causal();
    Value x = r.embed("x", r.weight("table", VOCABULARY, 64));
    for (Scores scores : List.of(Scores.PLAIN, Scores.capped(2))) {
      try (Recorder.Scope scope = r.scope("cap" + scores.cap())) {
        Value q = r.linear("q", x, 192, false);
        Value k = r.linear("k", x, 96, false);
        Value v = r.linear("v", x, 96, false);
        Value a = r.attend("a", q, k, v, heads, causal, scores, null, null);
        x = r.plus("add", x, r.linear("o", a, 64, false));
      }
    }
    Value latent = r.linear("latent", x, 64, false);
    Heads one = new Heads(4, 1, 64, 40, 0.2f);
    Value a = r.attend("a", r.linear("lq", x, 256, false), latent, null, one, causal);
    x = r.plus("add", x, r.slice("part", r.linear("lo", a, 96, false), 16, 64));
    int state = r.states();
    Value kept = r.keep("kept", r.linear("sk", x, 96, false), r.linear("sv", x, 96, false), 3);
    Value both = r.join("both", x, kept, 1, 1);
    Value s = r.attendSource("s", r.linear("sq", both, 192, false), heads, state);
    return r.program(r.linear("y", r.selectRows("last", s), 59, false));
  }

  private static void assertSameBits(Program program, DType type, List<DType> caches) {
    RandomWeights source = new RandomWeights(type);
    Random random = new Random(type.ordinal());
    int[][] tokens = new int[4][];
    for (int s = 0; s < tokens.length; s++) {
      tokens[s] = random.ints(20 + 7 * s, 0, VOCABULARY).toArray();
    }
    for (DType cache : caches) {
      try (Run alone = new Run(program, source, cache, 1, random, tokens)) {
        for (int s = 0; s < tokens.length; s++) {
          for (int i = 0; i < tokens[s].length; i++) {
            int[] one = new int[tokens.length];
            one[s] = 1;
            alone.step(one);
          }
        }
        for (int threads = 1; threads <= 5; threads++) {
          try (Run run = new Run(program, source, cache, threads, random, tokens)) {
            randomSteps(run, random);
            for (int s = 0; s < tokens.length; s++) {
              assertThat(run.logits.get(s)).isDeepEqualTo(alone.logits.get(s));
            }
          }
        }
      }
    }
  }

  private static void randomSteps(Run run, Random random) {
    while (run.sequences.stream().anyMatch(s -> s.left() > 0)) {
      int[] counts = new int[run.sequences.size()];
      int most = random.nextBoolean() ? 2 : 16;
      int total = 0;
      for (int s = 0; s < counts.length; s++) {
        counts[s] = Math.min(random.nextInt(most + 1), run.sequences.get(s).left());
        total += counts[s];
      }
      if (total > 0) {
        run.step(counts);
      }
    }
  }

  static Stream<DType> decoded() {
    return Arrays.stream(DType.values()).filter(type -> PanelLayout.of(type) == null);
  }

  /** A weight that is decoded and its decoded copy give the same bits: decoding is exact. */
  @ParameterizedTest
  @MethodSource("decoded")
  void decodedWeightsGiveTheSameBits(DType type) {
    int cols = type.divides(1120) ? 1120 : 1280;
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", VOCABULARY, cols));
    Value n = r.norm("n", x, new Normalization.Rms(1e-5f), cols);
    Program program = r.program(r.linear("y", n, 37, false));
    RandomWeights source = new RandomWeights(type);
    Weights.Source decoded =
        weight -> {
          Tensor t = source.tensor(weight);
          return Tensor.of(t.rows(), t.toArray());
        };
    int[][] tokens = {new Random(3).ints(60, 0, VOCABULARY).toArray()};
    try (Run a = new Run(program, source, DType.F32, 2, new Random(1), tokens);
        Run b = new Run(program, decoded, DType.F32, 3, new Random(2), tokens)) {
      for (int[] counts : new int[][] {{1}, {2}, {3}, {5}, {8}, {13}, {28}}) {
        a.step(counts);
        b.step(counts);
      }
      assertThat(a.logits.get(0)).isDeepEqualTo(b.logits.get(0));
    }
  }

  @Test
  void stepsThatWantNoResults() {
    int[][] tokens = {new Random(3).ints(30, 0, VOCABULARY).toArray()};
    Program program = llamaLike(1);
    RandomWeights source = new RandomWeights(DType.Q8_0);
    try (Run with = new Run(program, source, DType.F16, 2, new Random(1), tokens);
        Run without = new Run(program, source, DType.F16, 2, new Random(1), tokens)) {
      for (int count : new int[] {20, 5}) {
        with.step(new int[] {count});
        without.step.clear();
        without.sequences.get(0).add(without.step, count, false);
        without.executable.run(without.step, without.state);
        assertThat(without.executable.result("y").byteSize()).isZero();
      }
      with.step(new int[] {5});
      without.step(new int[] {5});
      assertThat(without.logits.get(0)[29]).isEqualTo(with.logits.get(0)[29]);
    }
  }
}
