package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations through the templates that checkpoints carry. */
class ChatTest {
  private static final String TEMPLATE =
      "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
          + "{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir Path folder;
  private Path model;
  private Path conversation;

  @BeforeEach
  void prepare() throws IOException {
    Path source = Shared.data("models/stories-7m");
    model = Files.createDirectory(folder.resolve("model"));
    for (String name :
        new String[] {
          "config.json", "generation_config.json", "model.safetensors", "tokenizer.model"
        }) {
      Files.copy(source.resolve(name), model.resolve(name));
    }
    conversation = folder.resolve("conversation.json");
    Files.writeString(
        conversation,
        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"tools\": null}");
  }

  private void config(String json) {
    try {
      Files.writeString(model.resolve("tokenizer_config.json"), json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String json(String text) {
    return "\"" + text.replace("\"", "\\\"") + "\"";
  }

  @Test
  void templateComesFromTheCheckpointInEachOfItsForms() throws IOException {
    String expected = "<s><user>Hi<assistant>";
    config("{\"chat_template\": " + json(TEMPLATE) + "}");
    JsonNode rendered = Puna.json("tokenize", "-m", model, "--chat", conversation, "--json");
    assertThat(rendered.get("text").asText()).isEqualTo(expected);
    assertThat(rendered.get("ids").get(0).asInt()).isEqualTo(1); // <s> is its token, once
    assertThat(rendered.get("pieces").get(1).asText()).isNotEqualTo("<s>");

    Path gguf = folder.resolve("model.gguf");
    Puna.json("convert", model, gguf, "--type", "Q8_0", "--json");
    assertThat(Puna.json("tokenize", "-m", gguf, "--chat", conversation, "--json"))
        .isEqualTo(rendered);

    config(
        "{\"chat_template\": [{\"name\": \"default\", \"template\": %s}, {\"name\": \"tool_use\","
                .formatted(json(TEMPLATE))
            + "\"template\": \"tools: {{ tools|length }}\"}]}");
    assertThat(Puna.run("tokenize", "-m", model, "--chat", conversation).out().strip())
        .isEqualTo(expected);
    Files.writeString(
        conversation,
        "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"tools\": [1]}");
    assertThat(Puna.run("tokenize", "-m", model, "--chat", conversation).out().strip())
        .isEqualTo("tools: 1");

    Files.writeString(model.resolve("chat_template.jinja"), "own: {{ messages[0].content }}\n");
    assertThat(Puna.run("tokenize", "-m", model, "--chat", conversation).out().strip())
        .isEqualTo("own: Hi");
    assertThat(
            Puna.run("tokenize", "-m", model, "--chat", conversation, "--template", "chatml").out())
        .startsWith("<|im_start|>user");
  }

  @Test
  void runPutsThePromptThroughIt() {
    config("{\"chat_template\": \"{{ messages[0].content }} upon a\"}");
    Puna chat = Puna.run("run", "-m", model, "--chat", "-p", "Once", "--temp", 0, "-n", 8);
    Puna plain = Puna.run("run", "-m", model, "-p", "Once upon a", "--temp", 0, "-n", 8);
    assertThat(chat.status()).as(chat.err()).isZero();
    assertThat(chat.out()).isEqualTo(plain.out());
  }

  @Test
  void failuresAreOneLine() {
    assertThat(Puna.run("tokenize", "-m", model, "--chat", conversation).err())
        .hasLineCount(1)
        .contains("carries no chat template", "llama2");
    config("{\"chat_template\": \"{% if %}\"}");
    assertThat(Puna.run("tokenize", "-m", model, "--chat", conversation).err())
        .hasLineCount(1)
        .contains("line 1");
    config("{\"chat_template\": \"{{ raise_exception('no') }}\"}");
    Puna refused = Puna.run("run", "-m", model, "--chat", "-p", "x");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).hasLineCount(1).contains("refuses this conversation: no");
  }
}
