package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Set;

/** Which keywords of JSON Schema are known, and which only describe. */
final class SchemaKeywords {
  private static final Set<String> DESCRIBING =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$anchor",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "contentEncoding",
          "contentMediaType",
          "contentSchema");

  /** Combine other schemas. */
  static final Set<String> COMBINING = Set.of("$ref", "allOf", "anyOf", "oneOf");

  static final Set<String> OBJECT = Set.of("properties", "required", "additionalProperties");
  static final Set<String> ARRAY = Set.of("items", "prefixItems", "minItems", "maxItems");
  static final Set<String> STRING = Set.of("minLength", "maxLength", "pattern", "format");
  static final Set<String> NUMBER =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

  private static final Set<String> OTHERS = Set.of("type", "enum", "const");

  private SchemaKeywords() {}

  static boolean describes(String keyword) {
    return DESCRIBING.contains(keyword) || keyword.startsWith("x-");
  }

  private static boolean isKnown(String keyword) {
    return describes(keyword)
        || COMBINING.contains(keyword)
        || OBJECT.contains(keyword)
        || ARRAY.contains(keyword)
        || STRING.contains(keyword)
        || NUMBER.contains(keyword)
        || OTHERS.contains(keyword);
  }

  /** Refuses keywords that are not supported. */
  static void check(ObjectNode schema, String path) {
    for (Iterator<String> names = schema.fieldNames(); names.hasNext(); ) {
      String keyword = names.next();
      boolean noEffect = keyword.equals("uniqueItems") && !schema.get(keyword).asBoolean(true);
      if (!isKnown(keyword) && !noEffect) {
        throw JsonSchemaReader.wrong(
            path, "has the keyword '%s', which is not supported".formatted(keyword), "take it out");
      }
    }
  }

  /** Whether nothing else in a schema says what is valid. */
  static boolean isOnly(ObjectNode schema, String keyword) {
    if (!schema.has(keyword)) {
      return false;
    }
    for (Iterator<String> names = schema.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!name.equals(keyword) && !describes(name)) {
        return false;
      }
    }
    return true;
  }
}
