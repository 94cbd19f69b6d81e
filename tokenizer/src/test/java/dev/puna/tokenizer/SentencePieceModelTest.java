package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real models against the ids of sentencepiece 0.1.97. */
class SentencePieceModelTest {
  @ParameterizedTest
  @CsvSource({
    "llama2/tokenizer, llama2",
    "llama2enzh/tokenizer, llama2enzh",
    "chatglm2/tokenizer, chatglm2",
    "internlm/tokenizer, internlm",
    "baichuan/tokenizer, baichuan_7b",
    "chinese_sp/chinese_sp, chinese_sp"
  })
  void agreesWithSentencePiece(String model, String vectors) {
    Vectors expected = Vectors.read(vectors);
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/" + model + ".model"));
    assertThat(tokenizer.size()).isEqualTo(expected.size());
    assertThat(tokenizer.special())
        .isEqualTo(
            new Special(
                id(expected.bos()),
                id(expected.eos()),
                id(expected.unk()),
                id(expected.pad()),
                true,
                false));
    assertThat(expected.cases()).hasSizeGreaterThan(30);
    for (Vectors.Case c : expected.cases()) {
      assertThat(tokenizer.encode(c.text())).as(c.text()).isEqualTo(c.ids());
      assertThat(Arrays.stream(c.ids()).mapToObj(tokenizer::piece).toList()).isEqualTo(c.pieces());
      assertThat(tokenizer.decode(c.ids())).as(c.text()).isEqualTo(c.decoded());
    }
  }

  private static OptionalInt id(int id) {
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Test
  void refusesWordModels() {
    ModelWriter writer = ModelWriter.bpe().trainer(3, 3).pieces("▁a");
    assertThatThrownBy(writer::tokenizer)
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("tiny.model: it is a Word model");
  }

  @Test
  void findsIdsByPiece() {
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/llama2/tokenizer.model"));
    assertThat(tokenizer.id("▁Hello")).hasValue(15043);
    assertThat(tokenizer.id("<s>")).hasValue(1);
    assertThat(tokenizer.id("<0x0A>")).hasValue(13);
    assertThat(tokenizer.id("no such piece")).isEmpty();
    assertThat(tokenizer.id("")).isEmpty();
  }

  @Test
  void encodesNamesOfControlTokensAsTextUnlessAsked() {
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/llama2/tokenizer.model"));
    assertThat(tokenizer.encode("<s>Hello</s>")).doesNotContain(1, 2);
    assertThat(tokenizer.decode(tokenizer.encode("<s>Hello</s>"))).isEqualTo("<s>Hello</s>");
    assertThat(tokenizer.encodeSpecial("<s>Hello</s><s>Hello"))
        .containsExactly(1, 15043, 2, 1, 15043);
    assertThat(tokenizer.encodeSpecial("Hello")).containsExactly(15043);
    assertThat(tokenizer.encodeSpecial("")).isEmpty();
    assertThat(tokenizer.decode(1, 15043, 2)).isEqualTo("Hello");
    assertThat(tokenizer.decode(0)).isEqualTo(" \u2047 ");
  }

  @Test
  void encodesLoneSurrogatesAsReplacementAndKeepsZero() {
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/llama2/tokenizer.model"));
    assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db\uDE01"))).isEqualTo("a\uFFFDb\uFFFD");
    assertThat(tokenizer.decode(tokenizer.encode("a\0b\0"))).isEqualTo("a\0b\0");
  }

  @Test
  void encodesWithTheStoryModel() {
    var file = Shared.file("models/stories-7m/tokenizer.model");
    Tokenizer tokenizer = SentencePieceModel.read(file);
    String story = Shared.text("data/tinystories/valid.txt");
    int[] ids = tokenizer.encode(story);
    assertThat(tokenizer.decode(ids)).isEqualTo(story);
    // The line break is a user-defined piece: one token each.
    int newline = tokenizer.id("\n").orElseThrow();
    assertThat(Arrays.stream(ids).filter(id -> id == newline).count())
        .isEqualTo(story.chars().filter(c -> c == '\n').count());
    assertThat((double) story.length() / ids.length).isBetween(3.0, 5.0);
  }

  @Test
  void refusesIdsOutside() {
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/llama2/tokenizer.model"));
    assertThatThrownBy(() -> tokenizer.decode(32000)).hasMessageContaining("32000");
    assertThatThrownBy(() -> tokenizer.piece(-1)).isInstanceOf(PunaException.class);
  }
}
