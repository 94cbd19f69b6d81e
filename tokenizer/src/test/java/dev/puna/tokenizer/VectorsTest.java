package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids and texts by the models' own libraries: shared/tokenizers/vectors. */
class VectorsTest {
  @ParameterizedTest
  @ValueSource(strings = {"bge-small-en-v1.5-tokenizer", "bge-small-zh-v1.5-tokenizer"})
  void wordPiece(String name) {
    Tokenizer tokenizer = TokenizerReader.read(Shared.file("tokenizers/bge/" + name + ".json"));
    Special special = tokenizer.special();
    assertThat(special.addBos() && special.addEos()).isTrue();
    for (Map<String, Object> c : cases(tokenizer, "hf_" + name)) {
      int[] ids = ints(c.get("ids"));
      int[] framed = new int[ids.length + 2];
      System.arraycopy(ids, 0, framed, 1, ids.length);
      framed[0] = special.bos().orElseThrow();
      framed[ids.length + 1] = special.eos().orElseThrow();
      assertThat(framed).isEqualTo(ints(c.get("ids_special")));
    }
  }

  @Test
  void publishedTokenizerJson() {
    Tokenizer tokenizer = TokenizerReader.read(Shared.published("qwen3"));
    for (Map<String, Object> c : cases(tokenizer, "hf_qwen3")) {
      assertThat(tokenizer.encodeSpecial((String) c.get("text")))
          .isEqualTo(ints(c.get("ids_special")));
    }
  }

  @Test
  void ranks() {
    Path folder = Shared.file("tokenizers/qwen1/qwen.tiktoken").getParent();
    Tokenizer tokenizer = TokenizerReader.read(folder);
    for (Map<String, Object> c : cases(tokenizer, "qwen1")) {
      assertThat(tokenizer.encodeSpecial((String) c.get("text")))
          .isEqualTo(ints(c.get("ids_special")));
    }
    assertThat(tokenizer.encodeSpecial("<|im_start|>a<|extra_204|>"))
        .containsExactly(151644, tokenizer.encode("a")[0], 151850);
    assertThat(tokenizer.encode("<|im_start|>")).doesNotContain(151644).hasSizeGreaterThan(3);
  }

  @Test
  void merges() {
    Path folder = Shared.file("tokenizers/gpt2/merges.txt").getParent();
    Tokenizer tokenizer = TokenizerReader.read(folder);
    assertThat(cases(tokenizer, "gpt2")).isNotEmpty();
    assertThat(tokenizer.encodeSpecial("a<|endoftext|>")).endsWith(50256);
    assertThat(tokenizer.encode("a<|endoftext|>")).doesNotContain(50256);
  }

  /** Checks what all vectors have, and returns them for the rest. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> cases(Tokenizer tokenizer, String vectors) {
    Map<String, Object> file = Json.object(Shared.text("tokenizers/vectors/" + vectors + ".json"));
    assertThat(tokenizer.size()).isEqualTo(file.get("vocab_size"));
    List<Map<String, Object>> cases = (List<Map<String, Object>>) file.get("cases");
    assertThat(cases).hasSizeGreaterThan(30);
    for (Map<String, Object> c : cases) {
      String text = (String) c.get("text");
      int[] ids = tokenizer.encode(text);
      assertThat(ids).as(text).isEqualTo(ints(c.get("ids")));
      assertThat(tokenizer.decode(ids)).isEqualTo(c.get("decoded"));
      for (int id : ids) {
        assertThat(tokenizer.id(tokenizer.piece(id))).hasValue(id);
      }
    }
    return cases;
  }

  private static int[] ints(Object numbers) {
    return Arrays.stream(((List<?>) numbers).toArray()).mapToInt(n -> (Integer) n).toArray();
  }
}
