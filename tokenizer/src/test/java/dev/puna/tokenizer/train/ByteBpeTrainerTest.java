package dev.puna.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Shared;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteBpeTrainerTest {
  @TempDir private Path folder;

  private static ByteBpe train(ByteBpeTrainer.Training training, int threads, Path... files) {
    return new ByteBpeTrainer(training).train(List.of(files), threads, TrainingProgress.NONE);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** The reference result of Stanford's CS336, assignment 1. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void learnsTheReferenceMerges(int threads) throws IOException {
    Path corpus = Shared.file("tokenizers/gpt2/corpus.en");
    ByteBpe trained = train(ByteBpeTrainer.Training.gpt2(500), threads, corpus);
    assertThat(trained.merges())
        .isEqualTo(Shared.text("tokenizers/gpt2/train-bpe-reference-merges.txt").lines().toList());
    trained.writeVocabularyAndMerges(folder);
    // The reference file is written by Python: escapes differ, the numbers behind them do not.
    String reference = Shared.text("tokenizers/gpt2/train-bpe-reference-vocab.json");
    assertThat(trained.pieces()).hasSize(500);
    for (int id = 500 - trained.merges().size(); id < 500; id++) {
      String merged = trained.merges().get(id - 257).replace(" ", "");
      assertThat(trained.pieces().get(id)).isEqualTo(merged);
      assertThat(unescaped(reference)).contains("\"" + merged + "\": " + id);
    }
  }

  private static String unescaped(String json) {
    return java.util.regex.Pattern.compile("\\\\u([0-9a-f]{4})")
        .matcher(json)
        .replaceAll(m -> Character.toString(Integer.parseInt(m.group(1), 16)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "llama3", "qwen2", "deepseek-llm"})
  void writesFilesThatAreRead(String preTokenizer) {
    Path corpus = Shared.file("tokenizers/gpt2/corpus.en");
    List<String> special = List.of("<|end of text|>", "<|pad|>");
    ByteBpe trained = train(ByteBpeTrainer.Training.named(700, special, preTokenizer), 2, corpus);
    Path file = folder.resolve("tokenizer.json");
    trained.writeTokenizerJson(file);
    Tokenizer tokenizer = TokenizerReader.read(file);
    assertThat(tokenizer.size()).isEqualTo(700);
    String text = Shared.text("tokenizers/gpt2/corpus.en").substring(0, 20000) + "我想\n\n 123";
    int[] ids = tokenizer.encode(text);
    assertThat(tokenizer.decode(ids)).isEqualTo(text);
    assertThat((double) text.length() / ids.length).isGreaterThan(2);
    assertThat(tokenizer.encodeSpecial("<|pad|>")).containsExactly(1);
  }

  @Test
  void writesVocabularyAndMergesWithTheSameIds() {
    Path corpus = Shared.file("tokenizers/gpt2/corpus.en");
    ByteBpe trained = train(ByteBpeTrainer.Training.gpt2(600), 2, corpus);
    trained.writeVocabularyAndMerges(folder);
    trained.writeTokenizerJson(folder.resolve("other.json"));
    String text = Shared.text("tokenizers/gpt2/corpus.en").substring(0, 5000);
    assertThat(TokenizerReader.read(folder.resolve("vocab.json")).encode(text))
        .isEqualTo(TokenizerReader.read(folder.resolve("other.json")).encode(text));
  }

  /** Three times the text, in several blocks, has three times the counts. */
  @Test
  void countsTheSameWordsHoweverTheTextIsCut() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40000; i++) {
      text.append(Integer.toString(i * 7919 % 26011, 36)).append(i % 7 == 0 ? "!\n" : " word");
    }
    text.append("<|endoftext|>");
    Path once = file("once.txt", text.toString());
    Path thrice = file("thrice.txt", text.toString().repeat(9));
    assertThat(Files.size(thrice)).isGreaterThan(2 << 20);
    ByteBpeTrainer.Training training = ByteBpeTrainer.Training.gpt2(900);
    assertThat(train(training, 3, thrice).merges()).isEqualTo(train(training, 1, once).merges());
    assertThat(train(training, 2, once, once).merges())
        .isEqualTo(train(training, 1, once).merges());
  }

  @Test
  void prefersTheGreatestOfEquallyFrequentPairs() throws IOException {
    // Of the example in CS336: ("A", "B"), ("A", "C"), ("B", "ZZ") and ("BA", "A").
    ByteBpe trained =
        train(
            new ByteBpeTrainer.Training(259, List.of(), List.of("\\S+")),
            1,
            file("ties.txt", "AB AC BD BA"));
    assertThat(trained.merges()).startsWith("B D", "B A", "A C");
  }

  @Test
  void saysHowLargeAVocabularyCanBe() throws IOException {
    Path corpus = file("small.txt", "abc abc");
    assertThatThrownBy(() -> train(ByteBpeTrainer.Training.gpt2(300), 1, corpus))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("300 pieces is too large")
        // " abc" takes three merges and "abc" shares two of them.
        .hasMessageContaining("at most 260 pieces");
    assertThat(train(ByteBpeTrainer.Training.gpt2(260), 1, corpus).pieces()).hasSize(260);
  }

  @ParameterizedTest
  @CsvSource({"2000000, 1234567", "10, 3", "3, 2"})
  void namesTheByteThatIsNotUtf8(int size, int wrong) throws IOException {
    byte[] text = "ab cd\n".repeat(size / 6 + 1).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    text[wrong] = (byte) 0xFF;
    Path corpus = Files.write(folder.resolve("latin.txt"), text);
    assertThatThrownBy(() -> train(ByteBpeTrainer.Training.gpt2(300), 2, corpus))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("latin.txt is not UTF-8: byte " + wrong);
  }

  @Test
  void refusesWhatCannotBeTrained() throws IOException {
    Path empty = file("empty.txt", "");
    ByteBpeTrainer.Training training = ByteBpeTrainer.Training.gpt2(300);
    assertThatThrownBy(() -> train(training, 1, empty)).hasMessageContaining("empty");
    assertThatThrownBy(() -> train(training, 1, folder.resolve("absent.txt")))
        .hasMessageContaining("absent.txt does not exist");
    assertThatThrownBy(() -> train(training, 1, folder)).hasMessageContaining("is not a file");
    assertThatThrownBy(() -> ByteBpeTrainer.Training.gpt2(256))
        .hasMessageContaining("at least 257 pieces");
    assertThatThrownBy(() -> ByteBpeTrainer.Training.named(300, List.of(), "gpt-9"))
        .hasMessageContaining("'gpt-9' is not known");
    assertThatThrownBy(() -> ByteBpeTrainer.Training.named(300, List.of("x", "x"), "gpt-2"))
        .isInstanceOf(PunaException.class);
  }
}
