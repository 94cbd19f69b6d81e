package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ChatGLM-6B, 2 and 3 against their own classes over sentencepiece 0.1.97. */
class ChatGlmTokenizerTest {
  @TempDir private Path folder;

  @Test
  @SuppressWarnings("unchecked")
  void agreesWithItsOwnClass() {
    Map<String, Object> vectors = Json.object(Shared.text("tokenizers/vectors/chatglm_6b.json"));
    Tokenizer tokenizer = bare();
    assertThat(tokenizer.size()).isEqualTo(vectors.get("vocab_size"));
    ((Map<String, Object>) vectors.get("specials"))
        .forEach((name, id) -> assertThat(tokenizer.id(name)).as(name).hasValue((Integer) id));
    List<Object> cases = (List<Object>) vectors.get("cases");
    assertThat(cases).hasSizeGreaterThan(30);
    for (Object each : cases) {
      Map<String, Object> c = (Map<String, Object>) each;
      int[] ids = ((List<Integer>) c.get("ids")).stream().mapToInt(i -> i).toArray();
      String text = (String) c.get("text");
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
      assertThat(tokenizer.decode(ids)).as(text).isEqualTo(c.get("decoded"));
    }
  }

  private static Tokenizer bare() {
    return TokenizerReader.read(Shared.file("tokenizers/chatglm_6b/ice_text.model"));
  }

  @Test
  void writesLongRunsOfSpacesAsSeveralPieces() {
    Tokenizer tokenizer = bare();
    int[] ids = tokenizer.encode("a" + " ".repeat(241) + "b");
    String blank80 = "<|blank_80|>";
    assertThat(Arrays.stream(ids).mapToObj(tokenizer::piece))
        .containsExactly("▁a", blank80, blank80, blank80, "▁b");
    assertThat(tokenizer.decode(ids)).isEqualTo("a" + " ".repeat(241) + "b");
    assertThat(tokenizer.piece(tokenizer.encode("a" + " ".repeat(82))[2])).isEqualTo("<|blank_2|>");
  }

  @Test
  void countsImageTokensWhereTheConfigSaysSo() throws IOException {
    Files.copy(
        Shared.file("tokenizers/chatglm_6b/ice_text.model"), folder.resolve("ice_text.model"));
    Path config = folder.resolve("tokenizer_config.json");
    // The class of the first checkpoints has 20000 of them and no option.
    for (String json : List.of("{}", "{\"num_image_tokens\": 20000}")) {
      Files.writeString(config, json);
      Tokenizer tokenizer = TokenizerReader.read(folder);
      assertThat(tokenizer.size()).isEqualTo(150344);
      assertThat(tokenizer.id("[gMASK]")).hasValue(150001);
      assertThat(tokenizer.special().bos()).hasValue(150004);
      assertThat(tokenizer.special().pad()).hasValue(20003);
      assertThat(tokenizer.encode("Hello\nworld")).containsExactly(39316, 20004, 24664);
      assertThat(tokenizer.encodeSpecial("Hello[gMASK]<sop>"))
          .containsExactly(39316, 150001, 150004);
      assertThat(tokenizer.piece(12)).isEqualTo("<image_12>");
      assertThat(tokenizer.id("<image_19999>")).hasValue(19999);
      assertThat(tokenizer.id("<image_20000>")).isEmpty();
      assertThat(tokenizer.decode(7, 39316, 20004, 24664, 150005)).isEqualTo("Hello\nworld");
    }
    Files.writeString(config, "{\"num_image_tokens\": 0}");
    assertThat(TokenizerReader.read(folder).encode("Hello")).containsExactly(19316);
    Files.writeString(config, "{\"num_image_tokens\": -1}");
    assertThatThrownBy(() -> TokenizerReader.read(folder))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("num_image_tokens is -1");
  }

  /** The vocabulary of the first checkpoints ends before the pieces that their class adds. */
  @Test
  void addsThePiecesThatOlderFilesLack() {
    SentencePieceVocabulary whole =
        SentencePieceModel.vocabulary(Shared.file("tokenizers/chatglm_6b/ice_text.model"));
    int old = 130000;
    SentencePieceVocabulary v =
        new SentencePieceVocabulary(
            whole.kind(),
            whole.pieces().subList(0, old),
            Arrays.copyOf(whole.scores(), old),
            Arrays.copyOf(whole.types(), old),
            whole.options(),
            whole.special());
    SentencePieceVocabulary completed = ChatGlmPieces.complete(v);
    assertThat(completed.pieces()).isEqualTo(whole.pieces());
    assertThat(completed.types()).isEqualTo(whole.types());
    assertThat(ChatGlmTokenizer.owns("ice_text.model", v)).isTrue();
    assertThat(ChatGlmTokenizer.owns("tokenizer.model", v)).isFalse();
  }

  @Test
  void appendsTheSpecialTokensOfLaterVersions() throws IOException {
    Files.copy(
        Shared.file("tokenizers/chatglm2/tokenizer.model"), folder.resolve("tokenizer.model"));
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"ChatGLMTokenizer\"}");
    Tokenizer tokenizer = TokenizerReader.read(folder);
    assertThat(tokenizer.special().addBos()).isFalse();
    // Of the table of special tokens in the model card of ChatGLM3-6B.
    int[] ids = tokenizer.encodeSpecial("[gMASK]sop<|user|>\n Hello<|assistant|>");
    assertThat(ids).startsWith(64790, 64792, 64795, 30910, 13).endsWith(64796);
    assertThat(tokenizer.encode("[gMASK]")).doesNotContain(64790);
  }
}
