package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GgufMetadataTest {
  private final GgufMetadata metadata =
      GgufMetadata.of(
          "model.gguf",
          new LinkedHashMap<>(
              Map.of(
                  "name",
                  "m",
                  "count",
                  7L,
                  "epsilon",
                  0.5,
                  "flag",
                  true,
                  "tokens",
                  List.of("a", "b"),
                  "ids",
                  new long[] {1, 2},
                  "large",
                  new long[] {1, 1L << 40},
                  "scores",
                  new double[] {0.25, -1})));

  private static void refused(ThrowingCallable call, String... fragments) {
    assertThatThrownBy(call).isInstanceOf(PunaException.class).message().contains(fragments);
  }

  @Test
  void looksUp() {
    assertThat(metadata.has("count")).isTrue();
    assertThat(metadata.has("none")).isFalse();
    assertThat(metadata.get("none")).isNull();
    assertThat(metadata.text("name")).isEqualTo("m");
    assertThat(metadata.integer("count")).isEqualTo(7);
    assertThat(metadata.number("count")).isEqualTo(7.0);
    assertThat(metadata.number("epsilon")).isEqualTo(0.5);
    assertThat(metadata.flag("flag", false)).isTrue();
    assertThat(metadata.texts("tokens")).containsExactly("a", "b");
    assertThat(metadata.integers("ids")).containsExactly(1, 2);
    assertThat(metadata.numbers("ids")).containsExactly(1, 2);
    assertThat(metadata.numbers("scores")).containsExactly(0.25f, -1);
  }

  @Test
  void fallsBackToDefaults() {
    assertThat(metadata.text("none", null)).isNull();
    assertThat(metadata.text("none", "x")).isEqualTo("x");
    assertThat(metadata.integer("none", 3)).isEqualTo(3);
    assertThat(metadata.number("none", 0.1)).isEqualTo(0.1);
    assertThat(metadata.flag("none", true)).isTrue();
    assertThat(metadata.texts("none")).isNull();
    assertThat(metadata.numbers("none")).isNull();
    assertThat(metadata.integers("none")).isNull();
  }

  @Test
  void namesFileAndKeyOfWhatIsMissing() {
    refused(() -> metadata.text("none"), "model.gguf", "'none'", "missing");
    refused(() -> metadata.integer("none"), "model.gguf", "'none'", "missing");
    refused(() -> metadata.number("none"), "model.gguf", "'none'", "missing");
  }

  @Test
  void namesFileAndKeyOfAWrongType() {
    refused(() -> metadata.text("count"), "model.gguf", "'count'", "an integer", "a text");
    refused(() -> metadata.integer("epsilon"), "model.gguf", "'epsilon'", "0.5", "an integer");
    refused(() -> metadata.integer("name", 1), "model.gguf", "'name'", "an integer");
    refused(() -> metadata.number("flag", 1), "model.gguf", "'flag'", "a number");
    refused(() -> metadata.flag("count", true), "model.gguf", "'count'", "a flag");
    refused(() -> metadata.texts("ids"), "model.gguf", "'ids'", "a list of texts");
    refused(() -> metadata.numbers("tokens"), "model.gguf", "'tokens'", "a list of numbers");
    refused(() -> metadata.integers("scores"), "model.gguf", "'scores'", "a list of integers");
    refused(() -> metadata.integers("large"), "model.gguf", "'large'", "1099511627776");
  }
}
