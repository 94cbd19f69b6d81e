package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Strings, numbers, true, false and null as a schema wants them; lists of values. */
final class SchemaScalars {
  private static final String DATE =
      "[1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
          + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
  private static final String TIME =
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?"
          + "(Z|[+-](0[1-9]|1[0-3]):(00|15|30|45))";
  private static final String HEX = "[0-9a-fA-F]";

  /** RFC 3339, RFC 4122, and what of RFC 5321 every reader takes for an address. */
  private static final Map<String, String> FORMATS =
      Map.of(
          "date",
          DATE,
          "time",
          TIME,
          "date-time",
          DATE + "T" + TIME,
          "uuid",
          "H{8}-H{4}-H{4}-H{4}-H{12}".replace("H", HEX),
          "email",
          "[a-zA-Z0-9]{1,20}([._+-][a-zA-Z0-9]{1,20}){0,2}"
              + "@([a-z0-9]{1,20}(-[a-z0-9]{1,10})?\\.){1,3}(com|org|net|edu|info)");

  private final JsonSchemaReader reader;

  SchemaScalars(JsonSchemaReader reader) {
    this.reader = reader;
  }

  Expr anyString() {
    return reader.rule("any string", "a string", () -> JsonForms.string(0, Expr.UNBOUNDED));
  }

  /** Adds those of the types that are no objects and arrays. */
  void add(ObjectNode schema, SchemaTypes types, String path, List<Expr> options) {
    if (types.has("string")) {
      options.add(string(schema, path));
    }
    if (types.has("number") || types.has("integer")) {
      options.add(number(schema, types.has("number"), path));
    }
    if (types.has("boolean")) {
      options.add(JsonForms.BOOLEAN);
    }
    if (types.has("null")) {
      options.add(Expr.text("null"));
    }
  }

  /** The values of {@code enum} that are of the right types. */
  Expr values(ObjectNode schema, SchemaTypes types, String path) {
    schema
        .fieldNames()
        .forEachRemaining(
            keyword -> {
              if (!keyword.equals("enum") && !keyword.equals("type")) {
                throw JsonSchemaReader.wrong(
                    path,
                    "has '%s' beside enum or const".formatted(keyword),
                    "take out the values that it excludes, and the keyword");
              }
            });
    List<Expr> options = new ArrayList<>();
    if (!schema.get("enum").isArray()) {
      throw JsonSchemaReader.wrong(path, "has an enum that is no list", "list the values");
    }
    for (JsonNode value : schema.get("enum")) {
      if (types.admits(value)) {
        options.add(new Expr.Text(JsonForms.text(value)));
      }
    }
    return new Expr.Choice(options);
  }

  private Expr string(ObjectNode schema, String path) {
    JsonNode pattern = schema.get("pattern");
    JsonNode format = schema.get("format");
    boolean lengths = schema.has("minLength") || schema.has("maxLength");
    if ((pattern == null ? 0 : 1) + (format == null ? 0 : 1) + (lengths ? 1 : 0) > 1) {
      throw JsonSchemaReader.wrong(
          path,
          "has two of pattern, format and minLength or maxLength",
          "say lengths within the pattern, as {m,n}");
    }
    if (pattern != null) {
      return matching(new RegexParser(text(pattern, "pattern", path)).found(), path);
    }
    if (format != null) {
      String name = text(format, "format", path);
      String known = FORMATS.get(name);
      if (known == null) {
        throw JsonSchemaReader.wrong(
            path,
            "has the format '%s', which is not supported".formatted(name),
            "there are " + FORMATS.keySet().stream().sorted().toList() + "; or give a pattern");
      }
      return reader.rule(
          "format " + name,
          "the format " + name,
          () -> JsonForms.string(new RegexParser(known).whole()));
    }
    int least = count(schema, "minLength", 0, path);
    int most = count(schema, "maxLength", Expr.UNBOUNDED, path);
    if (least > most) {
      return Expr.NEVER;
    }
    return lengths
        ? reader.rule("length " + least + " " + most, path, () -> JsonForms.string(least, most))
        : anyString();
  }

  private Expr matching(Expr content, String path) {
    return reader.newRule(path, () -> JsonForms.string(content));
  }

  private static String text(JsonNode value, String keyword, String path) {
    if (!value.isTextual()) {
      throw JsonSchemaReader.wrong(path, "has a %s that is no text".formatted(keyword), "quote it");
    }
    return value.textValue();
  }

  /** A count such as {@code minItems}. */
  static int count(ObjectNode schema, String keyword, int otherwise, String path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return otherwise;
    }
    boolean whole = value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
    if (!whole || value.doubleValue() < 0 || value.doubleValue() > Quantifier.MOST) {
      throw JsonSchemaReader.wrong(
          path,
          "has the %s %s".formatted(keyword, value.asText()),
          "give a whole number from 0 to " + Quantifier.MOST);
    }
    return value.intValue();
  }

  private Expr number(ObjectNode schema, boolean fractions, String path) {
    BigDecimal low = bound(schema, "minimum", path);
    BigDecimal high = bound(schema, "maximum", path);
    BigDecimal above = bound(schema, "exclusiveMinimum", path);
    BigDecimal below = bound(schema, "exclusiveMaximum", path);
    boolean lowOpen = above != null && (low == null || above.compareTo(low) >= 0);
    boolean highOpen = below != null && (high == null || below.compareTo(high) <= 0);
    low = lowOpen ? above : low;
    high = highOpen ? below : high;
    if (low == null && high == null) {
      return fractions ? JsonForms.NUMBER : JsonForms.INTEGER;
    }
    NumberRange range = new NumberRange(low, lowOpen, high, highOpen);
    return reader.rule(
        List.of(range, fractions), path, () -> fractions ? range.numbers() : range.integers());
  }

  private static @Nullable BigDecimal bound(ObjectNode schema, String keyword, String path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw JsonSchemaReader.wrong(
          path, "has a %s that is no number".formatted(keyword), "mend it");
    }
    return value.decimalValue();
  }
}
