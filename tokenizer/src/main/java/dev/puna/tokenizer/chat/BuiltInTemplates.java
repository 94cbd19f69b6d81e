package dev.puna.tokenizer.chat;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Templates for models that publish none. They are written from the code or the description that
 * came with the models; each says which.
 */
public final class BuiltInTemplates {
  /** In alphabetical order. */
  public static final List<String> NAMES =
      List.of(
          "alpaca",
          "baichuan",
          "baichuan2",
          "chatglm",
          "chatglm2",
          "chatglm3",
          "chatml",
          "internlm",
          "llama2",
          "vicuna");

  private BuiltInTemplates() {}

  /**
   * The template of a name.
   *
   * @throws PunaException if there is none of that name
   */
  public static ChatTemplate of(String name) {
    return ChatTemplate.compile("template " + name, source(name));
  }

  /** Its source, for files that carry a template. */
  public static String source(String name) {
    if (!NAMES.contains(name)) {
      throw new PunaException(
          "no chat template is named " + name, "there are " + String.join(", ", NAMES));
    }
    try (InputStream in = BuiltInTemplates.class.getResourceAsStream(name + ".jinja")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
