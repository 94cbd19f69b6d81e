package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.model.Plan.Optimizer;
import dev.puna.model.Plan.Part;
import dev.puna.model.Plan.Training;
import dev.puna.program.Program;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
  private static Program preset(String name) {
    PresetsTest.assumeFamilyOf(name);
    return Presets.program(name);
  }

  private static Plan inference(Program program, DType weights, int context, int rows) {
    return Plan.inference(program, Plan.stored(weights), context, 1, rows, DType.F16);
  }

  private static long withoutActivations(Plan plan) {
    return plan.total() - plan.bytes(Part.ACTIVATIONS);
  }

  /** The article's figure: 7,000,559,616 parameters of 4 bytes are 26.08 GiB. */
  @Test
  void countsWeightsInSinglePrecision() {
    long bytes = inference(preset("baichuan-7b"), DType.F32, 1, 1).bytes(Part.WEIGHTS);
    assertThat(bytes).isEqualTo(28_002_238_464L);
    assertThat((double) bytes / (1 << 30)).isBetween(26.075, 26.085);
  }

  @Test
  void countsWeightsInBlocks() {
    long vectors = 65 * 4096;
    long matrices = 6_738_415_616L - vectors;
    Plan plan = inference(preset("llama2-7b"), DType.Q8_0, 1, 1);
    assertThat(plan.weights())
        .containsEntry(DType.Q8_0, matrices / 32 * 34)
        .containsEntry(DType.F32, vectors * 4)
        .hasSize(2);
  }

  /** Rows of 12 columns are not whole blocks of 32. */
  @Test
  void storesRowsThatBlocksDoNotDivideInHalfPrecision() {
    Plan plan = inference(Decoder.record(Tiny.spec()), DType.Q8_0, 1, 1);
    assertThat(plan.weights()).containsOnlyKeys(DType.F16, DType.F32);
  }

  /** The article: training takes 3 to 4 times the weights, before activations. */
  @ParameterizedTest
  @CsvSource({"SGD, 2", "MOMENTUM, 3", "ADAMW, 4"})
  void fullTrainingTakesMultiplesOfTheWeights(Optimizer optimizer, long times) {
    Plan plan =
        Plan.training(
            preset("baichuan-7b"), Plan.stored(DType.F32), 1, 1, new Training.Full(), optimizer);
    assertThat(withoutActivations(plan)).isEqualTo(times * 28_002_238_464L);
  }

  /** 32 layers, two adapted projections of 4096 to 4096: the count that peft prints for rank 8. */
  @Test
  void lowRankTrainingCountsOnlyAdapters() {
    Plan plan =
        Plan.training(
            preset("llama2-7b"),
            Plan.stored(DType.F16),
            1,
            1,
            new Training.Lora(8),
            Optimizer.ADAMW);
    long bytes = 4 * 4_194_304L;
    assertThat(plan.bytes(Part.ADAPTERS)).isEqualTo(bytes);
    assertThat(plan.bytes(Part.GRADIENTS)).isEqualTo(bytes);
    assertThat(plan.bytes(Part.OPTIMIZER)).isEqualTo(2 * bytes);
  }

  @Test
  void keyValueCacheOfSevenBillionTakesTwoGibibytes() {
    Plan plan = inference(preset("llama2-7b"), DType.F16, 4096, 1);
    assertThat(plan.bytes(Part.KV_CACHE)).isEqualTo(2L << 30);
  }

  @Test
  void groupedQueriesTakeAnEighthOfTheCache() {
    Config config = Presets.config("llama2-70b").with("num_key_value_heads", 64);
    Program all = Decoder.record(Families.of(config).spec(config, Layout.HUGGING_FACE));
    long shared = inference(preset("llama2-70b"), DType.F16, 4096, 1).bytes(Part.KV_CACHE);
    assertThat(inference(all, DType.F16, 4096, 1).bytes(Part.KV_CACHE)).isEqualTo(8 * shared);
  }

  @Test
  void refusesACacheTypeWhoseBlocksDoNotDivideAKey() {
    Program program = Decoder.record(Tiny.spec());
    assertThatThrownBy(() -> Plan.inference(program, Plan.stored(DType.F32), 8, 1, 8, DType.Q8_0))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("heads of 2 columns", "Q8_0", "--kv-type F16");
  }

  /**
   * While the gated product is computed, the residual stream, the gate, the other half and the
   * product are alive: T·(D + 3F) numbers. The plan takes no more than two rows of D beyond that.
   */
  @Test
  void activationsOfAPromptAreThoseOfOneLayer() {
    int rows = 512;
    long width = 4096;
    long hidden = 11008;
    Plan plan = inference(preset("llama2-7b"), DType.F16, 4096, rows);
    assertThat(plan.bytes(Part.ACTIVATIONS))
        .isGreaterThanOrEqualTo(4 * rows * (width + 3 * hidden))
        .isLessThanOrEqualTo(4 * rows * (3 * width + 3 * hidden));

    Config config = Presets.config("llama2-7b").with("num_hidden_layers", 2);
    Program shallow = Decoder.record(Families.of(config).spec(config, Layout.HUGGING_FACE));
    assertThat(inference(shallow, DType.F16, 4096, rows).bytes(Part.ACTIVATIONS))
        .isEqualTo(plan.bytes(Part.ACTIVATIONS));
  }

  /** A step is never longer than the sequences that it extends. */
  @Test
  void activationsAreBoundedByTheContext() {
    Program program = preset("llama2-7b");
    assertThat(inference(program, DType.F16, 16, 512).bytes(Part.ACTIVATIONS))
        .isEqualTo(inference(program, DType.F16, 16, 16).bytes(Part.ACTIVATIONS));
  }

  /** The backward pass reads at least each layer's inputs of its norms, projections and gate. */
  @Test
  void trainingKeepsActivationsOfEveryLayer() {
    int tokens = 128;
    Plan plan =
        Plan.training(
            preset("llama2-7b"),
            Plan.stored(DType.F32),
            tokens,
            1,
            new Training.Full(),
            Optimizer.ADAMW);
    // two norms' inputs and outputs, q, k, v, attention; gate, up, product
    long perToken = 32 * (8 * 4096L + 3 * 11008L) + 32000;
    assertThat(plan.bytes(Part.ACTIVATIONS))
        .isGreaterThanOrEqualTo(4 * tokens * perToken)
        .isLessThan((long) (1.2 * 4 * tokens * perToken));
  }
}
