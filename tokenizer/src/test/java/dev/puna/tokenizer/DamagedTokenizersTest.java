package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.files.Tekken;
import dev.puna.tokenizer.files.Tiktoken;
import dev.puna.tokenizer.files.VocabularyText;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.json.TokenizerJson;
import dev.puna.tokenizer.text.ByteAlphabet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.Function;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files are refused in one line, or read as something that works. */
class DamagedTokenizersTest {
  private static final int ROUNDS = 500;

  @TempDir private Path folder;

  @Test
  @SuppressWarnings("unchecked")
  void tokenizerJson() throws IOException {
    Map<String, Object> models;
    try (InputStream in = Tokenizer.class.getResourceAsStream("models.json")) {
      models = Json.object(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    for (Map<String, Object> entry : (List<Map<String, Object>>) models.get("tokenizers")) {
      byte[] file = Json.text(entry.get("tokenizer")).getBytes(StandardCharsets.UTF_8);
      mutate(file, ROUNDS / 10, DamagedTokenizersTest::readJson);
    }
  }

  @Test
  void aLargeTokenizerJson() throws IOException {
    byte[] file =
        Files.readAllBytes(Shared.file("tokenizers/bge/bge-small-zh-v1.5-tokenizer.json"));
    mutate(file, 50, DamagedTokenizersTest::readJson);
  }

  private static Tokenizer readJson(byte[] file) {
    return TokenizerJson.read("mutant", file, SpecialNames.NONE);
  }

  @Test
  void vocabularyAndMerges() throws IOException {
    SequencedMap<String, Object> vocabulary = new LinkedHashMap<>();
    for (int value = 0; value < 256; value++) {
      vocabulary.put(Character.toString(ByteAlphabet.character(value)), value);
    }
    vocabulary.put("he", 256);
    vocabulary.put("ll", 257);
    vocabulary.put("hell", 258);
    byte[] json = Json.text(vocabulary).getBytes(StandardCharsets.UTF_8);
    byte[] merges = "#version: 0.2\nh e\nl l\nhe ll\n".getBytes(StandardCharsets.UTF_8);
    Path vocabularyFile = folder.resolve("vocab.json");
    Path mergesFile = folder.resolve("merges.txt");
    Files.write(mergesFile, merges);
    mutate(json, ROUNDS, file -> readBeside(vocabularyFile, file, folder));
    Files.write(vocabularyFile, json);
    mutate(merges, ROUNDS, file -> readBeside(mergesFile, file, folder));
  }

  private static Tokenizer readBeside(Path path, byte[] file, Path folder) {
    try {
      Files.write(path, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return TokenizerReader.read(folder);
  }

  @Test
  void tiktoken() throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"tokenizer_class\": \"QWenTokenizer\"}");
    SpecialNames names = SpecialNames.of(folder);
    StringBuilder lines = new StringBuilder();
    for (int value = 0; value < 256; value++) {
      line(lines, value, (byte) value);
    }
    line(lines, 256, (byte) 'h', (byte) 'e');
    line(lines, 257, (byte) 'h', (byte) 'e', (byte) 'l');
    byte[] file = lines.toString().getBytes(StandardCharsets.US_ASCII);
    mutate(file, ROUNDS, mutant -> Tiktoken.read("mutant", mutant, names));
  }

  private static void line(StringBuilder lines, int rank, byte... piece) {
    lines.append(Base64.getEncoder().encodeToString(piece)).append(' ').append(rank).append('\n');
  }

  @Test
  void tekken() {
    StringBuilder vocabulary = new StringBuilder();
    for (int value = 0; value < 256; value++) {
      String bytes = Base64.getEncoder().encodeToString(new byte[] {(byte) value});
      vocabulary.append(value == 0 ? "" : ",");
      vocabulary.append("{\"rank\":%d,\"token_bytes\":\"%s\"}".formatted(value, bytes));
    }
    String json =
        """
        {"config": {"pattern": "\\\\p{L}+|.", "default_vocab_size": 266,
          "default_num_special_tokens": 10}, "vocab": [%s]}
        """
            .formatted(vocabulary);
    byte[] file = json.getBytes(StandardCharsets.UTF_8);
    assertThat(Tekken.read("t", file).encode("a")).containsExactly('a' + 10);
    mutate(file, ROUNDS, mutant -> Tekken.read("mutant", mutant));
  }

  @Test
  void vocabularyText() {
    byte[] file =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nwor\n##ld\n".getBytes(StandardCharsets.UTF_8);
    assertThat(VocabularyText.read("v", file, SpecialNames.NONE).encode("Hello world"))
        .containsExactly(5, 6, 7);
    mutate(file, ROUNDS, mutant -> VocabularyText.read("mutant", mutant, SpecialNames.NONE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "bert", "t5"})
  void gguf(String model) throws IOException {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("general.architecture", "llama");
    pairs.put("tokenizer.ggml.model", model);
    pairs.put("tokenizer.ggml.pre", "gpt-2");
    pairs.put(
        "tokenizer.ggml.tokens", List.of("[PAD]", "</s>", "<unk>", "▁", "h", "e", "he", "▁he"));
    pairs.put("tokenizer.ggml.token_type", new int[] {3, 3, 2, 1, 1, 1, 1, 1});
    pairs.put("tokenizer.ggml.scores", new float[] {0, 0, 0, -1, -2, -3, -4, -9});
    pairs.put("tokenizer.ggml.merges", List.of("h e"));
    pairs.put("tokenizer.ggml.unknown_token_id", 2);
    Path file = folder.resolve("mutant.gguf");
    GgufWriter.write(file, pairs, List.of(), entry -> null);
    assertThat(TokenizerReader.read(file).encode("he")).containsAnyOf(6, 7);
    byte[] bytes = Files.readAllBytes(file);
    mutate(bytes, ROUNDS, mutant -> readGguf(file, mutant));
  }

  private static Tokenizer readGguf(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Gguf gguf = Gguf.open(file)) {
      return GgufVocabulary.read("mutant", gguf.metadata());
    }
  }

  private static void mutate(byte[] file, int rounds, Function<byte[], Tokenizer> reader) {
    Random random = new Random(7);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] mutant = mutant(file, random);
      refused +=
          Assertions.assertTimeout(Duration.ofSeconds(2), () -> refuses(mutant, reader)) ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  private static boolean refuses(byte[] file, Function<byte[], Tokenizer> reader) {
    Tokenizer tokenizer;
    try {
      tokenizer = reader.apply(file);
    } catch (PunaException e) {
      assertThat(e.getMessage()).isNotBlank().hasLineCount(1);
      return true;
    }
    int[] ids = tokenizer.encode("Hello world, 你好 <x>");
    tokenizer.encodeSpecial("<x>[CLS]<s>Hello</s> world");
    assertThat(tokenizer.decode(ids)).isNotNull();
    return false;
  }

  private static byte[] mutant(byte[] file, Random random) {
    byte[] mutant = file.clone();
    if (random.nextInt(8) == 0) {
      return Arrays.copyOf(mutant, random.nextInt(mutant.length));
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(mutant.length);
      mutant[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) random.nextInt(256);
            case 1 -> (byte) (mutant[at] ^ 1 << random.nextInt(8));
            case 2 -> (byte) "0123456789\"{}[],:\\ \n-".charAt(random.nextInt(21));
            default -> mutant[random.nextInt(mutant.length)];
          };
    }
    return mutant;
  }

  @ParameterizedTest
  @CsvSource({
    "normalizer, normalizer",
    "pre_tokenizer, pre_tokenizer",
    "post_processor, post_processor",
    "decoder, decoder"
  })
  void unknownPartsAreNamed(String key, String place) {
    String json =
        "{\"%s\": {\"type\": \"Wonder\"}, \"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}}}"
            .formatted(key);
    assertThatThrownBy(() -> readJson(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("mutant, " + place)
        .hasMessageContaining("'Wonder'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"model\": {\"type\": \"Magic\", \"vocab\": {\"a\": 0}}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [], \"dropout\": 0.1}}",
        "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 2000000000}}}",
        "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 0}, \"unk_token\": \"u\"}}",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 0}}",
      })
  void whatCannotBeIsRefused(String json) {
    assertThatThrownBy(() -> readJson(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("mutant");
  }
}
