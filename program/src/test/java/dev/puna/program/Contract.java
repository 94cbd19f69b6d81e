package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Compares a backend with the reference interpreter: programs, batches and chunkings for the
 * contracts that extend it.
 */
abstract class Contract {
  /**
   * Largest error, as a part of the largest magnitude of the value. A sum of n products in single
   * precision is off by about √n·2⁻²⁴ of its terms' magnitude, 1e-6 for the hundreds of terms here,
   * less with several partial sums; ten times that allows for what one op hands to the next.
   */
  static final double TOLERANCE = 1e-5;

  /**
   * With keys and values in half precision: a number that the two sides computed a little apart may
   * lie astride a rounding boundary and be stored 2⁻¹¹ = 5e-4 of itself apart; one of many.
   */
  private static final double HALF_TOLERANCE = 1e-4;

  static final int VOCABULARY = 50;
  static final int BLOCKS = 80;
  static final int BLOCK_SIZE = 4;
  private static final int PLACES = 16;
  protected static final Limits LIMITS = new Limits(48, 48, 8, BLOCKS, BLOCK_SIZE);
  static final int[] ROWS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 40};

  final Random random = new Random(1);
  private final Backend reference = new ReferenceBackend();
  private Backend backend;

  /**
   * Largest error of a product whose activations are rounded to 8 bits, by the norm of all numbers.
   * Rounding to steps of max|x| / 127 is off by max|x| / (254 √3): 0.7 % of what the largest of 32
   * normal numbers is 3 times as large as. The few numbers of these programs scatter about that.
   */
  private static final double ROUNDED_TOLERANCE = 0.02;

  /** Whether the backend rounds activations to 8 bits before it multiplies with such weights. */
  protected boolean roundsActivations(DType type) {
    return false;
  }

  /** The backend under test, which the contract closes. */
  protected abstract Backend backend();

  @BeforeEach
  void open() {
    backend = backend();
    assertThat(backend.unusable()).isEmpty();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** Types whose blocks divide the rows of the little decoder. */
  protected static Stream<DType> narrow() {
    return Arrays.stream(DType.values()).filter(type -> type.divides(32));
  }

  // ---- programs ----

  /** Records a program whose result is called "y". */
  protected static Program program(Function<Recorder, Value> record) {
    Recorder recorder = new Recorder();
    return recorder.program(record.apply(recorder));
  }

  /** A little decoder with every op: head norms, grouped queries, a window in odd layers. */
  protected static Program llamaLike(int layers) {
    Recorder r = new Recorder();
    Normalization rms = new Normalization.Rms(1e-5f);
    Heads heads = Heads.of(4, 2, 12);
    Rotation rotation = new Rotation(1e4, 12, Rotation.Pairing.HALVES, new RopeScaling.None());
    Value x = r.embed("x", r.weight("table", VOCABULARY, 64));
    for (int l = 0; l < layers; l++) {
      try (Recorder.Scope scope = r.scope("blk." + l)) {
        Value n = r.norm("attn_norm", x, rms, 64);
        Value q = r.norm("attn_q_norm", r.linear("attn_q", n, 48, false), rms, 12);
        Value k = r.norm("attn_k_norm", r.linear("attn_k", n, 24, true), rms, 12);
        Value v = r.linear("attn_v", n, 24, true);
        Mask mask = l % 2 == 1 ? new Mask.Sliding(6) : new Mask.Causal();
        Value a =
            r.attend(
                "attn", r.rope("q", q, rotation, 12), r.rope("k", k, rotation, 12), v, heads, mask);
        x = r.plus("attn_add", x, r.linear("attn_output", a, 64, false));
        Value f = r.norm("ffn_norm", x, rms, 64);
        Value up = r.linear("ffn_up", f, 96, false);
        Value gated = r.glu("ffn_glu", r.linear("ffn_gate", f, 96, false), up, Activation.SILU);
        x = r.plus("ffn_add", x, r.linear("ffn_down", gated, 64, false));
      }
    }
    Value last = r.norm("output_norm", r.selectRows("last", x), rms, 64);
    return r.program(r.linear("y", last, 59, false));
  }

  // ---- comparing ----

  interface Build extends BiFunction<Recorder, Value, Value> {}

  /** An op over random rows of {@code cols} columns. */
  final void agreesOn(DType type, int cols, Build op) {
    agrees(type, r -> op.apply(r, r.embed("x", r.weight("table", VOCABULARY, cols))));
  }

  final void agrees(DType type, Function<Recorder, Value> record) {
    agrees(type, program(record));
  }

  final void agrees(DType type, Program program) {
    try (Pair pair = new Pair(program, type, DType.F32)) {
      for (int rows : ROWS) {
        Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
        pair.step(step -> batches.sequence(rows, VOCABULARY, random).add(step, rows, true));
        pair.compare();
      }
    }
  }

  /**
   * A norm of a few computed columns: where they are nearly equal, what the deviations have lost in
   * the subtraction of the mean is scaled up with them.
   */
  final void conditioned(Function<Recorder, Value> record) {
    try (Pair pair = new Pair(program(record), DType.F32, DType.F32)) {
      for (int rows : ROWS) {
        Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
        pair.step(step -> batches.sequence(rows, VOCABULARY, random).add(step, rows, true));
        assertClose(pair.tested(), pair.expected(), 10 * TOLERANCE);
      }
    }
  }

  /** Prompts in chunks beside sequences that bring single tokens, then single tokens only. */
  final void mixed(Program program, DType type, DType cache) {
    Batches batches = new Batches(BLOCKS, BLOCK_SIZE, random);
    List<Batches.Sequence> all =
        List.of(
            batches.sequence(70, VOCABULARY, random),
            batches.sequence(31, VOCABULARY, random),
            batches.sequence(9, VOCABULARY, random));
    int[][] chunks = {{40, 0, 0}, {1, 17, 0}, {2, 13, 8}, {1, 1, 1}, {20, 0, 0}, {1, 0, 0}};
    try (Pair pair = new Pair(program, type, cache)) {
      for (int[] chunk : chunks) {
        pair.step(
            step -> {
              for (int s = 0; s < chunk.length; s++) {
                if (chunk[s] > 0) {
                  all.get(s).add(step, chunk[s], chunk[0] != 2 || s == 1);
                }
              }
            });
        pair.compare();
      }
    }
  }

  protected static void assertClose(float[] actual, float[] expected, double tolerance) {
    assertThat(actual.length).isEqualTo(expected.length);
    double largest = 0;
    for (float e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(actual[i] - expected[i]) <= tolerance * largest)) {
        throw new AssertionError(
            "number %d is %s instead of %s, with numbers up to %s"
                .formatted(i, actual[i], expected[i], largest));
      }
    }
  }

  /** ‖actual - expected‖ / ‖expected‖ */
  protected static double distance(float[] actual, float[] expected) {
    assertThat(actual.length).isEqualTo(expected.length);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(actual[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return difference == 0 ? 0 : Math.sqrt(difference / size); // all numbers may be 0
  }

  static int[] cols(DType type) {
    return type.blockSize() > 32
        ? new int[] {type.blockSize(), 3 * type.blockSize()}
        : IntStream.of(1, 3, 13, 32, 64, 96, 259, 288).filter(type::divides).toArray();
  }

  /** A program on the reference and on the backend under test, with a state each. */
  final class Pair implements AutoCloseable {
    final Step step = new Step(LIMITS);
    final DType cache;
    final Weights weights;
    final Executable executable;
    final Executable expected;
    final State state;
    final State referenceState;

    /** Largest distance where activations are rounded to 8 bits; 0 where they are not. */
    private final double rounded;

    Pair(Program program, DType type, DType cache) {
      this(
          program,
          type,
          cache,
          backend.state(program.states(), cache, BLOCKS, BLOCK_SIZE, PLACES),
          reference.state(program.states(), cache, BLOCKS, BLOCK_SIZE, PLACES));
    }

    /** Another program on the same state. */
    Pair on(Program program, DType type) {
      return new Pair(program, type, cache, state, referenceState);
    }

    private Pair(Program program, DType type, DType cache, State state, State referenceState) {
      this.cache = cache;
      this.state = state;
      this.referenceState = referenceState;
      RandomWeights source = new RandomWeights(type);
      long products = program.ops().stream().filter(Op.Linear.class::isInstance).count();
      // errors of one product after the other add up like their squares
      rounded = roundsActivations(type) ? ROUNDED_TOLERANCE * Math.sqrt(products) : 0;
      weights = backend.load(source, program.weights());
      executable = backend.compile(program, weights, LIMITS);
      expected = reference.compile(program, reference.load(source, program.weights()), LIMITS);
    }

    void step(Consumer<Step> fill) {
      step.clear();
      fill.accept(step);
      executable.run(step, state);
      expected.run(step, referenceState);
    }

    float[] tested() {
      return numbers(executable.result("y"));
    }

    float[] expected() {
      return numbers(expected.result("y"));
    }

    void compare() {
      if (rounded > 0) {
        assertThat(distance(tested(), expected())).isLessThanOrEqualTo(rounded);
        return;
      }
      assertClose(tested(), expected(), cache == DType.F16 ? HALF_TOLERANCE : TOLERANCE);
    }

    private float[] numbers(MemorySegment data) {
      return data.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
      executable.close();
      state.close();
      weights.close();
      step.close();
    }
  }
}
