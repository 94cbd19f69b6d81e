package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole command with the bundled model, which tells on what it is told. */
class ChatCommandTest {
  @TempDir Path folder;

  private static Puna chat(String lines, Object... options) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    try {
      return Puna.run(Stream.concat(Stream.of("chat"), Stream.of(options)).toArray());
    } finally {
      System.setIn(before);
    }
  }

  /** What is said first is a prompt; so the answer is what run makes of it. */
  @Test
  void answersAsRunContinues() {
    Puna run = Puna.run("run", "-p", "Once upon a time", "-n", 30, "--seed", 5);
    Puna chat = chat("Once upon a time\n/quit\n", "-n", 30, "--seed", 5);
    assertThat(chat.out()).isEqualTo(run.out());
    assertThat(chat.err()).isEmpty();
    assertThat(chat.status()).isZero();
  }

  @Test
  void conversationsAreSavedAndLoaded() throws Exception {
    Path file = folder.resolve("chat.json");
    Puna first =
        chat("Hi\n/save " + file + "\n", "--template", "chatml", "--system", "Be kind.", "-n", 5);
    assertThat(first.err()).isEmpty();
    JsonNode messages = Shared.json(file).get("messages");
    assertThat(messages.valueStream().map(m -> m.get("role").asText()))
        .containsExactly("system", "user", "assistant");
    assertThat(messages.get(0).get("content").asText()).isEqualTo("Be kind.");
    assertThat(messages.get(2).get("content").asText() + "\n").isEqualTo(first.out());

    Path later = folder.resolve("later.json");
    Puna second =
        chat(
            "/load %s\nAnd then?\n/regenerate\n/save %s\n/clear\n/system\n/save %s\n"
                .formatted(file, later, file),
            "--template",
            "chatml",
            "-n",
            5);
    assertThat(second.err()).isEmpty();
    assertThat(Shared.json(later).get("messages")).hasSize(5);
    assertThat(Shared.json(later).get("messages").get(1)).isEqualTo(messages.get(1));
    assertThat(second.out())
        .as("the second answer took the first one's place")
        .endsWith(Shared.json(later).get("messages").get(4).get("content").asText() + "\n");
    assertThat(Shared.json(file).get("messages")).isEmpty();
  }

  @Test
  void saysWhatIsWrongAndGoesOn() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"messages\": [1]}");
    Puna chat =
        chat("/regenerate\n/load nowhere.json\n/load " + broken + "\nOnce\n", "-n", 3, "--temp", 0);
    assertThat(chat.status()).isEqualTo(1);
    assertThat(chat.err()).hasLineCount(3).contains("nothing has been said yet", "nowhere.json");
    assertThat(chat.out()).hasLineCount(1);
  }

  @Test
  void refusesWhatCannotBe() {
    assertThat(chat("", "-n", 0).err()).isEqualTo("puna: -n is 0: it must be 1 or more\n");
    assertThat(chat("", "-c", 0).err()).isEqualTo("puna: -c is 0: it must be 1 or more\n");
    Path model = Shared.data("models/stories260K.gguf");
    assertThat(chat("", "-m", model).err()).contains("carries no chat template").hasLineCount(1);
    assertThat(chat("word ".repeat(400) + "\n", "-c", 32).err())
        .contains("leaves no room in a context of 32");
  }
}
