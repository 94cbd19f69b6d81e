package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of tokens are those of the text that they were made of. */
class TokenBytesTest {
  private static final String TEXT =
      "Once upon a time, {\"key\": [1, 23.5, \"\u00e4\u4e2d\u6587\"]}\n\n\tdef f(x):  return 'x'"
          + " \uD83D\uDC69\u200D\uD83D\uDCBB <tool_call> \uFFFD!";

  private static void check(Tokenizer tokenizer, String text) {
    String before = "Before ";
    int[] ids = tokenizer.encode(before + text);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(tokenizer.bytes(id));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).strip()).isEqualTo(before + text);
    assertThatThrownBy(() -> tokenizer.bytes(tokenizer.size())).isInstanceOf(PunaException.class);
    assertThatThrownBy(() -> tokenizer.bytes(-1)).isInstanceOf(PunaException.class);
    tokenizer.special().bos().ifPresent(id -> assertThat(tokenizer.bytes(id)).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qwen3",
        "llama3",
        "llama2",
        "gemma3",
        "deepseek_v3",
        "gpt4o",
        "mistral_nemo",
        "yi",
        "command_r_plus"
      })
  void published(String name) {
    Path file = Shared.published(name);
    check(TokenizerReader.read(file), TEXT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/stories260K.gguf",
        "models/tok512.bin",
        "tokenizers/llama2/tokenizer.model"
      })
  void shared(String name) {
    check(TokenizerReader.read(Shared.file(name)), TEXT);
  }

  /** Bytes that are no character by themselves, and pieces that go on with a word. */
  @Test
  void singleTokens() {
    Tokenizer bytes = TokenizerReader.read(Shared.file("models/stories260K.gguf"));
    int id = bytes.id("<0xE4>").orElseThrow();
    assertThat(bytes.bytes(id)).containsExactly(0xE4);
    Tokenizer words =
        TokenizerReader.read(Shared.file("tokenizers/bge/bge-small-zh-v1.5-tokenizer.json"));
    assertThat(words.bytes(words.id("##ing").orElseThrow())).asString().isEqualTo("ing");
    assertThat(words.bytes(words.id("the").orElseThrow())).asString().isEqualTo(" the");
    assertThat(words.bytes(words.id("[CLS]").orElseThrow())).isEmpty();
  }
}
