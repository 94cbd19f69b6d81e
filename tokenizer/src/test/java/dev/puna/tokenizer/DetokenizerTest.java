package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tokenizer.text.IntArray;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetokenizerTest {
  private static final ModelWriter TINY =
      ModelWriter.bpe().allBytes().pieces("▁", "a", "我", "▁a", "▁▁");

  private static int[] bytes(String hex) {
    return hex.isEmpty()
        ? new int[0]
        : java.util.Arrays.stream(hex.split(" "))
            .mapToInt(b -> 3 + Integer.parseInt(b, 16))
            .toArray();
  }

  /** One U+FFFD for each byte that begins no character: SentencePiece's way, not Java's. */
  @ParameterizedTest
  @CsvSource({
    "E6 88 91, 我",
    "F0 9F 98 81, 😁",
    "F0 9F 98, ???",
    "E6 88 41, ??A",
    "C0 80, ??",
    "ED A0 80, ???",
    "F4 90 80 80, ????",
    "F5, ?",
    "80 41, ?A",
    "E6 E6 88 91, ?我",
    "F0 9F E6 88 91 FF, ??我?",
    "EF BF BD, ?",
    "00, '\0'",
  })
  void joinsBytes(String hex, String text) {
    String expected = text.replace('?', '\uFFFD');
    assertThat(TINY.tokenizer().decode(bytes(hex))).isEqualTo(expected);
  }

  @Test
  void emitsWholeCharactersOnly() {
    Detokenizer detokenizer = TINY.tokenizer().detokenizer(true);
    int[] ids = bytes("F0 9F 98 81 E6 88");
    assertThat(detokenizer.next(ids[0])).isEmpty();
    assertThat(detokenizer.next(ids[1])).isEmpty();
    assertThat(detokenizer.next(ids[2])).isEmpty();
    assertThat(detokenizer.next(ids[3])).isEqualTo("😁");
    assertThat(detokenizer.next(ids[4])).isEmpty();
    assertThat(detokenizer.next(ids[5])).isEmpty();
    assertThat(detokenizer.finish()).isEqualTo("\uFFFD\uFFFD");
    assertThat(detokenizer.finish()).isEmpty();
  }

  @Test
  void stripsTheDummyPrefixAtTheStartOnly() {
    SentencePieceTokenizer tokenizer = TINY.tokenizer();
    int word = tokenizer.id("▁a").orElseThrow();
    int spaces = tokenizer.id("▁▁").orElseThrow();
    assertThat(tokenizer.decode(word, word)).isEqualTo("a a");
    assertThat(tokenizer.decode(1, word)).isEqualTo("a");
    assertThat(tokenizer.decode(spaces, word)).isEqualTo("  a");
    assertThat(tokenizer.decode(bytes("41")[0], word)).isEqualTo("A a");
    assertThat(tokenizer.decode(0, word)).isEqualTo(" \u2047  a");
    assertThat(tokenizer.detokenizer(false).next(word)).isEqualTo(" a");
    assertThat(tokenizer.detokenizer(true).next(word)).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "tokenizers/llama2/tokenizer.model", "tokenizers/baichuan/tokenizer.model"})
  void joinedEqualsDecodeOfAll(String model) {
    Tokenizer tokenizer =
        model.isEmpty() ? TINY.tokenizer() : SentencePieceModel.read(Shared.file(model));
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      int[] ids = randomIds(random, tokenizer);
      Detokenizer detokenizer = tokenizer.detokenizer(true);
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        String next = detokenizer.next(id);
        assertThat(next.isEmpty() || !Character.isHighSurrogate(next.charAt(next.length() - 1)))
            .isTrue();
        text.append(next);
      }
      String all = text.append(detokenizer.finish()).toString();
      assertThat(all).isEqualTo(tokenizer.decode(ids));
      assertThat(all)
          .isEqualTo(new String(all.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
    }
  }

  /** Ids of all kinds, among them characters in bytes, whole and cut short. */
  private static int[] randomIds(Random random, Tokenizer tokenizer) {
    IntArray ids = new IntArray();
    for (int i = random.nextInt(12); i >= 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> ids.add(random.nextInt(tokenizer.size()));
        case 1 -> ids.add(random.nextInt(3));
        case 2 -> addByte(ids, tokenizer, random.nextInt(256));
        default -> {
          byte[] bytes = "é我😁".getBytes(StandardCharsets.UTF_8);
          int from = random.nextInt(bytes.length);
          for (int at = from; at < Math.min(bytes.length, from + 4); at++) {
            addByte(ids, tokenizer, bytes[at] & 0xFF);
          }
        }
      }
    }
    return ids.toArray();
  }

  private static void addByte(IntArray ids, Tokenizer tokenizer, int value) {
    ids.add(tokenizer.id("<0x%02X>".formatted(value)).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama2enzh", "chatglm2", "internlm"})
  void decodeUndoesEncode(String model) {
    Tokenizer tokenizer =
        SentencePieceModel.read(Shared.file("tokenizers/" + model + "/tokenizer.model"));
    Random random = new Random(4);
    for (int round = 0; round < 1000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(40); i > 0; i--) {
        text.appendCodePoint(randomCharacter(random));
      }
      // U+2581 is how a space is written inside; it cannot come back as itself.
      String expected = text.toString().replace('\u2581', ' ');
      assertThat(tokenizer.decode(tokenizer.encode(text.toString()))).isEqualTo(expected);
    }
  }

  private static int randomCharacter(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> ' ';
      case 1 -> random.nextInt(0x80);
      case 2 -> random.nextInt(0x2600);
      case 3 -> 0x4E00 + random.nextInt(0x5000);
      default -> {
        int point = random.nextInt(Character.MAX_CODE_POINT + 1);
        yield point >= 0xD800 && point < 0xE000 ? 'x' : point;
      }
    };
  }
}
