package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainTokenizerTest {
  @TempDir private Path folder;
  private String corpus;

  @BeforeEach
  void writeCorpus() throws IOException {
    String text = "The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n";
    corpus = Files.writeString(folder.resolve("corpus.txt"), text.repeat(20)).toString();
  }

  @ParameterizedTest
  @CsvSource({"bpe, a.model", "unigram, a.model", "byte-bpe, a.json"})
  void whatItTrainsCanBeUsed(String kind, String name) {
    String out = folder.resolve(name).toString();
    Puna trained =
        Puna.run("train-tokenizer", corpus, corpus, out, "--kind", kind, "--vocab", "295");
    assertThat(trained.err()).isEmpty();
    assertThat(trained.status()).isZero();
    assertThat(trained.out()).contains("295 pieces (" + kind + ")");
    Puna tokens = Puna.run("tokenize", "-m", out, "-p", "the dog");
    assertThat(tokens.status()).isZero();
    assertThat(tokens.out().lines().count()).isBetween(2L, 7L);
  }

  @Test
  void printsFigures() {
    String out = folder.resolve("t.model").toString();
    Puna trained =
        Puna.run("train-tokenizer", corpus, out, "--kind", "BPE", "--vocab", "290", "--json");
    assertThat(trained.out())
        .contains("\"kind\":\"bpe\"", "\"pieces\":290", "\"corpus_bytes\":1360");
  }

  @ParameterizedTest
  @CsvSource({
    "bpe, t.model, 5000, too large for this corpus",
    "unigram, t.model, 100, has no room for",
    "byte-bpe, t.model, 300, neither a .json file nor a folder",
    "bpe, t.json, 300, does not end in .model"
  })
  void failsInOneLine(String kind, String name, String size, String message) {
    String out = folder.resolve(name).toString();
    Puna failed = Puna.run("train-tokenizer", corpus, out, "--kind", kind, "--vocab", size);
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains(message).hasLineCount(1);
    assertThat(Path.of(out)).doesNotExist();
  }

  @Test
  void explainsWrongUsage() {
    assertThat(Puna.run("train-tokenizer", corpus, "--kind", "bpe", "--vocab", "300").status())
        .isEqualTo(2);
    assertThat(
            Puna.run("train-tokenizer", corpus, "t.model", "--kind", "word", "--vocab", "300")
                .err())
        .contains("bpe", "unigram", "byte-bpe");
    assertThat(Puna.run("train-tokenizer", "--help").out()).contains("CORPUS... OUT", "Examples:");
  }
}
