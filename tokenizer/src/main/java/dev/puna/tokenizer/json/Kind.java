package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the parts of a tokenizer.json have in common: a type, options, and lists of parts. */
final class Kind {
  private Kind() {}

  /** The error for a kind of part that is not known. */
  static PunaException unknown(Config part) {
    return new PunaException(
        "%s: the type '%s' is not known".formatted(part.where(), part.text("type")),
        "use a tokenizer without it, or a GGUF version of the model");
  }

  /** The parts that a sequence is made of. */
  static List<Config> parts(Config part, String key) {
    List<Object> list = part.list(key);
    List<Config> parts = new ArrayList<>();
    for (Object element : list == null ? List.of() : list) {
      parts.add(object(part, key, element));
    }
    return parts;
  }

  /** An object within a part. */
  static Config object(Config part, String key, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> members = new LinkedHashMap<>();
      map.forEach((name, member) -> members.put(String.valueOf(name), member));
      return Config.of(part.where() + ", " + key, members);
    }
    throw new PunaException(
        "%s: '%s' is not a list of objects".formatted(part.where(), key), "get the file again");
  }

  /** An option that is a text, or what holds in its absence. */
  static String text(Config part, String key, String otherwise) {
    return Objects.requireNonNullElse(part.text(key, null), otherwise);
  }

  /** The error of an option that is none of a few words. */
  static PunaException wrong(Config part, String key, String value) {
    return new PunaException(
        "%s: '%s' is '%s', which is not known".formatted(part.where(), key, value),
        "correct it, or get the file again");
  }

  /** An option that is one character. */
  static int character(Config part, String key) {
    String text = part.text(key);
    if (text.codePointCount(0, text.length()) != 1) {
      throw new PunaException(
          "%s: '%s' is '%s', not one character".formatted(part.where(), key, text),
          "correct it, or get the file again");
    }
    return text.codePointAt(0);
  }

  /** A pattern: a text as it is, or a regular expression. */
  record Pattern(@Nullable String literal, @Nullable String regex) {
    static Pattern of(Config part) {
      Config pattern = part.object("pattern");
      String literal = pattern == null ? null : pattern.text("String", null);
      String regex = pattern == null ? null : pattern.text("Regex", null);
      if ((literal == null) == (regex == null)) {
        throw new PunaException(
            part.where() + ": 'pattern' is neither a String nor a Regex",
            "correct it, or get the file again");
      }
      return new Pattern(literal, regex);
    }
  }
}
