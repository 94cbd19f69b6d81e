package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;

/**
 * The part "post_processor" of a tokenizer.json: the tokens that a text begins and ends with.
 *
 * @param before names of tokens
 * @param after names of tokens
 */
record TemplateJson(List<String> before, List<String> after) {
  static final TemplateJson NONE = new TemplateJson(List.of(), List.of());

  static TemplateJson read(Config part) {
    return switch (part.text("type")) {
      case "Sequence" -> {
        List<String> before = new ArrayList<>();
        List<String> after = new ArrayList<>();
        for (Config stage : Kind.parts(part, "processors")) {
          TemplateJson template = read(stage);
          before.addAll(0, template.before);
          after.addAll(template.after);
        }
        yield new TemplateJson(before, after);
      }
      case "ByteLevel" -> NONE;
      case "TemplateProcessing" -> single(part);
      case "BertProcessing", "RobertaProcessing" ->
          new TemplateJson(List.of(name(part, "cls")), List.of(name(part, "sep")));
      default -> throw Kind.unknown(part);
    };
  }

  private static String name(Config part, String key) {
    List<Object> pair = part.list(key);
    if (pair == null || pair.isEmpty() || !(pair.getFirst() instanceof String name)) {
      throw new PunaException(
          "%s: '%s' names no token".formatted(part.where(), key), "get the file again");
    }
    return name;
  }

  private static TemplateJson single(Config part) {
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    boolean seen = false;
    for (Config item : Kind.parts(part, "single")) {
      Config token = item.object("SpecialToken");
      if (token == null) {
        seen = true;
      } else {
        (seen ? after : before).add(token.text("id"));
      }
    }
    return new TemplateJson(before, after);
  }
}
