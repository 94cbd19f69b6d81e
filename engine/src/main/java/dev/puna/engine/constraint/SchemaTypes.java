package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The types that a schema admits; integer stands beside number only where number does not. */
record SchemaTypes(Set<String> names) {
  private static final List<String> ALL =
      List.of("object", "array", "string", "number", "boolean", "null");

  /** As the schema says, or as its keywords tell; all if nothing does. */
  static SchemaTypes of(ObjectNode schema, String path) {
    JsonNode type = schema.get("type");
    if (type != null) {
      return new SchemaTypes(listed(type, path));
    }
    Set<String> told = new LinkedHashSet<>();
    add(schema, SchemaKeywords.OBJECT, "object", told);
    add(schema, SchemaKeywords.ARRAY, "array", told);
    add(schema, SchemaKeywords.STRING, "string", told);
    add(schema, SchemaKeywords.NUMBER, "number", told);
    return new SchemaTypes(told.isEmpty() || schema.has("enum") ? new LinkedHashSet<>(ALL) : told);
  }

  private static void add(ObjectNode schema, Set<String> keywords, String type, Set<String> to) {
    if (keywords.stream().anyMatch(schema::has)) {
      to.add(type);
    }
  }

  static Set<String> listed(JsonNode type, String path) {
    Set<String> names = new LinkedHashSet<>();
    if (type.isTextual()) {
      names.add(type.textValue());
    } else if (type.isArray()) {
      type.forEach(t -> names.add(t.asText()));
    }
    for (String name : names) {
      if (!ALL.contains(name) && !name.equals("integer")) {
        throw JsonSchemaReader.wrong(
            path,
            "has an unknown type '%s'".formatted(name),
            "the types are " + ALL + " and integer");
      }
    }
    if (names.isEmpty() && !(type.isArray() && type.isEmpty())) {
      throw JsonSchemaReader.wrong(path, "has a type that is no text", "write \"type\": \"...\"");
    }
    if (names.contains("number")) {
      names.remove("integer");
    }
    return names;
  }

  /** What both admit. */
  static Set<String> both(Set<String> a, Set<String> b) {
    Set<String> both = new LinkedHashSet<>(a);
    both.retainAll(b);
    if (a.contains("number") && b.contains("integer")
        || a.contains("integer") && b.contains("number")) {
      both.add("integer");
    }
    return both;
  }

  boolean has(String name) {
    return names.contains(name);
  }

  /** Whether a value is of one of the types. */
  boolean admits(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> has("object");
      case ARRAY -> has("array");
      case STRING -> has("string");
      case BOOLEAN -> has("boolean");
      case NULL -> has("null");
      case NUMBER ->
          has("number")
              || has("integer")
                  && (value.isIntegralNumber()
                      || value.decimalValue().stripTrailingZeros().scale() <= 0);
      default -> false;
    };
  }
}
