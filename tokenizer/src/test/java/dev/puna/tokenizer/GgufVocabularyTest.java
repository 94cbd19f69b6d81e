package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufVocabularyTest {
  private static final OptionalInt NONE = OptionalInt.empty();

  /** llama.cpp's own vectors for the vocabulary of LLaMA 2. */
  @Test
  void givesTheIdsOfLlamaCpp() {
    String name = "tokenizers/gguf/ggml-vocab-llama-spm.gguf";
    String[] texts = Shared.text(name + ".inp").split("\n__ggml_vocab_test__\n", -1);
    List<String> lines = Shared.text(name + ".out").lines().toList();
    Path model = Shared.file("tokenizers/llama2/tokenizer.model");
    SentencePieceVocabulary v = SentencePieceModel.vocabulary(model);
    List<Tokenizer> tokenizers =
        List.of(
            new SentencePieceBpe(v),
            Llama2cTokenizer.read(Shared.file("tokenizers/llama2/tokenizer.bin")),
            of("llama", v.pieces(), v.scores(), v.ggmlTypes()),
            of("llama", v.pieces(), v.scores(), null));
    assertThat(lines).hasSizeGreaterThan(30);
    for (int i = 0; i < lines.size(); i++) {
      int[] ids =
          Arrays.stream(lines.get(i).trim().split(" "))
              .filter(id -> !id.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      for (Tokenizer tokenizer : tokenizers) {
        assertThat(tokenizer.encode(texts[i])).as(texts[i]).isEqualTo(ids);
      }
    }
  }

  /** llama.cpp's vectors, which the models' own libraries made. */
  @ParameterizedTest
  @ValueSource(strings = {"bert-bge", "deepseek-coder", "deepseek-llm", "gpt-2", "llama-spm"})
  void givesTheIdsOfTheModelsOwnLibraries(String name) {
    Path file = Shared.file("tokenizers/gguf/ggml-vocab-" + name + ".gguf");
    Tokenizer tokenizer = TokenizerReader.read(file);
    String path = "tokenizers/gguf/" + file.getFileName();
    String[] texts = Shared.text(path + ".inp").split("\n__ggml_vocab_test__\n", -1);
    List<String> lines = Shared.text(path + ".out").lines().toList();
    assertThat(lines).hasSizeGreaterThan(30);
    for (int i = 0; i < lines.size(); i++) {
      String ids =
          Arrays.stream(tokenizer.encode(texts[i]))
              .mapToObj(String::valueOf)
              .collect(Collectors.joining(" "));
      assertThat(ids).as(texts[i]).isEqualTo(lines.get(i).strip());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "rwkv, a tokenizer of its own",
    "plamo2, a tokenizer of its own",
    "none, no tokenizer at all"
  })
  void namesWhatIsNotSupported(String model, String kind) {
    assertThatThrownBy(() -> of(model, List.of("a"), null, null))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("m.gguf")
        .hasMessageContaining(kind)
        .hasMessageContaining(model);
  }

  @Test
  void namesTheNearestPreTokenizer() {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("tokenizer.ggml.model", "gpt2");
    pairs.put("tokenizer.ggml.pre", "qwen-2");
    pairs.put("tokenizer.ggml.tokens", List.of("a"));
    pairs.put("tokenizer.ggml.merges", List.of());
    assertThatThrownBy(() -> GgufVocabulary.read("m.gguf", GgufMetadata.of("m.gguf", pairs)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("'qwen-2'")
        .hasMessageContaining("'qwen2'");
  }

  @Test
  void takesWhatLlamaCppTakesInAbsence() {
    Tokenizer tokenizer = of("llama", tokens(), null, null);
    assertThat(tokenizer.special())
        .isEqualTo(
            new Special(
                OptionalInt.of(1), OptionalInt.of(2), OptionalInt.of(0), NONE, true, false));
    assertThat(tokenizer.encode("a")).containsExactly(259, 260);
    assertThat(tokenizer.encodeSpecial("<s>a")).containsExactly(1, 259, 260);
    assertThat(tokenizer.decode(1, 259, 260)).isEqualTo("a");
  }

  @Test
  void heedsTheKeys() {
    SequencedMap<String, Object> pairs = pairs("llama", tokens(), null, null);
    pairs.put("tokenizer.ggml.bos_token_id", 2L);
    pairs.put("tokenizer.ggml.eos_token_id", 1L);
    pairs.put("tokenizer.ggml.padding_token_id", 0xFFFFFFFFL);
    pairs.put("tokenizer.ggml.add_bos_token", false);
    pairs.put("tokenizer.ggml.add_eos_token", true);
    pairs.put("tokenizer.ggml.add_space_prefix", false);
    pairs.put("tokenizer.ggml.remove_extra_whitespaces", true);
    Tokenizer tokenizer = GgufVocabulary.read("m.gguf", GgufMetadata.of("m.gguf", pairs));
    assertThat(tokenizer.special())
        .isEqualTo(
            new Special(
                OptionalInt.of(2), OptionalInt.of(1), OptionalInt.of(0), NONE, false, true));
    assertThat(tokenizer.encode("  a  a ")).containsExactly(260, 259, 260);
  }

  @Test
  void refusesWhatContradictsItself() {
    List<String> tokens = tokens();
    assertThatThrownBy(() -> of("llama", tokens, new float[3], null))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("scores has 3 values for 261 tokens");
    assertThatThrownBy(() -> of("llama", tokens, null, new int[2]))
        .isInstanceOf(PunaException.class);
    int[] types = new int[tokens.size()];
    types[5] = 9;
    assertThatThrownBy(() -> of("llama", tokens, null, types))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("type 9");
    SequencedMap<String, Object> pairs = pairs("llama", tokens, null, null);
    pairs.put("tokenizer.ggml.bos_token_id", 999L);
    assertThatThrownBy(() -> GgufVocabulary.read("m.gguf", GgufMetadata.of("m.gguf", pairs)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("bos_token_id is 999");
    assertThatThrownBy(() -> of("llama", List.of(), null, null)).isInstanceOf(PunaException.class);
  }

  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    IntStream.range(0, 256).mapToObj("<0x%02X>"::formatted).forEach(tokens::add);
    tokens.addAll(List.of("▁", "a"));
    return tokens;
  }

  private static SequencedMap<String, Object> pairs(
      String model, List<String> tokens, float[] scores, int[] types) {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("tokenizer.ggml.model", model);
    pairs.put("tokenizer.ggml.tokens", tokens);
    if (scores != null) {
      pairs.put("tokenizer.ggml.scores", scores);
    }
    if (types != null) {
      pairs.put("tokenizer.ggml.token_type", types);
    }
    return pairs;
  }

  private static Tokenizer of(String model, List<String> tokens, float[] scores, int[] types) {
    return GgufVocabulary.read(
        "m.gguf", GgufMetadata.of("m.gguf", pairs(model, tokens, scores, types)));
  }
}
