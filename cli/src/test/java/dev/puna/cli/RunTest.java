package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
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

  /** Heads of 8 columns are no blocks of 32, whether or not memory is counted. */
  @ParameterizedTest
  @CsvSource({"cpu, --verbose", "cpu, --force", "reference, --verbose", "reference, --force"})
  void refusesKeysAndValuesInBlocksThatWouldCutAHead(String device, String option) {
    Path model = Shared.data("models/stories260K.gguf");
    Puna result =
        Puna.run("run", "-m", model, "--device", device, "--kv-type", "Q8_0", "-n", 1, option);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("puna: ")
        .contains("heads of 8 columns", "Q8_0", "use --kv-type F16")
        .hasLineCount(1);
    assertThat(result.out()).isEmpty();
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

  @Test
  void searchesWithBeams() {
    Object[] line = {"run", "-p", "Once upon a time", "-n", 24, "--beams", 4};
    JsonNode found = Puna.json(append(line, "--json"));
    JsonNode beams = found.get("beams");
    assertThat(beams).hasSize(4);
    assertThat(beams.get(0).get("text")).isEqualTo(found.get("text"));
    assertThat(beams.get(0).get("tokens")).isEqualTo(found.get("tokens"));
    assertThat(beams.valueStream().map(b -> -b.get("score").asDouble()).toList()).isSorted();
    assertThat(beams.valueStream().map(b -> b.get("tokens")).distinct()).hasSize(4);
    assertThat(Puna.run(line).out()).isEqualTo(found.get("text").asText() + "\n");
    assertThat(Puna.json("run", "-p", "x", "-n", 0, "--beams", 4, "--json").get("tokens"))
        .isEmpty();

    JsonNode one = Puna.json("run", "-p", "Once upon a time", "-n", 24, "--beams", 1, "--json");
    JsonNode greedy = Puna.json("run", "-p", "Once upon a time", "-n", 24, "--temp", 0, "--json");
    assertThat(one.get("tokens")).isEqualTo(greedy.get("tokens"));
    assertThat(found.get("tokens")).isNotEqualTo(greedy.get("tokens"));
  }

  private static Object[] append(Object[] all, Object more) {
    return Stream.concat(Stream.of(all), Stream.of(more)).toArray();
  }

  /** A token that is forbidden to end the text for a while, and then does. */
  @Test
  void endsAtATokenButNotTooEarly() {
    Object[] line = {"run", "-p", "Once upon a time", "-n", 40, "--temp", 0, "--json"};
    int[] free = Shared.ints(Puna.json(line).get("tokens"));
    Object[] ended = append(append(line, "--stop-id"), free[5]);
    JsonNode cut = Puna.json(ended);
    assertThat(cut.get("finish_reason").asText()).isEqualTo("stop");
    assertThat(Shared.ints(cut.get("tokens"))).isNotEmpty().doesNotContain(free[5]);
    JsonNode later = Puna.json(append(append(ended, "--min-tokens"), 10));
    assertThat(later.get("tokens").size()).isGreaterThanOrEqualTo(10);
  }

  @Test
  void saysNoThreeTokensTwice() {
    Object[] line = {"run", "-p", "Once upon a time", "-n", 300, "--temp", 0, "--ignore-eos"};
    JsonNode p = Puna.json(append(append(append(line, "--json"), "--no-repeat-ngram"), 3));
    int[] tokens = Shared.ints(p.get("tokens"));
    Set<List<Integer>> seen = new HashSet<>();
    for (int i = 0; i + 3 <= tokens.length; i++) {
      assertThat(seen.add(List.of(tokens[i], tokens[i + 1], tokens[i + 2]))).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'run --ids 99999 -n 1', 1, 'token id 99999 is not in the model''s vocabulary of 2048'",
    "'run -m nowhere.gguf', 1, 'there is no model nowhere.gguf'",
    "'run --device tpu', 1, 'there is no device tpu'",
    "'run --temp -1', 1, 'temperature is -1.0'",
    "'run --top-p 0', 1, 'top-p is 0.0'",
    "'run --min-p 2', 1, 'min-p is 2.0'",
    "'run --typical 0', 1, 'typical is 0.0'",
    "'run --epsilon 1', 1, 'epsilon is 1.0'",
    "'run --eta -1', 1, 'eta is -1.0'",
    "'run --repeat-penalty 0', 1, 'the repetition penalty is 0.0'",
    "'run --no-repeat-ngram -1', 1, 'the n-gram that may not repeat is -1'",
    "'run --beams 0', 1, 'there are 0 beams'",
    "'run --beams 4 --temp 0.5 --min-p 0.1', 1, 'does not draw, which --temp, --min-p is about'",
    "'run --beams 4 --stop x', 1, 'name tokens with --stop-id'",
    "'run --beams 4 --early-stopping maybe', 1, 'take true, false, or never'",
    "'run --beams 4 --length-penalty 1000', 1, 'the length penalty is 1000.0'",
    "'run --length-penalty 2', 2, '--beams'",
    "'run --top-n-sigma -1', 1, 'top-n-sigma is -1.0'",
    "'run --xtc 2', 1, 'XTC''s probability is 2.0'",
    "'run --xtc 0.5,0', 1, 'XTC''s threshold is 0.0'",
    "'run --xtc 1,2,3', 1, '--xtc has 3 numbers'",
    "'run --xtc often', 2, 'Invalid value'",
    "'run --dry -1', 1, 'DRY''s multiplier is -1.0'",
    "'run --dry 1,2', 1, '--dry has 2 numbers'",
    "'run --dry 1,2,1.5', 1, 'a LENGTH of 1.5'",
    "'run --dry 1,0.5,2', 1, 'DRY''s base is 0.5'",
    "'run --frequency-penalty 9999', 1, 'the frequency penalty is 9999.0'",
    "'run --presence-penalty -9999', 1, 'the presence penalty is -9999.0'",
    "'run --repeat-last-n -1', 1, 'how far back penalties look is -1'",
    "'run --logit-bias 7', 1, '7 is no bias'",
    "'run --logit-bias 7=much', 1, '7=much is no bias'",
    "'run --logit-bias 7=NaN', 1, 'the bias of token 7 is NaN'",
    "'run --logit-bias 99999=1', 1, 'a token with a bias is 99999'",
    "'run --mirostat 0', 1, 'Mirostat''s tau is 0.0'",
    "'run --mirostat 5,0.1,1', 1, '--mirostat has 3 numbers'",
    "'run --mirostat 5 --temp 0', 1, '--temp 0 takes the likeliest token'",
    "'run --mirostat 5 --top-k 4 --xtc 1', 1, 'in the place of --top-k, --xtc'",
    "'run --beams 2 --mirostat 5', 1, '--mirostat is about'",
    "'run --stop-id 99999', 1, 'token id 99999 is not in the model''s vocabulary of 2048'",
    "'run --min-tokens -1', 1, 'at least -1 tokens'",
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
