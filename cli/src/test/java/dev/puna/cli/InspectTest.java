package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {
  /** The comparison that the article makes, without a file on disk. */
  @Test
  void comparesWellKnownModels() {
    Puna table = Puna.run("inspect", "llama2-7b", "chatglm2-6b", "baichuan-13b", "qwen-7b");
    assertThat(table.status()).isZero();
    assertThat(table.out().lines().toList())
        .anyMatch(line -> line.matches("model +parameters +training context +position.*"))
        .anyMatch(line -> line.matches("llama2-7b +6.74B +4,096 +RoPE +SwiGLU +RMSNorm +MHA"))
        .anyMatch(line -> line.matches("chatglm2-6b .*RoPE.* SwiGLU +RMSNorm +GQA"))
        .anyMatch(line -> line.matches("baichuan-13b .* ALiBi +SwiGLU +RMSNorm +MHA"));
    JsonNode both = Puna.json("inspect", "llama2-7b", "llama2-70b", "--json");
    assertThat(both.get(1).get("attention").asText()).isEqualTo("GQA");
  }

  @Test
  void describesOneWellKnownModel(@TempDir Path folder) throws IOException {
    Path svg = folder.resolve("a.svg");
    Puna text = Puna.run("inspect", "gpt2", "--svg", svg);
    assertThat(text.out()).contains("124,439,808", "learned", "only the configuration is known");
    assertThat(Files.readString(svg)).startsWith("<svg");
    assertThat(Puna.run("inspect", "gpt2", "--mermaid").out()).startsWith("flowchart TB");
    Puna tensors = Puna.run("inspect", "gpt2", "--tensors");
    assertThat(tensors.status()).isEqualTo(1);
    assertThat(tensors.err()).hasLineCount(1).contains("--tensors");
  }

  @Test
  void aNameThatIsNoModelIsRefused() {
    Puna unknown = Puna.run("inspect", "llama2-8b");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err()).hasLineCount(1).contains("llama2-8b");
  }

  /** What each checkpoint says of itself, in every form. */
  @TestFactory
  Stream<DynamicTest> everyFixture(@TempDir Path folder) throws IOException {
    Path fixtures = Shared.data("fixtures");
    try (Stream<Path> children = Files.list(fixtures)) {
      List<Path> models =
          children.filter(f -> Files.exists(f.resolve("config.json"))).sorted().toList();
      return models.stream()
          .map(
              model ->
                  DynamicTest.dynamicTest(
                      String.valueOf(model.getFileName()), () -> inspects(model, folder)));
    }
  }

  private static void inspects(Path model, Path folder) {
    JsonNode config = config(model);
    JsonNode json = Puna.json("inspect", model, "--json");
    assertThat(json.get("parameters").asLong()).isPositive();
    assertThat(json.get("weight_bytes").asLong()).isPositive();
    for (String key : List.of("hidden_size", "d_model", "n_embd")) {
      if (config.path(key).isInt()) {
        assertThat(json.get("width").asInt()).isEqualTo(config.get(key).asInt());
        break;
      }
    }
    assertThat(json.get("position")).isNotNull();
    assertThat(json.get("normalization")).isNotNull();
    Path svg = folder.resolve(model.getFileName() + ".svg");
    Puna text = Puna.run("inspect", model, "--svg", svg, "--tensors");
    assertThat(text.status()).as(text.err()).isZero();
    assertThat(text.out()).doesNotContain("null");
    assertThat(svg).isNotEmptyFile();
    assertThat(Puna.run("inspect", model, "--mermaid").out()).contains("-->");
  }

  private static JsonNode config(Path model) {
    try {
      return Shared.json(Files.readString(model.resolve("config.json")));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
