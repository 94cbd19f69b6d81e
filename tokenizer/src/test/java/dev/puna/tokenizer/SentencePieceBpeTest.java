package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Small hand-made models; what is expected follows from the rules of bpe_model.cc by hand. */
class SentencePieceBpeTest {
  private static List<String> pieces(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
  }

  @Test
  void mergesRunsOfUnknownCharactersIntoOneToken() {
    Tokenizer tokenizer = ModelWriter.bpe().pieces("▁", "a", "▁a").tokenizer();
    assertThat(pieces(tokenizer, "a我想a😁 x"))
        .containsExactly("▁a", "<unk>", "a", "<unk>", "▁", "<unk>");
    assertThat(tokenizer.decode(tokenizer.encode("a我想a"))).isEqualTo("a \u2047 a");
  }

  @Test
  void decodesTheUnknownTokenAsTheModelSays() {
    Tokenizer tokenizer = ModelWriter.bpe().trainer(44, "?!").pieces("▁", "a").tokenizer();
    assertThat(tokenizer.decode(tokenizer.encode("xa"))).isEqualTo("?!a");
  }

  @Test
  void mergesTheBestScoreFirstAndTheLeftmostOfEqualOnes() {
    ModelWriter writer = ModelWriter.bpe().normalizer(3, 0).pieces("a", "b", "c");
    writer.piece("ab", -10, PieceType.NORMAL).piece("bc", -9, PieceType.NORMAL);
    Tokenizer best = writer.tokenizer();
    assertThat(pieces(best, "abc")).containsExactly("a", "bc");

    Tokenizer ties =
        ModelWriter.bpe()
            .normalizer(3, 0)
            .pieces("a")
            .piece("aa", -9, PieceType.NORMAL)
            .tokenizer();
    assertThat(pieces(ties, "aaaaa")).containsExactly("aa", "aa", "a");

    Tokenizer zeros =
        ModelWriter.bpe()
            .normalizer(3, 0)
            .pieces("a", "b", "c")
            .piece("ab", -0f, PieceType.NORMAL)
            .piece("bc", 0f, PieceType.NORMAL)
            .tokenizer();
    assertThat(pieces(zeros, "abc")).containsExactly("ab", "c");
  }

  @Test
  void mergesAcrossCharactersThatAreNoPiecesThemselves() {
    Tokenizer tokenizer = ModelWriter.bpe().normalizer(3, 0).pieces("我想").tokenizer();
    assertThat(pieces(tokenizer, "我想我")).containsExactly("我想", "<unk>");
  }

  @Test
  void takesUserDefinedPiecesWhole() {
    ModelWriter writer = ModelWriter.bpe().pieces("▁", "a", "b", "ab", "▁a", "<", "x", "xa");
    writer.piece("<x>", 0, PieceType.USER_DEFINED).piece("<x>a", 0, PieceType.USER_DEFINED);
    writer.piece("▁▁", 0, PieceType.USER_DEFINED).piece("x", 0, PieceType.CONTROL);
    Tokenizer tokenizer = writer.tokenizer();
    assertThat(pieces(tokenizer, "<x>b<x>ab<x"))
        .containsExactly("▁", "<x>", "b", "<x>a", "b", "<", "x");
    // The dummy prefix is there when user-defined pieces are looked for: two and two.
    assertThat(pieces(tokenizer, "   ab")).containsExactly("▁▁", "▁▁", "ab");
    assertThat(tokenizer.decode(tokenizer.encode("  <x>ab  a"))).isEqualTo("  <x>ab  a");
  }

  @Test
  void splitsUnusedPiecesAgain() {
    ModelWriter writer = ModelWriter.bpe().normalizer(3, 0).pieces("a", "b", "c", "d", "ab");
    writer.piece("abc", -6, PieceType.UNUSED).piece("abcd", -7, PieceType.UNUSED);
    writer.piece("e", 0, PieceType.UNUSED);
    Tokenizer tokenizer = writer.tokenizer();
    assertThat(pieces(tokenizer, "abcd")).containsExactly("ab", "c", "d");
    assertThat(pieces(tokenizer, "abcabe")).containsExactly("ab", "c", "ab", "e");
  }

  @Test
  void neverMakesControlTokensOrBytesFromText() {
    ModelWriter writer = ModelWriter.bpe().normalizer(3, 0).allBytes();
    writer.pieces("<", "s", ">", "<s", "0", "x", "A", "0x", "<0x", "<0x0", "<0x0A");
    Tokenizer tokenizer = writer.tokenizer();
    assertThat(pieces(tokenizer, "<s><0x0A>")).containsExactly("<s", ">", "<0x0A", ">");
    assertThat(tokenizer.encodeSpecial("<s><unk><0x0A>").length).isEqualTo(4);
    assertThat(tokenizer.encodeSpecial("<s><unk>")).containsExactly(1, 0);
  }

  @Test
  void putsTheDummyPrefixBehindTheTextWhereTheModelSaysSo() {
    ModelWriter writer = ModelWriter.bpe().trainer(24, 1).pieces("▁", "a", "b", "a▁", "b▁");
    assertThat(pieces(writer.tokenizer(), "a b")).containsExactly("a▁", "b▁");
    assertThat(pieces(writer.tokenizer(), "")).isEmpty();
  }

  @Test
  void removesExtraWhitespaces() {
    ModelWriter writer = ModelWriter.bpe().normalizer(4, 1).pieces("▁", "a", "▁a", "\t");
    Tokenizer tokenizer = writer.tokenizer();
    assertThat(pieces(tokenizer, "   a   a  ")).containsExactly("▁a", "▁a");
    assertThat(pieces(tokenizer, "    ")).isEmpty();
    assertThat(pieces(tokenizer, "a\t a")).containsExactly("▁a", "\t", "▁a");
    // U+2581 at the end is a space as well by then; in the middle it is not.
    assertThat(pieces(tokenizer, "a▁▁a▁ ▁")).containsExactly("▁a", "▁", "▁a");
    int space = tokenizer.id("▁").orElseThrow();
    int word = tokenizer.id("▁a").orElseThrow();
    assertThat(tokenizer.decode(space, space, word, space, word)).isEqualTo("a  a");
  }

  @Test
  void leavesSpacesPlainWhereTheModelSaysSo() {
    ModelWriter writer = ModelWriter.bpe().normalizer(5, 0).pieces(" ", "a", " a");
    assertThat(pieces(writer.tokenizer(), "a a")).containsExactly(" a", " a");
  }

  @Test
  void replacesCharactersAsTheCharsmapSays() {
    // A double array for the one key "x" with the value 0, its replacement "aa":
    // root at 0 with its children at 1 + label; 'x' there with a leaf; the leaf's value.
    int[] units = new int[256];
    units[0] = 1 << 10;
    int x = 1 ^ 'x';
    units[x] = 2 << 10 | 1 << 8 | 'x';
    units[x ^ 2] = 0x8000_0000;
    ByteBuffer blob = ByteBuffer.allocate(4 + 1024 + 3).order(ByteOrder.LITTLE_ENDIAN);
    blob.putInt(1024);
    for (int unit : units) {
      blob.putInt(unit);
    }
    blob.put("aa\0".getBytes(StandardCharsets.US_ASCII));
    ModelWriter writer = ModelWriter.bpe().charsmap(blob.array()).pieces("▁", "a", "b", "aa");
    assertThat(pieces(writer.tokenizer(), "bxb")).containsExactly("▁", "b", "aa", "b");
    writer.piece("xb", 0, PieceType.USER_DEFINED);
    assertThat(pieces(writer.tokenizer(), "bxbx")).containsExactly("▁", "b", "xb", "aa");
  }

  @Test
  void findsSpecialTokensByTheirNames() {
    Tokenizer tokenizer =
        new ModelWriter()
            .trainer(3, 2)
            .trainer(46, "<bos>")
            .piece("<pad>", 0, PieceType.CONTROL)
            .piece("<bos>", 0, PieceType.CONTROL)
            .piece("<unk>", 0, PieceType.UNKNOWN)
            .pieces("a")
            .tokenizer();
    assertThat(tokenizer.special().bos()).hasValue(1);
    assertThat(tokenizer.special().eos()).isEmpty();
    assertThat(tokenizer.special().unk()).hasValue(2);
    assertThat(tokenizer.special().pad()).hasValue(0);
  }

  @Test
  void skipsUnknownFieldsAndRefusesGroups() {
    byte[] varint = {(byte) 0xFF, 0x01};
    assertThat(ModelWriter.bpe().pieces("a").model(999 << 3, varint).tokenizer().size())
        .isEqualTo(4);
    assertThatThrownBy(() -> ModelWriter.bpe().pieces("a").model(4 << 3 | 3, varint).tokenizer())
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("wire type 3");
  }

  @Test
  void refusesWhatCannotBeRight() {
    List<ModelWriter> wrong = new ArrayList<>();
    wrong.add(new ModelWriter());
    wrong.add(new ModelWriter().trainer(3, 2));
    wrong.add(new ModelWriter().trainer(3, 2).pieces("a"));
    wrong.add(ModelWriter.bpe().pieces("a", "a"));
    wrong.add(ModelWriter.bpe().pieces(""));
    wrong.add(ModelWriter.bpe().pieces("a".repeat(8000)));
    wrong.add(ModelWriter.bpe().piece("a", Float.NaN, PieceType.NORMAL));
    wrong.add(ModelWriter.bpe().piece("a", 0, PieceType.BYTE));
    wrong.add(ModelWriter.bpe().trainer(35, 1).pieces("a"));
    wrong.add(ModelWriter.bpe().pieces("a").charsmap(new byte[] {9, 0, 0, 0, 1}));
    wrong.add(ModelWriter.bpe().pieces("a").model(1 << 3 | 2, new byte[] {-1, -1, -1, -1, 15}));
    for (ModelWriter writer : wrong) {
      assertThatThrownBy(writer::tokenizer)
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("tiny.model");
    }
  }
}
