package dev.puna.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tokenizer.Json;
import dev.puna.tokenizer.Shared;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.CodePoints;
import dev.puna.tokenizer.text.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the library `tokenizers` makes of texts. How each file of the test resources was made stands
 * at its beginning.
 */
@SuppressWarnings("unchecked")
class LibraryTest {
  /** Vocabularies of each kind with random pieces, options and added tokens. */
  @Test
  void smallTokenizers() throws IOException {
    List<Map<String, Object>> tokenizers = list(resource("models.json"), "tokenizers");
    assertThat(tokenizers).hasSizeGreaterThan(20);
    for (Map<String, Object> entry : tokenizers) {
      String json = Json.text(entry.get("tokenizer"));
      Tokenizer tokenizer = read(json);
      for (Map<String, Object> c : list(entry, "cases")) {
        int[] ids = tokenizer.encodeSpecial((String) c.get("text"));
        assertThat(joined(ids)).as("%s in %s", c.get("text"), json).isEqualTo(c.get("ids"));
      }
    }
  }

  /** Each kind of normalizer and pre-tokenizer with each of its options. */
  @Test
  void parts() throws IOException {
    Map<String, Object> file = resource("parts.json");
    List<String> texts = (List<String>) file.get("texts");
    List<Map<String, Object>> parts = list(file, "parts");
    assertThat(parts).hasSizeGreaterThan(80);
    for (Map<String, Object> part : parts) {
      Pipeline tokenizer = read(bytesWith(part));
      List<String> words = (List<String>) part.get("words");
      for (int i = 0; i < texts.size(); i++) {
        assertThat(words(tokenizer, texts.get(i)))
            .as("%s of %s", part.get("name"), texts.get(i))
            .isEqualTo(words.get(i));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama3",
        "deepseek_v3",
        "gemma3",
        "mistral_nemo",
        "command_r_plus",
        "gpt4o",
        "gpt4",
        "llama2",
        "baichuan2",
        "chatglm3",
        "yi",
        "gemma"
      })
  void publishedTokenizers(String name) throws IOException {
    Map<String, Object> file = resource("published.json");
    List<String> texts = (List<String>) file.get("texts");
    List<String> expected = (List<String>) ((Map<String, Object>) file.get("ids")).get(name);
    Tokenizer tokenizer = TokenizerReader.read(Shared.published(name));
    for (int i = 0; i < texts.size(); i++) {
      int[] ids = tokenizer.encodeSpecial(texts.get(i));
      assertThat(joined(ids)).as(texts.get(i)).isEqualTo(expected.get(i));
    }
  }

  /** A vocabulary of single bytes shows what reaches it. */
  private static String bytesWith(Map<String, Object> part) {
    StringBuilder vocabulary = new StringBuilder("{");
    for (int value = 0; value < 256; value++) {
      String piece = Character.toString(ByteAlphabet.character(value));
      vocabulary.append(value == 0 ? "" : ",").append(Json.text(piece)).append(':').append(value);
    }
    String normalizer = part.containsKey("normalizer") ? Json.text(part.get("normalizer")) : "null";
    return "{\"normalizer\":%s,\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\",\"vocab\":%s}}"
        .formatted(normalizer, Json.text(part.get("pre_tokenizer")), vocabulary.append('}'));
  }

  /** The words of a text in the alphabet of bytes, joined by bars. */
  private static String words(Pipeline tokenizer, String text) {
    Normalizer normalizer = tokenizer.parts().normalizer();
    String normalized = normalizer == null ? text : normalizer.normalize(text);
    int[] points = CodePoints.of(normalized);
    List<String> words = new ArrayList<>();
    PreTokenizer.Sink sink =
        (t, from, to, start) ->
            words.add(ByteAlphabet.piece(Utf8.bytes(CodePoints.string(t, from, to))));
    PreTokenizer preTokenizer = tokenizer.parts().preTokenizer();
    if (points.length > 0 && preTokenizer == null) {
      sink.accept(points, 0, points.length, true);
    } else if (points.length > 0) {
      preTokenizer.split(points, 0, points.length, true, sink);
    }
    return String.join("|", words);
  }

  private static Pipeline read(String json) {
    return TokenizerJson.read(
        "tokenizer.json", json.getBytes(StandardCharsets.UTF_8), SpecialNames.NONE);
  }

  private static String joined(int[] ids) {
    return Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(" "));
  }

  private static List<Map<String, Object>> list(Map<String, Object> map, String key) {
    return (List<Map<String, Object>>) map.get(key);
  }

  private static Map<String, Object> resource(String name) throws IOException {
    try (InputStream in = Tokenizer.class.getResourceAsStream(name)) {
      return Json.object(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
