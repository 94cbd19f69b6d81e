package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunTest {
  /** 200 greedy tokens as another implementation publishes them (llama2.c's test). */
  private static final String LILY =
      """
      Once upon a time, there was a little girl named Lily. She loved to play outside in the park. \
      One day, she saw a big, red ball. She wanted to play with it, but it was too high.
      Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She \
      said, "I want to play with your ball, but I can't find it."
      Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
      Lily didn't want to help her mom, so she\
      """;

  @ParameterizedTest
  @CsvSource({"gguf, cpu", "gguf, reference", "bin, cpu", "bin, reference"})
  void continuesAsPublished(String container, String device) {
    Path model = Shared.data("models/stories260K." + container);
    Path tokenizer = Shared.data("models/tok512.bin");
    Puna alone =
        Puna.run(
            "run",
            "-m",
            model,
            "--tokenizer",
            tokenizer,
            "--device",
            device,
            "--temp",
            0,
            "-n",
            200);
    assertThat(alone.out()).isEqualTo(LILY + "\n");
    assertThat(alone.status()).isZero();

    String prompt = "Once upon a time";
    Puna prompted =
        Puna.run(
            "run",
            "-m",
            model,
            "--tokenizer",
            tokenizer,
            "--device",
            device,
            "--temp",
            0,
            "-n",
            150,
            "-p",
            prompt);
    assertThat(prompted.out().strip()).isNotEmpty();
    assertThat(LILY).startsWith(prompt + prompted.out().stripTrailing());
  }

  /** The bundled model, the same seed twice, and what others read from the document. */
  @Test
  void bundledModelTellsTheSameStoryForTheSameSeed() {
    Object[] args = {"run", "-p", "Once upon a time", "--seed", 7, "-n", 60, "--json"};
    JsonNode one = Puna.json(args);
    JsonNode two = Puna.json(args);
    assertThat(one.get("text")).isEqualTo(two.get("text"));
    assertThat(one.get("tokens")).isEqualTo(two.get("tokens"));
    assertThat(one.get("tokens").size()).isBetween(30, 60);
    assertThat(one.get("timings").fieldNames())
        .toIterable()
        .containsExactly("load_ms", "prefill_tps", "decode_tps");
    JsonNode back =
        Puna.json("tokenize", "--decode", Puna.ids(Shared.ints(one.get("tokens"))), "--json");
    assertThat(one.get("text").asText().strip()).isEqualTo(back.get("text").asText().strip());
  }

  @Test
  void endsBeforeAStopString() {
    JsonNode whole = Puna.json("run", "-p", "Once upon a time", "--temp", 0, "-n", 80, "--json");
    String text = whole.get("text").asText();
    String stop = text.substring(40, 47);
    int first = text.indexOf(stop);
    JsonNode cut =
        Puna.json("run", "-p", "Once upon a time", "--temp", 0, "-n", 80, "--json", "--stop", stop);
    assertThat(cut.get("text").asText()).isEqualTo(text.substring(0, first));
    assertThat(cut.get("finish_reason").asText()).isEqualTo("stop");
    assertThat(whole.get("finish_reason").asText()).isIn("length", "stop");
  }

  /** Stories are separated by the beginning-of-text token: the file says that it ends a text. */
  @Test
  void bundledModelEndsItsStory() {
    JsonNode story = Puna.json("run", "-p", "Once upon a time", "--temp", 0, "-n", 900, "--json");
    assertThat(story.get("finish_reason").asText()).isEqualTo("stop");
    assertThat(Shared.ints(story.get("tokens"))).doesNotContain(1, 2);
  }

  @Test
  void reportsLengthAndHonoursIds() {
    JsonNode p = Puna.json("run", "--ids", "1,5,6", "-n", 3, "--json", "--ignore-eos", "--temp", 0);
    assertThat(p.get("tokens").size()).isEqualTo(3);
    assertThat(p.get("finish_reason").asText()).isEqualTo("length");
    assertThat(p.get("prompt_tokens").asInt()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "'run --ids 99999 -n 1', 1, 'token id 99999 is not in the model''s vocabulary of 2048'",
    "'run -m nowhere.gguf', 1, 'there is no model nowhere.gguf'",
    "'run --device tpu', 1, 'there is no device tpu'",
    "'run --temp -1', 1, 'temperature is -1.0'",
    "'run --top-p 0', 1, 'top-p is 0.0'",
    "'run --ids 1,2,3,4,5 -c 4', 1, 'a prompt of 5 tokens leaves no room in a context of 4'",
    "'run -p x -c 2000000000', 1, 'needs'",
    "'run --no-such-option', 2, 'Unknown option'",
    "'run -n many', 2, 'Invalid value'",
    "'logits', 2, 'Missing required option'"
  })
  void saysWhatIsWrongInOneLine(String line, int status, String message) {
    Puna result = Puna.run((Object[]) line.split(" "));
    assertThat(result.status()).isEqualTo(status);
    assertThat(result.err()).contains(message);
    assertThat(result.out()).isEmpty();
    if (status == 1) {
      assertThat(result.err()).startsWith("puna: ").hasLineCount(1);
    }
  }
}
