package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.cpu.kernels.Isa;
import dev.puna.program.Activation;
import dev.puna.program.Example;
import dev.puna.program.Executable;
import dev.puna.program.Heads;
import dev.puna.program.Limits;
import dev.puna.program.Mask;
import dev.puna.program.MissingModule;
import dev.puna.program.Normalization;
import dev.puna.program.Program;
import dev.puna.program.RandomWeights;
import dev.puna.program.Recorder;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs in a JVM that has no Vector API: those that do without run, the others say so. */
class VectorApiTest {
  private static final String ADD = "--add-modules=" + VectorApi.MODULE;

  @ParameterizedTest
  @CsvSource({
    "F32, LLAMA, runs",
    "F16, LLAMA, runs",
    "BF16, LLAMA, runs",
    "Q8_0, LLAMA, runs",
    "Q4_0, LLAMA, runs",
    "Q4_1, LLAMA, runs",
    "Q5_0, LLAMA, runs",
    "Q5_1, LLAMA, runs",
    "Q4_K, LLAMA, runs",
    "Q5_K, LLAMA, runs",
    "Q6_K, LLAMA, runs",
    "Q3_K, LLAMA, jdk.incubator.vector is missing for weights of type Q3_K",
    "F32, STATE_SPACES, jdk.incubator.vector is missing for a causal convolution",
  })
  void onlyWhatIsNotAssembledNeedsTheModule(DType type, String program, String expected)
      throws Exception {
    String printed =
        AnotherJvm.run(VectorApiTest.class, option -> !option.equals(ADD), type.name(), program);
    if (Isa.best() == null) {
      assertThat(printed).contains("is missing for kernels that are not assembled");
    } else {
      assertThat(printed).contains(expected);
    }
  }

  /** Runs a step of many rows and one of a single row, with every type of keys and values. */
  public static void main(String[] arguments) {
    assertThat(VectorApi.present()).isFalse();
    DType type = DType.valueOf(arguments[0]);
    Program program =
        arguments[1].equals("LLAMA") ? llama() : Example.valueOf(arguments[1]).program();
    Limits limits = new Limits(16, 16, 1, 16, 4);
    try (CpuBackend backend = new CpuBackend();
        Weights weights = backend.load(new RandomWeights(type), program.weights());
        Step step = new Step(limits);
        Executable executable = backend.compile(program, weights, limits)) {
      for (DType cache : new DType[] {DType.F32, DType.F16, DType.Q8_0}) {
        try (State state = backend.state(program.states(), cache, 4, 4, 2)) {
          rows(step, 0, 12);
          executable.run(step, state);
          rows(step, 12, 13);
          executable.run(step, state);
        }
      }
      System.out.println("runs");
    } catch (MissingModule e) {
      System.out.println(e.getMessage());
    }
  }

  /** One layer, whose widths the blocks of all types divide. */
  private static Program llama() {
    Recorder r = new Recorder();
    Normalization rms = new Normalization.Rms(1e-5f);
    Rotation rotation = new Rotation(1e4, 64, Rotation.Pairing.HALVES, new RopeScaling.None());
    Value x = r.embed("x", r.weight("token_embd", 50, 256));
    Value n = r.norm("attn_norm", x, rms, 256);
    Value q = r.rope("q", r.linear("attn_q", n, 256, false), rotation, 64);
    Value k = r.rope("k", r.linear("attn_k", n, 128, false), rotation, 64);
    Value v = r.linear("attn_v", n, 128, false);
    Value a = r.attend("attn", q, k, v, Heads.of(4, 2, 64), new Mask.Causal());
    x = r.plus("attn_add", r.linear("attn_output", a, 256, false), x);
    Value f = r.norm("ffn_norm", x, rms, 256);
    Value gated =
        r.glu(
            "ffn_glu",
            r.linear("ffn_gate", f, 512, false),
            r.linear("ffn_up", f, 512, false),
            Activation.SILU);
    x = r.plus("ffn_add", r.linear("ffn_down", gated, 256, false), x);
    Value last = r.norm("output_norm", r.selectRows("last", x), rms, 256);
    return r.program(r.linear("logits", last, 50, false));
  }

  private static void rows(Step step, int from, int to) {
    step.clear();
    step.sequence(new int[] {0, 1, 2, 3}, 4);
    for (int p = from; p < to; p++) {
      step.add(p, p, to, true);
    }
  }
}
