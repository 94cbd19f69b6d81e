package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
  @TempDir Path folder;

  private Config config(String json) throws IOException {
    return Config.read(Files.writeString(folder.resolve("config.json"), json));
  }

  private void refused(ThrowingCallable call, String... fragments) {
    assertThatThrownBy(call)
        .isInstanceOf(PunaException.class)
        .message()
        .contains("config.json")
        .contains(fragments)
        .doesNotContain("\n");
  }

  @Test
  void looksUp() throws IOException {
    Config config =
        config(
            """
            {"n": 64, "whole": 64.0, "x": 1e-5, "yes": true, "s": "silu", "none": null,
             "rope": {"factor": 8, "none": null}, "list": [1, null, "a"], "big": 3000000000}\
            """);
    assertThat(config.integer("n")).isEqualTo(64);
    assertThat(config.positive("whole")).isEqualTo(64);
    assertThat(config.number("x")).isEqualTo(1e-5);
    assertThat(config.number("n")).isEqualTo(64);
    assertThat(config.flag("yes", false)).isTrue();
    assertThat(config.text("s")).isEqualTo("silu");
    assertThat(config.has("none")).isFalse();
    assertThat(config.keys()).containsExactly("n", "whole", "x", "yes", "s", "rope", "list", "big");
    assertThat(config.get("big")).isEqualTo(3000000000L);
    assertThat(config.integer("none", 5)).isEqualTo(5);
    assertThat(config.positive("none", 6)).isEqualTo(6);
    assertThat(config.number("none", 0.5)).isEqualTo(0.5);
    assertThat(config.flag("none", true)).isTrue();
    assertThat(config.text("none", null)).isNull();
    assertThat(config.object("none")).isNull();
    assertThat(config.list("none")).isNull();
    assertThat(config.list("list")).containsExactly(1, null, "a");
    Config rope = config.object("rope");
    assertThat(rope.integer("factor")).isEqualTo(8);
    assertThat(rope.has("none")).isFalse();
    refused(() -> rope.text("type"), "config.json, rope", "'type'", "missing");
    assertThat(config.with("n", 65).integer("n")).isEqualTo(65);
    assertThat(config.integer("n")).isEqualTo(64);
  }

  @Test
  void namesFileAndKeyOfAWrongType() throws IOException {
    Config config =
        config("{\"n\": \"64\", \"x\": 1.5, \"z\": 0, \"big\": 3000000000, \"i\": Infinity}");
    refused(() -> config.integer("n"), "'n'", "a text", "an integer");
    refused(() -> config.integer("x"), "'x'", "1.5", "an integer");
    refused(() -> config.integer("big"), "3000000000");
    refused(() -> config.positive("z"), "'z' is 0", "above 0");
    refused(() -> config.positive("none"), "'none'", "missing");
    refused(() -> config.number("i"), "Infinity", "finite");
    refused(() -> config.text("x"), "'x'", "a text");
    refused(() -> config.flag("z", true), "'z'", "true or false");
    refused(() -> config.object("z"), "'z'", "an object");
    refused(() -> config.list("z"), "'z'", "a list");
  }

  @Test
  void refusesWhatIsNoJsonObject() throws IOException {
    refused(() -> config(""), "is empty");
    refused(() -> config("[1]"), "no JSON object");
    refused(() -> config("{\"a\": 1} x"), "not valid JSON", "line 1");
    refused(() -> config("{\"secret\": 1,\n \"b\": tru}"), "not valid JSON", "line 2");
    refused(() -> config("{\"a\": 1, \"a\": 2}"), "Duplicate");
    refused(() -> config("{\"a\":".repeat(100_000)), "not valid JSON");
    refused(() -> Config.read(folder.resolve("no/config.json")), "does not exist");
    assertThatThrownBy(() -> config("{\"secret\": 1,\n \"b\": tru}"))
        .message()
        .doesNotContain("secret");
  }

  @Test
  void readsARealConfiguration() {
    Config config = Config.read(Shared.path("fixtures/llama_rope_llama3/config.json"));
    assertThat(config.text("model_type")).isEqualTo("llama");
    assertThat(config.positive("hidden_size")).isEqualTo(64);
    assertThat(config.object("rope_scaling").text("rope_type")).isEqualTo("llama3");
  }
}
