package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unigram and Char models of SentencePiece; what is expected comes from its version 0.1.97. */
class SentencePieceUnigramTest {
  private static @Nullable Tokenizer iceText;

  /** Many ways to make a text of these pieces are equally likely but for rounding. */
  private static ModelWriter ties() {
    return ModelWriter.of(1)
        .piece("▁", -2.3f, PieceType.NORMAL)
        .piece("a", -1.1f, PieceType.NORMAL)
        .piece("aa", -2.2f, PieceType.NORMAL)
        .piece("aaa", -3.3f, PieceType.NORMAL)
        .piece("b", -0.7f, PieceType.NORMAL)
        .piece("ab", -1.8f, PieceType.NORMAL)
        .piece("ba", -1.8f, PieceType.NORMAL)
        .piece("aba", -2.9f, PieceType.NORMAL)
        .piece("bb", -0.1f, PieceType.UNUSED)
        .piece("<x>", 0, PieceType.USER_DEFINED)
        .piece("ax", 0, PieceType.USER_DEFINED);
  }

  /** Each line of the resource: a text, a tab, the pieces that SentencePiece makes of it. */
  @Test
  void breaksTiesAsSentencePieceDoes() throws IOException {
    Tokenizer tokenizer = ties().tokenizer();
    List<String> lines = resource("unigram-ties.tsv");
    assertThat(lines).hasSize(300);
    for (String line : lines) {
      String[] columns = line.split("\t", -1);
      assertThat(pieces(tokenizer, columns[0])).as(columns[0]).isEqualTo(columns[1]);
    }
  }

  @Test
  void makesOneTokenOfEachCharacter() {
    Tokenizer tokenizer =
        ModelWriter.of(4)
            .pieces("▁", "a", "b", "ab", "é")
            .piece("<x>", 0, PieceType.USER_DEFINED)
            .tokenizer();
    assertThat(pieces(tokenizer, "ab<x>é我想 b")).isEqualTo("▁ a b <x> é <unk> ▁ b");
    assertThat(tokenizer.decode(tokenizer.encode("ab<x>é我想 b"))).isEqualTo("ab<x>é \u2047  b");
  }

  /**
   * The sums of GGUF's vocabularies are in double precision, and break ties otherwise: only the
   * number of pieces is the same where "xxxxx" can be made in several ways.
   */
  @Test
  void becomesGgufAndBack() {
    SentencePieceTokenizer tokenizer =
        SentencePieceModel.read(Shared.file("tokenizers/chinese_sp/chinese_sp.model"));
    Tokenizer again =
        GgufVocabulary.read(
            "m.gguf", GgufMetadata.of("m.gguf", tokenizer.ggufPairs(tokenizer.size())));
    for (Vectors.Case c : Vectors.read("chinese_sp").cases()) {
      int[] ids = again.encode(c.text());
      if (c.text().startsWith("xxxxx")) {
        assertThat(ids).hasSameSizeAs(c.ids());
      } else {
        assertThat(ids).as(c.text()).isEqualTo(c.ids());
      }
    }
    assertThat(again.special().bos()).isEqualTo(tokenizer.special().bos());
    assertThatThrownBy(() -> iceText().ggufPairs(150528))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("ChatGLM-6B's own");
  }

  private static String pieces(Tokenizer tokenizer, String text) {
    List<String> pieces = Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
    return String.join(" ", pieces);
  }

  private static synchronized Tokenizer iceText() {
    if (iceText == null) {
      iceText = TokenizerReader.read(Shared.file("tokenizers/chatglm_6b/ice_text.model"));
    }
    return iceText;
  }

  private List<String> resource(String name) throws IOException {
    try (InputStream in = getClass().getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** A megabyte of one letter: the cost has to grow with the length and no faster. */
  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "\n", "我", "ab", "😁", "👨\u200d👩\u200d", "<s>"})
  void longRunsTakeLittleTime(String unit) {
    Tokenizer tokenizer = iceText();
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids =
        Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encodeSpecial(text));
    // NFKC as this model has it makes a space of U+200D.
    String expected = unit.equals("<s>") ? "" : text.replace('\u200d', ' ');
    if (!unit.equals("👨\u200d👩\u200d")) {
      assertThat(tokenizer.decode(ids).equals(expected)).isTrue();
    }
  }
}
