package dev.puna.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceModel;
import dev.puna.tokenizer.SentencePieceModelWriter;
import dev.puna.tokenizer.SentencePieceTokenizer;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Shared;
import dev.puna.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SentencePieceTrainerTest {
  private static final String STORIES = "data/tinystories/valid.txt";

  @TempDir private Path folder;

  private static SentencePieceVocabulary train(
      SentencePieceTraining training, int threads, Path... files) {
    return new SentencePieceTrainer(training)
        .train(List.of(files), threads, TrainingProgress.NONE)
        .vocabulary();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("corpus.txt"), text);
  }

  private static SentencePieceTraining training(
      Kind kind, int size, boolean bytes, SentencePieceTraining.Splits splits) {
    return new SentencePieceTraining(
        kind,
        size,
        1,
        new SentencePieceTraining.Symbols(List.of("<ctl>"), List.of("<usr>", "ing")),
        splits,
        new Options(true, false, true, false, bytes, SentencePieceVocabulary.UNK_SURFACE));
  }

  /**
   * What spm_train 0.1.97 makes of the same text: {@code --model_type=bpe --vocab_size=1000
   * --character_coverage=1 --normalization_rule_name=identity --remove_extra_whitespaces=false}.
   */
  @Test
  void learnsThePiecesThatSentencePieceLearns() throws IOException {
    SentencePieceTraining training =
        new SentencePieceTraining(
            Kind.BPE,
            1000,
            1,
            new SentencePieceTraining.Symbols(List.of(), List.of()),
            SentencePieceTraining.Splits.DEFAULT,
            new Options(true, false, true, false, false, SentencePieceVocabulary.UNK_SURFACE));
    SentencePieceVocabulary learned = train(training, 2, Shared.file(STORIES));
    try (InputStream in = getClass().getResourceAsStream("spm-bpe-1000.txt")) {
      assertThat(learned.pieces())
          .isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    }
    assertThat(learned.scores()[3 + 499]).isEqualTo(-499);
  }

  @ParameterizedTest
  @EnumSource(names = {"BPE", "UNIGRAM"})
  void doesNotDependOnTheNumberOfThreads(Kind kind) {
    Path corpus = Shared.file(STORIES);
    SentencePieceTraining training = SentencePieceTraining.of(kind, 1500);
    byte[] one = SentencePieceModelWriter.bytes(train(training, 1, corpus));
    assertThat(SentencePieceModelWriter.bytes(train(training, 3, corpus))).isEqualTo(one);
  }

  /** Against the vocabulary of a published model: 2048 pieces of BPE from the same stories. */
  @ParameterizedTest
  @EnumSource(names = {"BPE", "UNIGRAM"})
  void compressesAsWellAsAPublishedVocabulary(Kind kind) {
    Tokenizer published = SentencePieceModel.read(Shared.file("models/stories-7m/tokenizer.model"));
    Path corpus = Shared.file("data/tinystories/train_02.txt");
    Tokenizer trained =
        SentencePieceTokenizer.of(train(SentencePieceTraining.of(kind, 2048), 2, corpus));
    // Without line breaks, for which the published vocabulary has a piece of its own.
    String text = Shared.text(STORIES).replace('\n', ' ');
    double ratio = (double) trained.encode(text).length / published.encode(text).length;
    assertThat(ratio).isBetween(0.9, 1.03);
    assertThat(trained.decode(trained.encode(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @EnumSource(names = {"BPE", "UNIGRAM"})
  void writesAFileThatIsReadAsItWas(Kind kind) {
    SentencePieceVocabulary v =
        train(
            training(kind, 800, true, SentencePieceTraining.Splits.DEFAULT),
            2,
            Shared.file(STORIES));
    Path file = folder.resolve("tokenizer.model");
    SentencePieceModelWriter.write(v, file);
    SentencePieceVocabulary read = SentencePieceModel.vocabulary(file);
    assertThat(read.pieces()).isEqualTo(v.pieces());
    assertThat(read.scores()).isEqualTo(v.scores());
    assertThat(read.types()).isEqualTo(v.types());
    assertThat(read.kind()).isEqualTo(kind);
    assertThat(read.options()).isEqualTo(v.options());
    assertThat(read.special()).isEqualTo(v.special());
    assertThat(read.pieces().subList(0, 6))
        .containsExactly("<unk>", "<s>", "</s>", "<ctl>", "<usr>", "ing");
    assertThat(read.types()[6]).isEqualTo(PieceType.BYTE);
    Tokenizer tokenizer = SentencePieceTokenizer.of(read);
    assertThat(tokenizer.encode("talking <usr>")).contains(4, 5).doesNotContain(0);
    assertThat(tokenizer.encodeSpecial("<ctl>")).containsExactly(3);
    // No piece was learned across one that is always taken whole.
    assertThat(read.pieces().subList(6, 800)).noneMatch(piece -> piece.contains("ing"));
  }

  @ParameterizedTest
  @EnumSource(names = {"BPE", "UNIGRAM"})
  void learnsNoPieceAcrossBoundaries(Kind kind) throws IOException {
    Path corpus =
        file("ab12 ab12cd 我想ab 我想カタ! xyz12\n".repeat(20) + "qrstuvwxyzqrstuvwxyz\n".repeat(9));
    SentencePieceTraining.Splits splits = new SentencePieceTraining.Splits(true, true, true, 6);
    SentencePieceVocabulary v =
        train(training(kind, kind == Kind.BPE ? 45 : 36, false, splits), 1, corpus);
    List<String> learned = v.pieces().subList(6, v.size());
    assertThat(learned).contains("▁ab", "▁我想", "1", "2");
    assertThat(learned).noneMatch(p -> p.length() > 1 && p.matches(".*[0-9!].*"));
    assertThat(learned).noneMatch(p -> p.matches(".*[a-z].*[我想].*|.*[我想].*[a-z].*"));
    assertThat(learned).noneMatch(p -> p.indexOf('▁') > 0 || p.length() > 6);
    assertThat(v.pieces().stream().filter(p -> p.equals("▁"))).hasSize(1);
  }

  @Test
  void keepsSpacesWithinPiecesWhereAsked() throws IOException {
    Path corpus = file("one two one two one two\n".repeat(50));
    SentencePieceTraining.Splits splits = new SentencePieceTraining.Splits(false, true, false, 16);
    for (Kind kind : List.of(Kind.BPE, Kind.UNIGRAM)) {
      List<String> pieces =
          train(training(kind, kind == Kind.BPE ? 20 : 14, false, splits), 1, corpus).pieces();
      assertThat(pieces).anyMatch(p -> p.indexOf('▁', 1) > 0).noneMatch(p -> p.matches(".+▁"));
    }
  }

  @Test
  void leavesRareCharactersToBytes() throws IOException {
    Path corpus = file("the cat sat on the mat\n".repeat(1000) + "我\n");
    assertThat(train(SentencePieceTraining.of(Kind.BPE, 275), 1, corpus).pieces())
        .doesNotContain("我")
        .contains("▁the");
  }

  @ParameterizedTest
  @EnumSource(names = {"BPE", "UNIGRAM"})
  void saysWhichSizesAreImpossible(Kind kind) throws IOException {
    Path corpus = file("abcabd abcabd\n".repeat(3));
    SentencePieceTraining.Splits splits = SentencePieceTraining.Splits.DEFAULT;
    assertThatThrownBy(() -> train(training(kind, 10, false, splits), 1, corpus))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("no room for the text's 5 characters and 6 symbols")
        .hasMessageContaining("at least 11 pieces");
    assertThatThrownBy(() -> train(training(kind, 5000, false, splits), 1, corpus))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("5000 pieces is too large")
        .satisfies(
            e -> {
              int most =
                  Integer.parseInt(e.getMessage().replaceAll("(?s).*at most (\\d+) .*", "$1"));
              assertThat(train(training(kind, most, false, splits), 1, corpus).size())
                  .isEqualTo(most);
            });
  }

  @Test
  void refusesWhatCannotBeTrained() throws IOException {
    Path blank = file("\n \n\t\n");
    SentencePieceTraining training = SentencePieceTraining.of(Kind.UNIGRAM, 300);
    assertThatThrownBy(() -> train(training, 1, blank))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("nothing but blanks");
    assertThatThrownBy(() -> SentencePieceTraining.of(Kind.CHARACTERS, 300))
        .isInstanceOf(PunaException.class);
    assertThatThrownBy(
            () ->
                new SentencePieceTrainer(
                    new SentencePieceTraining(
                        Kind.BPE,
                        300,
                        1,
                        new SentencePieceTraining.Symbols(List.of("</s>"), List.of()),
                        SentencePieceTraining.Splits.DEFAULT,
                        training.options())))
        .hasMessageContaining("'</s>' is there twice");
  }

  @Test
  void writesAPublishedVocabularyAsItWas() {
    for (String name : List.of("llama2/tokenizer.model", "chinese_sp/chinese_sp.model")) {
      SentencePieceVocabulary v = SentencePieceModel.vocabulary(Shared.file("tokenizers/" + name));
      Path file = folder.resolve("again.model");
      SentencePieceModelWriter.write(v, file);
      String text = "Hello ﬁne world 我想 ①\n" + Shared.text(STORIES).substring(0, 3000);
      assertThat(SentencePieceModel.read(file).encode(text))
          .isEqualTo(SentencePieceTokenizer.of(v).encode(text));
      assertThat(SentencePieceModel.vocabulary(file).special()).isEqualTo(v.special());
    }
  }
}
