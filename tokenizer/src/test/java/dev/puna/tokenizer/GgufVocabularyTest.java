package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "gpt2, byte-level BPE",
    "bert, WordPiece",
    "t5, Unigram",
    "x, a tokenizer of its own"
  })
  void namesWhatIsNotSupportedYet(String model, String kind) {
    assertThatThrownBy(() -> of(model, List.of("a"), null, null))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("m.gguf")
        .hasMessageContaining(kind)
        .hasMessageContaining("not supported yet");
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
    Tokenizer tokenizer =
        GgufVocabulary.of(
            "m.gguf",
            "llama",
            tokens(),
            null,
            null,
            OptionalInt.of(2),
            OptionalInt.of(1),
            NONE,
            OptionalInt.of(-1),
            false,
            true,
            false,
            true);
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
    assertThatThrownBy(
            () ->
                GgufVocabulary.of(
                    "m.gguf",
                    "llama",
                    tokens,
                    null,
                    null,
                    OptionalInt.of(999),
                    NONE,
                    NONE,
                    NONE,
                    null,
                    null,
                    null,
                    null))
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

  private static Tokenizer of(String model, List<String> tokens, float[] scores, int[] types) {
    return GgufVocabulary.of(
        "m.gguf", model, tokens, scores, types, NONE, NONE, NONE, NONE, null, null, null, null);
  }
}
