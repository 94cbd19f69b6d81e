package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.Forward;
import dev.puna.engine.Options;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the CPU's kernels may cost in accuracy: a trained model's logits, of a text that it was not
 * trained on, against single-precision arithmetic on the same decoded weights.
 */
class AccuracyTest {
  private static final int TOKENS = 192;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "F32, 1e-5",
    "F16, 1e-3",
    "BF16, 1e-2",
    "Q8_0, 1e-2",
    "Q4_0, 1e-2",
    "Q4_1, 1e-2",
    "Q5_0, 1e-2",
    "Q5_1, 1e-2",
    "Q2_K, 1e-2",
    "Q3_K, 1e-2",
    "Q4_K, 1e-2",
    "Q5_K, 1e-2",
    "Q6_K, 1e-2",
    "IQ4_NL, 1e-2",
    "IQ4_XS, 1e-2",
    "MXFP4, 1e-2"
  })
  void logitsAreThoseOfSinglePrecision(String type, double bound) throws IOException {
    Path source = Shared.data("models/stories-7m");
    int[] ids = ids(source);
    Path model = folder.resolve(type + ".gguf");
    Puna made = Puna.run("quantize", source, model, "--type", type);
    assertThat(made.status()).as(made.err()).isZero();
    float[][] exact = logits(model, ids, Options.defaults().device("reference"));
    boolean halves = DType.valueOf(type).blockSize() > 1; // as the engine chooses
    Options options = Options.defaults().device("cpu");
    float[][] fast = logits(model, ids, halves ? options.kvType(DType.F16) : options);
    assertThat(distance(fast, exact)).isLessThanOrEqualTo(bound);
  }

  /** Against keys and values in single precision, by the same kernels. */
  @ParameterizedTest
  @CsvSource({"F16, 1e-3", "Q8_0, 1e-2"})
  void roundedKeysAndValues(DType type, double bound) throws IOException {
    Path model = Shared.data("models/stories-7m");
    int[] ids = ids(model);
    Options options = Options.defaults().device("cpu");
    float[][] exact = logits(model, ids, options.kvType(DType.F32));
    float[][] rounded = logits(model, ids, options.kvType(type));
    assertThat(distance(rounded, exact)).isGreaterThan(0).isLessThanOrEqualTo(bound);
  }

  /** The beginning of a text. */
  private int[] ids(Path model) throws IOException {
    Path valid = Shared.data("data/tinystories/valid.txt");
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(valid).substring(0, 2000));
    JsonNode tokens = Puna.json("tokenize", "-m", model, "-f", text, "--json");
    int[] ids = Shared.ints(tokens.get("ids"));
    return java.util.Arrays.copyOf(ids, Math.min(ids.length, TOKENS));
  }

  /** ‖actual - exact‖ / ‖exact‖ of all logits. */
  private static double distance(float[][] actual, float[][] exact) {
    double difference = 0;
    double size = 0;
    for (int t = 0; t < exact.length; t++) {
      for (int v = 0; v < exact[t].length; v++) {
        difference += Math.pow(actual[t][v] - exact[t][v], 2);
        size += Math.pow(exact[t][v], 2);
      }
    }
    return Math.sqrt(difference / size);
  }

  private static float[][] logits(Path model, int[] ids, Options options) {
    try (Checkpoint checkpoint = Checkpoint.open(model, null)) {
      return Forward.of(checkpoint, ids, options, false).logits();
    }
  }
}
