package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.Gguf;
import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The chat templates that a checkpoint carries, by name. Most carry one, named {@link #DEFAULT};
 * some have others for special uses, such as "tool_use".
 */
final class ChatTemplates {
  static final String DEFAULT = "default";

  private static final String GGUF_KEY = "tokenizer.chat_template";

  private ChatTemplates() {}

  /**
   * Those of a Hugging Face directory: chat_template.jinja, or the key chat_template of
   * chat_template.json or tokenizer_config.json, a text or a list of named ones.
   */
  static SequencedMap<String, String> of(Path folder) {
    SequencedMap<String, String> templates = new LinkedHashMap<>();
    Path own = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(own)) {
      try {
        templates.put(DEFAULT, Files.readString(own, StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new PunaException(own + " cannot be read", "is it a text in UTF-8?", e);
      }
    }
    for (String name : List.of("chat_template.json", "tokenizer_config.json")) {
      Path file = folder.resolve(name);
      if (templates.isEmpty() && Files.isRegularFile(file)) {
        read(Config.read(file), templates);
      }
    }
    return templates;
  }

  private static void read(Config config, SequencedMap<String, String> templates) {
    switch (config.get("chat_template")) {
      case null -> {}
      case String template -> templates.put(DEFAULT, template);
      case List<?> list -> {
        for (Object item : list) {
          if (!(item instanceof Map<?, ?> fields)
              || !(fields.get("name") instanceof String name)
              || !(fields.get("template") instanceof String template)) {
            throw new PunaException(
                config.where() + ": chat_template is no list of named templates",
                "correct it, or get the file again");
          }
          templates.put(name, template);
        }
      }
      default ->
          throw new PunaException(
              config.where() + ": chat_template is no template", "it should be a text");
    }
  }

  /** Those of a GGUF file: tokenizer.chat_template and tokenizer.chat_template.NAME. */
  static SequencedMap<String, String> of(GgufMetadata metadata) {
    SequencedMap<String, String> templates = new LinkedHashMap<>();
    for (String key : metadata.keys()) {
      if (key.equals(GGUF_KEY)) {
        templates.put(DEFAULT, metadata.text(key));
      } else if (key.startsWith(GGUF_KEY + ".")) {
        templates.put(key.substring(GGUF_KEY.length() + 1), metadata.text(key));
      }
    }
    return templates;
  }

  /** Those of a model's folder or GGUF file; nothing else carries any. */
  static SequencedMap<String, String> in(Path path) {
    if (Files.isDirectory(path)) {
      return of(path);
    }
    if (!Gguf.is(path)) {
      return new LinkedHashMap<>();
    }
    try (Gguf file = Gguf.open(path)) {
      return of(file.metadata());
    }
  }

  /**
   * The one that is meant.
   *
   * @param where named in errors
   * @param tools whether tools will be described: some have another template for that
   */
  static Optional<ChatTemplate> choose(String where, Map<String, String> all, boolean tools) {
    String name = tools && all.containsKey("tool_use") ? "tool_use" : DEFAULT;
    return Optional.ofNullable(all.get(name)).map(source -> ChatTemplate.compile(where, source));
  }

  /** As key-value pairs of GGUF. */
  static void export(Map<String, String> templates, Map<String, Object> pairs) {
    templates.forEach(
        (name, template) ->
            pairs.put(name.equals(DEFAULT) ? GGUF_KEY : GGUF_KEY + "." + name, template));
  }
}
