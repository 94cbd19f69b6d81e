package dev.puna.tokenizer.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.GgufVocabulary;
import dev.puna.tokenizer.Shared;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import dev.puna.tokenizer.json.SpecialNames;
import dev.puna.tokenizer.json.TokenizerJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufFormTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "tokenizers/gpt2/vocab.json, gpt2, gpt-2",
    "tokenizers/qwen1/qwen.tiktoken, gpt2, qwen2",
    "tokenizers/bge/bge-small-zh-v1.5-tokenizer.json, bert, default",
    "tokenizers/llama2/tokenizer.model, llama, default",
    "tokenizers/gguf/ggml-vocab-deepseek-llm.gguf, gpt2, deepseek-llm",
    "tokenizers/gguf/ggml-vocab-bert-bge.gguf, bert, default",
  })
  void readsBackTheSameIds(String file, String model, String pre) {
    check(TokenizerReader.read(Shared.file(file)), model, pre);
  }

  @ParameterizedTest
  @CsvSource({
    "llama3, gpt2, llama-bpe",
    "deepseek_v3, gpt2, deepseek-v3",
    "llama2, llama, default"
  })
  void readsBackPublishedTokenizers(String name, String model, String pre) {
    check(TokenizerReader.read(Shared.published(name)), model, pre);
  }

  @Test
  void readsBackAUnigram() {
    check(
        json(
            """
            {"normalizer": null,
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "WhitespaceSplit"},
               {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}]},
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁", -2], ["a", -3],
               ["b", -3.5], ["▁a", -4], ["ab", -4], ["▁ab", -6], ["中", -5], ["中国", -5.5]]}}
            """),
        "t5",
        "default");
  }

  private void check(Tokenizer tokenizer, String model, String pre) {
    int rows = tokenizer.size() + 3;
    SequencedMap<String, Object> pairs = tokenizer.ggufPairs(rows);
    assertThat(pairs)
        .containsEntry("tokenizer.ggml.model", model)
        .containsEntry("tokenizer.ggml.pre", pre);
    assertThat((List<?>) pairs.get("tokenizer.ggml.tokens")).hasSize(rows).doesNotHaveDuplicates();
    Path file = folder.resolve("vocabulary.gguf");
    GgufWriter.write(file, withArchitecture(pairs), List.of(), entry -> null);
    try (Gguf gguf = Gguf.open(file)) {
      Tokenizer back = GgufVocabulary.read(file.toString(), gguf.metadata());
      assertThat(back.size()).isEqualTo(rows);
      assertThat(back.special().bos()).isEqualTo(tokenizer.special().bos());
      Random random = new Random(3);
      for (int i = 0; i < 300; i++) {
        String text = text(random);
        if (model.equals("t5")) {
          // Only a table of replacements makes line breaks and tabs spaces in SentencePiece.
          text = text.replaceAll("[\\n\\t]", " ");
        }
        assertThat(back.encode(text)).as(text).isEqualTo(tokenizer.encode(text));
        assertThat(back.decode(back.encode(text)))
            .isEqualTo(tokenizer.decode(tokenizer.encode(text)));
      }
    }
  }

  private static SequencedMap<String, Object> withArchitecture(SequencedMap<String, Object> pairs) {
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    all.put("general.architecture", "llama");
    all.putAll(pairs);
    return all;
  }

  private static String text(Random random) {
    String[] words = {
      "hello", " World", "  ", "\n", "中国", "你好", " a", "ab", "123", "don't", "é", "👍", "x_y", "\t",
      "!?", "Ünï"
    };
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i >= 0; i--) {
      text.append(words[random.nextInt(words.length)]);
    }
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  @Test
  void saysWhatGgufCannotExpress() {
    String bytes =
        """
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Isolated"},
           {"type": "ByteLevel", "add_prefix_space": %s, "use_regex": false}]},
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """;
    assertThatThrownBy(() -> json(bytes.formatted("false")).ggufPairs(3))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("llama.cpp has no name");
    assertThatThrownBy(() -> json(bytes.formatted("true")).ggufPairs(3))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("does more than cut");
  }

  @Test
  void saysThatThereAreFewerRowsThanPieces() {
    Tokenizer gpt2 = TokenizerReader.read(Shared.file("tokenizers/gpt2/vocab.json"));
    assertThatThrownBy(() -> gpt2.ggufPairs(5))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("50257 pieces");
  }

  private static Tokenizer json(String json) {
    return TokenizerJson.read("t.json", json.getBytes(StandardCharsets.UTF_8), SpecialNames.NONE);
  }
}
