package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.BeamGeneration;
import dev.puna.engine.Beams;
import dev.puna.engine.Engine;
import dev.puna.engine.Forward;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Pooling;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders and encoder-decoders against what another implementation computed. */
class EncoderFixtureTest {
  private static final float TOLERANCE = 1e-4f;

  static Stream<Arguments> pairs() {
    return Stream.of("t5", "marian", "bart")
        .flatMap(f -> Stream.of(Arguments.of(f, "cpu"), Arguments.of(f, "reference")));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("pairs")
  void bothStacksAtEveryPosition(String fixture, String device) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode reference = Shared.json(folder.resolve("reference.json"));
    Options options = Options.defaults().device(device);
    try (Checkpoint checkpoint = Checkpoint.open(folder, null);
        Safetensors expected = Safetensors.open(folder.resolve("reference.safetensors"))) {
      for (int i = 0; i < reference.get("prompts").size(); i++) {
        int[] ids = Shared.ints(reference.get("prompts").get(i).get("input_ids"));
        int[] decoderIds = Shared.ints(reference.get("decoder_input_ids").get(i));
        Forward forward =
            Forward.of(checkpoint, new Forward.Input(ids, decoderIds, new int[0]), options, i == 0);
        compare(forward.logits(), expected.tensors().get("logits." + i));
        if (i == 0) {
          compare(forward.source(), expected.tensors().get("encoder_last"));
          int last = forward.hidden().length - 1;
          for (int l = 0; l < last; l++) { // the library's last one is normalized
            compare(forward.sourceHidden()[l], expected.tensors().get("enc_hidden." + (l + 1)));
            compare(forward.hidden()[l], expected.tensors().get("dec_hidden." + (l + 1)));
          }
        }
      }
    }
  }

  /** All sources side by side in one engine; then the likeliest texts of two of them. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("pairs")
  void greedyTokensAndBeams(String fixture, String device) {
    Path folder = Shared.data("fixtures/" + fixture);
    JsonNode reference = Shared.json(folder.resolve("reference.json"));
    Options options = Options.defaults().device(device).context(128).parallel(4);
    try (Engine engine = Engine.open(folder, options)) {
      List<JsonNode> prompts = reference.get("prompts").valueStream().toList();
      List<Generation> all = prompts.stream().map(p -> engine.submit(request(p, 24))).toList();
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).await().tokens())
            .as("prompt %d", i)
            .containsExactlyElementsOf(boxed(prompts.get(i).get("greedy")));
      }
      for (int i = 0; i < reference.get("beam4").size(); i++) {
        List<BeamGeneration.Ranked> ranked =
            engine.beams(request(prompts.get(i), 12), Beams.of(4)).await();
        assertThat(ranked.getFirst().result().tokens())
            .as("beams of prompt %d", i)
            .containsExactlyElementsOf(boxed(reference.get("beam4").get(i)));
      }
    }
  }

  private static Request request(JsonNode prompt, int tokens) {
    int[] ids = Shared.ints(prompt.get("input_ids"));
    return new Request(ids, Sampling.greedy(), new Stop(tokens, List.of(), true));
  }

  private static List<Integer> boxed(JsonNode ids) {
    return Arrays.stream(Shared.ints(ids)).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void anEncodersRowsAndVectors(String device) {
    Path folder = Shared.data("fixtures/bert");
    JsonNode reference = Shared.json(folder.resolve("reference.json"));
    Options options = Options.defaults().device(device);
    try (Checkpoint checkpoint = Checkpoint.open(folder, null);
        Safetensors expected = Safetensors.open(folder.resolve("reference.safetensors"))) {
      JsonNode prompts = reference.get("prompts");
      for (int i = 0; i < prompts.size(); i++) {
        JsonNode p = prompts.get(i);
        Forward forward = Forward.of(checkpoint, Shared.ints(p.get("input_ids")), options, i == 0);
        compare(forward.output(), expected.tensors().get("last_hidden." + i));
        compare(forward.pooled(), p.get("pooler_output"));
        compare(Pooling.MEAN.vector(forward.output()), p.get("mean_pooled"));
        compare(Pooling.CLS.vector(forward.output()), p.get("cls"));
        for (int l = 0; l < forward.hidden().length; l++) {
          JsonNode rows = p.get("hidden_states").get(l + 1);
          for (int t = 0; t < rows.size(); t++) {
            compare(forward.hidden()[l][t], rows.get(t));
          }
        }
      }
      JsonNode typed = reference.get("token_type_case");
      int[] ids = Shared.ints(typed.get("input_ids"));
      int[] segments = Shared.ints(typed.get("token_type_ids"));
      Forward forward =
          Forward.of(checkpoint, new Forward.Input(ids, new int[0], segments), options, false);
      compare(forward.pooled(), typed.get("pooler_output"));
    }
  }

  private static void compare(float[] actual, JsonNode expected) {
    List<JsonNode> numbers = expected.valueStream().toList();
    assertThat(actual).hasSize(numbers.size());
    for (int c = 0; c < actual.length; c++) {
      assertThat(actual[c])
          .as("column %d", c)
          .isCloseTo((float) numbers.get(c).asDouble(), within(TOLERANCE));
    }
  }

  private static void compare(float[][] actual, StoredTensor stored) {
    Tensor expected = stored.matrix();
    float[] row = new float[(int) expected.cols()];
    assertThat(actual).hasDimensions((int) expected.rows(), row.length);
    for (int t = 0; t < actual.length; t++) {
      expected.row(t, row, 0);
      for (int c = 0; c < row.length; c++) {
        assertThat(actual[t][c])
            .as("%s[%d, %d]", stored.name(), t, c)
            .isCloseTo(row[c], within(TOLERANCE));
      }
    }
  }
}
