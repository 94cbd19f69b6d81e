package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Llama2cTokenizerTest {
  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama2enzh"})
  void givesTheIdsOfSentencePiece(String name) {
    Tokenizer tokenizer =
        Llama2cTokenizer.read(Shared.file("tokenizers/" + name + "/tokenizer.bin"));
    for (Vectors.Case c : Vectors.read(name).cases()) {
      assertThat(tokenizer.encode(c.text())).as(c.text()).isEqualTo(c.ids());
      assertThat(tokenizer.decode(c.ids())).as(c.text()).isEqualTo(c.decoded());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama2enzh"})
  void holdsTheVocabularyOfTheModel(String name) {
    SentencePieceVocabulary bin =
        Llama2cTokenizer.vocabulary(Shared.file("tokenizers/" + name + "/tokenizer.bin"));
    SentencePieceVocabulary model =
        SentencePieceModel.vocabulary(Shared.file("tokenizers/" + name + "/tokenizer.model"));
    assertThat(bin.pieces()).isEqualTo(model.pieces());
    assertThat(bin.scores()).isEqualTo(model.scores());
    assertThat(bin.ggmlTypes()).isEqualTo(model.ggmlTypes());
    assertThat(bin.special()).isEqualTo(model.special());
    assertThat(bin.options()).isEqualTo(model.options());
  }

  @Test
  void roundTripsWithTheSmallVocabulary() {
    Tokenizer tokenizer = Llama2cTokenizer.read(Shared.file("models/tok512.bin"));
    assertThat(tokenizer.size()).isEqualTo(512);
    List<String> texts =
        List.of(
            "Once upon a time, there was a little girl named Lily.",
            "  two  spaces ",
            "tab\tand\nnew line",
            "Ünïcödé 我想 😁",
            "\u2581");
    for (String text : texts) {
      String expected = text.replace('\u2581', ' ');
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(expected);
    }
    String story = Shared.text("data/tinystories/valid.txt");
    assertThat(tokenizer.decode(tokenizer.encode(story))).isEqualTo(story);
  }
}
