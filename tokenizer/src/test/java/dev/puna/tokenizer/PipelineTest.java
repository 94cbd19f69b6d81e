package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.json.TokenizerJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineTest {
  private static final String[] FILES = {
    "tokenizers/gpt2/vocab.json",
    "tokenizers/qwen1/qwen.tiktoken",
    "tokenizers/bge/bge-small-en-v1.5-tokenizer.json",
    "tokenizers/gguf/ggml-vocab-deepseek-llm.gguf",
    "tokenizers/gguf/ggml-vocab-bert-bge.gguf"
  };

  /** Whatever ids come: all parts together are the text, and no part ends within a character. */
  @Test
  void oneIdAtATimeGivesTheSameText() {
    for (String file : FILES) {
      Tokenizer tokenizer = TokenizerReader.read(Shared.file(file));
      Random random = new Random(11);
      for (int round = 0; round < 300; round++) {
        int[] ids = random.ints(random.nextInt(20), 0, tokenizer.size()).toArray();
        StringBuilder text = new StringBuilder();
        Detokenizer detokenizer = tokenizer.detokenizer(true);
        for (int id : ids) {
          String part = detokenizer.next(id);
          assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1)))
              .isTrue();
          text.append(part);
        }
        text.append(detokenizer.finish());
        assertThat(text.toString()).as(file).isEqualTo(tokenizer.decode(ids));
      }
    }
  }

  /** The three ids of an emoji in GPT-2's vocabulary, of which none is a character. */
  @Test
  void neverHalfACharacter() {
    Tokenizer tokenizer = TokenizerReader.read(Shared.file("tokenizers/gpt2/vocab.json"));
    int[] ids = tokenizer.encode("🦙");
    assertThat(ids).hasSizeGreaterThan(2);
    Detokenizer detokenizer = tokenizer.detokenizer(true);
    for (int i = 0; i < ids.length - 1; i++) {
      assertThat(detokenizer.next(ids[i])).isEmpty();
    }
    assertThat(detokenizer.next(ids[ids.length - 1])).isEqualTo("🦙");
    assertThat(detokenizer.next(ids[0])).isEmpty();
    assertThat(detokenizer.finish()).isEqualTo("\uFFFD");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void longRunsTakeLittleTime(int index) {
    Tokenizer tokenizer = TokenizerReader.read(Shared.file(FILES[index]));
    for (String unit : List.of("a", " ", "1", "中", "\uD83D\uDC68\u200D", "<|", "\u0301")) {
      String text = unit.repeat((1 << 20) / unit.getBytes(StandardCharsets.UTF_8).length);
      int[] ids =
          Assertions.assertTimeout(Duration.ofSeconds(8), () -> tokenizer.encodeSpecial(text));
      assertThat(ids.length).isLessThanOrEqualTo(1 << 20);
    }
  }

  /** Of added tokens the special ones are found only when asked for. */
  @ParameterizedTest
  @CsvSource({
    "'a<s>b', '0 2 1', '0 3 3 3 1'",
    "'a <s> b', '0 2 1', '0 3 3 3 1'",
    "'a<t>b', '0 4 1', '0 4 1'",
  })
  void addedTokens(String text, String special, String plain) {
    Tokenizer tokenizer =
        json(
            """
            {"added_tokens": [
               {"id": 2, "content": "<s>", "special": true, "lstrip": true, "rstrip": true,
                "normalized": false},
               {"id": 4, "content": "<t>", "special": false, "normalized": false}],
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "u": 3}, "unk_token": "u"}}
            """);
    assertThat(joined(tokenizer.encodeSpecial(text))).isEqualTo(special);
    assertThat(joined(tokenizer.encode(text))).isEqualTo(plain);
  }

  private static String joined(int[] ids) {
    StringBuilder out = new StringBuilder();
    for (int id : ids) {
      out.append(out.isEmpty() ? "" : " ").append(id);
    }
    return out.toString();
  }

  /** Special tokens have no text, but what stands for unknown characters shows. */
  @Test
  void decodesAllButSpecialTokens() {
    Path file = Shared.file("tokenizers/bge/bge-small-en-v1.5-tokenizer.json");
    Tokenizer tokenizer = TokenizerReader.read(file);
    assertThat(tokenizer.decode(101, 7592, 100, 102)).isEqualTo("hello [UNK]");
  }

  /** A Unigram takes the way whose scores add up to most, here found by trying all ways. */
  @Test
  void unigramTakesTheBestWay() {
    Random random = new Random(2);
    String[] pieces = {"a", "b", "ab", "ba", "aab", "bb", "abab"};
    double[] scores = {-3, -3.5, -4, -5, -7.25, -6, -8.5};
    StringBuilder vocabulary = new StringBuilder("[\"<unk>\",-20]");
    for (int i = 0; i < pieces.length; i++) {
      vocabulary.append(",[\"%s\",%s]".formatted(pieces[i], scores[i]));
    }
    Tokenizer tokenizer =
        json(
            "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[%s]}}".formatted(vocabulary));
    for (int round = 0; round < 200; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(random.nextBoolean() ? 'a' : 'b');
      }
      double sum = 0;
      for (int id : tokenizer.encode(text.toString())) {
        sum += scores[id - 1];
      }
      assertThat(sum).isEqualTo(best(text.toString(), pieces, scores));
    }
  }

  private static double best(String text, String[] pieces, double[] scores) {
    double best = text.isEmpty() ? 0 : Double.NEGATIVE_INFINITY;
    for (int i = 0; i < pieces.length; i++) {
      if (text.startsWith(pieces[i])) {
        best = Math.max(best, scores[i] + best(text.substring(pieces[i].length()), pieces, scores));
      }
    }
    return best;
  }

  private static Tokenizer json(String json) {
    return TokenizerJson.read("t.json", json.getBytes(StandardCharsets.UTF_8), SpecialNames.NONE);
  }
}
