package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;

/** JSON schemas of chance, which some value meets. */
final class RandomSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String[] NAMES = {"a", "name", "n\"q", "\u00e4\u4e2d", "it's", "x_y", ""};
  private final Random random;

  RandomSchema(Random random) {
    this.random = random;
  }

  /** With a definition that may refer to itself. */
  ObjectNode next() {
    ObjectNode root = schema(3);
    ObjectNode node = JSON.objectNode().put("type", "object");
    ObjectNode properties = node.putObject("properties");
    properties.set("value", schema(0)); // which does not refer to the node again
    properties.putObject("next").put("$ref", "#/$defs/node");
    properties.set("list", JSON.objectNode().put("type", "array"));
    ((ObjectNode) properties.get("list")).putObject("items").put("$ref", "#/$defs/node");
    node.putArray("required").add("value");
    root.putObject("$defs").set("node", node);
    return root;
  }

  private ObjectNode schema(int depth) {
    ObjectNode schema = JSON.objectNode();
    switch (random.nextInt(depth == 0 ? 8 : 14)) {
      case 0 -> schema.put("type", random.nextBoolean() ? "boolean" : "null");
      case 1, 2 -> string(schema);
      case 3 -> integer(schema);
      case 4 -> number(schema);
      case 5 -> values(schema);
      case 6 -> schema.putArray("type").add("string").add("null").add("integer");
      case 7 -> format(schema);
      case 8, 9 -> object(schema, depth);
      case 10 -> array(schema, depth);
      case 11 -> tuple(schema, depth);
      case 12 -> {
        ArrayNode options = schema.putArray("anyOf");
        options.add(schema(depth - 1)).add(schema(depth - 1));
      }
      default -> {
        if (random.nextBoolean()) {
          schema.put("$ref", "#/$defs/node");
        } else {
          merged(schema, depth);
        }
      }
    }
    if (random.nextInt(8) == 0) {
      schema.put("description", "whatever");
    }
    return schema;
  }

  private void string(ObjectNode schema) {
    schema.put("type", "string");
    switch (random.nextInt(4)) {
      case 0 -> {
        int least = random.nextInt(5);
        schema.put("minLength", least).put("maxLength", least + random.nextInt(200));
      }
      case 1 -> {
        String[] patterns = {"^[a-z]+$", "b", "^x|y$", "^\\d{2,3}(\\.\\w*)?$", "[^a\"\\s]\\\\?$"};
        schema.put("pattern", patterns[random.nextInt(patterns.length)]);
      }
      default -> {}
    }
  }

  private void integer(ObjectNode schema) {
    schema.put("type", "integer");
    int low = random.nextInt(2000) - 1000;
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put("maximum", low + 1 + random.nextInt(3000));
    }
  }

  private void number(ObjectNode schema) {
    schema.put("type", "number");
    double low = random.nextInt(2000) / 16.0 - 60;
    if (random.nextBoolean()) {
      schema.put(random.nextBoolean() ? "minimum" : "exclusiveMinimum", low);
    }
    if (random.nextBoolean()) {
      schema.put("exclusiveMaximum", low + 1 + random.nextInt(300) / 8.0);
    }
  }

  private void values(ObjectNode schema) {
    JsonNode[] all = {
      JSON.textNode("red"),
      JSON.textNode("a\n\"b\u4e2d"),
      JSON.numberNode(5),
      JSON.numberNode(2.5),
      JSON.nullNode(),
      JSON.booleanNode(true),
      JSON.arrayNode().add(1).add("x"),
      JSON.objectNode().put("k", 1)
    };
    if (random.nextBoolean()) {
      schema.set("const", all[random.nextInt(all.length)]);
    } else {
      ArrayNode some = schema.putArray("enum");
      for (int i = 0; i < 3; i++) {
        some.add(all[(random.nextInt(2) + 3 * i) % all.length]);
      }
    }
  }

  private void format(ObjectNode schema) {
    String[] formats = {"date", "time", "date-time", "uuid", "email"};
    schema.put("type", "string").put("format", formats[random.nextInt(formats.length)]);
  }

  private void object(ObjectNode schema, int depth) {
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    for (int i = random.nextInt(4); i > 0; i--) {
      String name = NAMES[random.nextInt(NAMES.length)];
      if (!properties.has(name)) {
        properties.set(name, schema(depth - 1));
        if (random.nextBoolean()) {
          required.add(name);
        }
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.put("additionalProperties", false);
      case 1 -> schema.set("additionalProperties", schema(0));
      case 2 -> schema.put("additionalProperties", true);
      default -> {}
    }
  }

  private void array(ObjectNode schema, int depth) {
    schema.put("type", "array");
    schema.set("items", schema(depth - 1));
    int least = random.nextInt(3);
    if (random.nextBoolean()) {
      schema.put("minItems", least);
    }
    if (random.nextBoolean()) {
      schema.put("maxItems", least + random.nextInt(4));
    }
  }

  private void tuple(ObjectNode schema, int depth) {
    schema.put("type", "array");
    ArrayNode prefix = schema.putArray("prefixItems");
    prefix.add(schema(depth - 1)).add(schema(depth - 1));
    if (random.nextBoolean()) {
      schema.set("items", random.nextBoolean() ? JSON.booleanNode(false) : schema(0));
    }
    if (random.nextBoolean()) {
      schema.put("minItems", random.nextInt(3));
    }
  }

  /** Parts that do not exclude each other. */
  private void merged(ObjectNode schema, int depth) {
    ArrayNode parts = schema.putArray("allOf");
    ObjectNode one = parts.addObject().put("type", "object");
    one.putObject("properties").set("a", schema(depth - 1));
    ObjectNode other = parts.addObject();
    other.putObject("properties").set("b", schema(depth - 1));
    other.putArray("required").add("b");
    schema.put("type", "object");
  }
}
