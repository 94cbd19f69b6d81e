package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The interpreter against formulas: what it is the oracle of rests on these. */
class ReferenceBackendTest {
  private static final Limits LIMITS = new Limits(16, 16, 2, 8, 4);

  private final ReferenceBackend backend = new ReferenceBackend();

  /** Runs a program whose weights are given by name, over tokens 0, 1, ... at these positions. */
  private float[] run(Program program, Weights.Source source, int... positions) {
    try (Step step = new Step(LIMITS);
        State state = backend.state(program.states(), DType.F32, 8, 4, 1)) {
      Executable executable =
          backend.compile(program, backend.load(source, program.weights()), LIMITS);
      step.clear();
      step.sequence(new int[] {7, 2, 5, 0}, 4);
      for (int i = 0; i < positions.length; i++) {
        step.add(i, positions[i], positions[i] + 1, true);
      }
      executable.run(step, state);
      return executable.result("y").toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** Tables and vectors of one number each. */
  private static Weights.Source constant(float x) {
    return w -> {
      float[] numbers = new float[(int) w.elements()];
      Arrays.fill(numbers, x);
      return Tensor.of(w.rows(), numbers);
    };
  }

  private static Weights.Source random() {
    return new RandomWeights(DType.F32);
  }

  @Test
  void attentionOverEqualValuesIsThatValue() {
    Recorder r = new Recorder();
    Value q = r.embed("q", r.weight("table.q", 16, 12));
    Value k = r.embed("k", r.weight("table.k", 16, 6));
    Value v = r.embed("v", r.weight("constant", 16, 6));
    Program program = r.program(r.attend("y", q, k, v, Heads.of(4, 2, 3), new Mask.Causal()));
    Weights.Source source =
        w -> w.name().equals("constant") ? constant(0.7f).tensor(w) : random().tensor(w);
    float[] y = run(program, source, 0, 1, 2, 3, 4, 5);
    assertThat(y).hasSize(6 * 12).containsOnly(new float[] {0.7f}, offset(1e-6f));
  }

  @Test
  void aWindowOfOneSeesOnlyItself() {
    Recorder r = new Recorder();
    Value q = r.embed("q", r.weight("table.q", 16, 3));
    Value v = r.embed("v", r.weight("table.v", 16, 3));
    Program program = r.program(r.attend("y", q, q, v, Heads.of(1, 1, 3), new Mask.Sliding(1)));
    float[] y = run(program, random(), 0, 1, 2, 3);
    float[] table = random().tensor(new Weight("table.v", 16, 3)).toArray();
    assertThat(y).containsExactly(Arrays.copyOf(table, 12), offset(1e-6f));
  }

  @Test
  void normsOfAConstantRow() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 16, 8));
    Program rms = r.program(r.norm("y", x, new Normalization.Rms(0), 8));
    // Gains are 3 as well: 3/√9 · 3
    assertThat(run(rms, constant(3), 0, 1)).containsOnly(new float[] {3}, offset(1e-6f));
    Recorder s = new Recorder();
    Value z = s.embed("x", s.weight("table", 16, 8));
    Program layer = s.program(s.norm("y", z, new Normalization.Layer(1e-5f, true), 4));
    // Nothing is left but the bias.
    assertThat(run(layer, constant(3), 0, 1)).containsOnly(new float[] {3}, offset(1e-6f));
  }

  @Test
  void rotationsKeepLengthsAndDependOnDistancesOnly() {
    for (Rotation.Pairing pairing : Rotation.Pairing.values()) {
      Rotation rotation = new Rotation(100, 8, pairing, new RopeScaling.None());
      Recorder r = new Recorder();
      Value x = r.embed("x", r.weight("table", 16, 8));
      Program program = r.program(r.rope("y", x, rotation, 8));
      float[] table = random().tensor(new Weight("table", 16, 8)).toArray();
      float[] near = run(program, random(), 2, 5);
      float[] far = run(program, random(), 9, 12);
      assertThat(dot(near, 0, near, 0)).isCloseTo(dot(table, 0, table, 0), offset(1e-5));
      assertThat(dot(near, 0, near, 8)).isCloseTo(dot(far, 0, far, 8), offset(1e-5));
      assertThat(run(program, random(), 0)).containsExactly(Arrays.copyOf(table, 8), offset(0f));
    }
  }

  private static double dot(float[] a, int i, float[] b, int j) {
    double sum = 0;
    for (int c = 0; c < 8; c++) {
      sum += (double) a[i + c] * b[j + c];
    }
    return sum;
  }

  @Test
  void linearOfConstants() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 16, 10));
    Program program = r.program(r.linear("y", x, 3, true));
    // Ten products 2·2, and a bias of 2
    assertThat(run(program, constant(2), 0)).containsExactly(42, 42, 42);
  }

  @Test
  void slotsNeverWrittenAreNotRead() {
    Recorder r = new Recorder();
    Value x = r.embed("x", r.weight("table", 16, 3));
    Program program = r.program(r.attend("y", x, x, x, Heads.of(1, 1, 3), new Mask.Causal()));
    assertThatThrownBy(() -> run(program, random(), 1)).hasMessageContaining("never written");
  }

  @Test
  void isFoundButNeverPreferred() {
    assertThat(Backend.all()).extracting(Backend::name).contains("reference");
    assertThat(backend.rank()).isNegative();
    assertThat(List.of(backend.name())).containsExactly("reference");
  }
}
