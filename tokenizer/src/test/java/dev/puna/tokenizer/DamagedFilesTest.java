package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedFilesTest {
  @TempDir private Path folder;

  @Test
  void mutatedModelsLoadOrAreRefused() throws IOException {
    byte[] file = Files.readAllBytes(Shared.file("models/stories-7m/tokenizer.model"));
    mutate(file, 500, SentencePieceModel::vocabulary);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "baichuan"})
  void mutatedLargeModelsLoadOrAreRefused(String name) throws IOException {
    byte[] file = Files.readAllBytes(Shared.file("tokenizers/" + name + "/tokenizer.model"));
    mutate(file, 40, SentencePieceModel::vocabulary);
  }

  @ParameterizedTest
  @ValueSource(strings = {"chinese_sp/chinese_sp.model", "chatglm_6b/ice_text.model"})
  void mutatedUnigramModelsLoadOrAreRefused(String name) throws IOException {
    byte[] file = Files.readAllBytes(Shared.file("tokenizers/" + name));
    mutate(file, file.length < 1 << 20 ? 120 : 20, SentencePieceModel::vocabulary);
  }

  @Test
  void aMutatedTinyUnigramModelLoadsOrIsRefused() {
    ModelWriter writer = ModelWriter.of(1).allBytes().pieces("▁", "e", "l", "o", "▁e", "ll");
    mutate(
        writer.piece("<s>", 0, PieceType.USER_DEFINED).write(),
        2000,
        SentencePieceModel::vocabulary);
  }

  @Test
  void mutatedLlama2cFilesLoadOrAreRefused() throws IOException {
    mutate(Files.readAllBytes(Shared.file("models/tok512.bin")), 500, Llama2cTokenizer::vocabulary);
  }

  @Test
  void aMutatedTinyModelLoadsOrIsRefused() {
    byte[] file = ModelWriter.bpe().allBytes().pieces("▁", "e", "l", "o", "▁e", "ll").write();
    mutate(file, 2000, SentencePieceModel::vocabulary);
  }

  private static void mutate(
      byte[] file, int rounds, BiFunction<String, byte[], SentencePieceVocabulary> reader) {
    Random random = new Random(5);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] mutant = mutant(file, random);
      refused +=
          Assertions.assertTimeout(Duration.ofSeconds(2), () -> refuses(mutant, reader)) ? 1 : 0;
    }
    // Were it none, the mutations would test nothing.
    assertThat(refused).isPositive();
  }

  private static boolean refuses(
      byte[] file, BiFunction<String, byte[], SentencePieceVocabulary> reader) {
    SentencePieceTokenizer tokenizer;
    try {
      tokenizer = SentencePieceTokenizer.of(reader.apply("mutant", file));
    } catch (PunaException e) {
      assertThat(e).hasMessageContaining("mutant");
      return true;
    }
    int[] ids = tokenizer.encode("Hello world");
    tokenizer.encodeSpecial("<s>Hello</s> world");
    assertThat(tokenizer.decode(ids)).isNotNull();
    return false;
  }

  private static byte[] mutant(byte[] file, Random random) {
    byte[] mutant = file.clone();
    if (random.nextInt(5) == 0) {
      return Arrays.copyOf(mutant, random.nextInt(mutant.length));
    }
    for (int i = random.nextInt(10); i >= 0; i--) {
      // Most of what decides lies at the start and at the end.
      int at = random.nextInt(mutant.length);
      at = random.nextBoolean() ? at : at % Math.min(mutant.length, 300);
      at = random.nextInt(3) > 0 ? at : mutant.length - 1 - at;
      mutant[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1 << random.nextInt(8));
    }
    return mutant;
  }

  @Test
  void refusesWhatIsNoTokenizer() throws IOException {
    Path absent = folder.resolve("absent.model");
    assertThatThrownBy(() -> SentencePieceModel.read(absent))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("absent.model does not exist");
    assertThatThrownBy(() -> SentencePieceModel.read(folder)).isInstanceOf(PunaException.class);
    Path pointer = folder.resolve("tokenizer.model");
    Files.writeString(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
    assertThatThrownBy(() -> SentencePieceModel.read(pointer)).hasMessageContaining("git lfs pull");
    Path empty = folder.resolve("empty.bin");
    Files.write(empty, new byte[0]);
    assertThatThrownBy(() -> Llama2cTokenizer.read(empty)).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> SentencePieceModel.read(empty)).isInstanceOf(PunaException.class);
    Path huge = folder.resolve("huge.bin");
    Files.write(huge, new byte[] {7, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, 127});
    assertThatThrownBy(() -> Llama2cTokenizer.read(huge))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("claims 2147483647 bytes");
  }

  /** A megabyte of one letter is one stretch; the cost has to stay n log n. */
  @ParameterizedTest
  @ValueSource(strings = {"a", " ", "\n", "我", "ab", "😁", "<s>"})
  void longRunsTakeLittleTime(String unit) {
    Tokenizer tokenizer = SentencePieceModel.read(Shared.file("tokenizers/llama2/tokenizer.model"));
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids =
        Assertions.assertTimeout(Duration.ofSeconds(10), () -> tokenizer.encodeSpecial(text));
    String expected = unit.equals("<s>") ? "" : text;
    assertThat(tokenizer.decode(ids).equals(expected)).isTrue();
  }
}
