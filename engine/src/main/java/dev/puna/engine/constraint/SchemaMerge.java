package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart schemas that combine others: into alternatives, each a single schema that says what
 * all of its parts say. Parts of parts that meet are combined again by {@code allOf}, to be taken
 * apart when their turn comes.
 */
final class SchemaMerge {
  private static final int MOST = 200;
  private static final int DEEPEST = 50;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final JsonSchemaReader reader;

  SchemaMerge(JsonSchemaReader reader) {
    this.reader = reader;
  }

  static List<JsonNode> schemas(JsonNode list, String path) {
    if (!list.isArray()) {
      throw JsonSchemaReader.wrong(path, "is no list", "list schemas");
    }
    List<JsonNode> all = new ArrayList<>();
    list.forEach(all::add);
    return all;
  }

  /** Schemas of which a value has to meet one; they have no keyword that combines. */
  List<ObjectNode> alternatives(ObjectNode schema, String path) {
    return alternatives(schema, path, 0);
  }

  private List<ObjectNode> alternatives(JsonNode given, String path, int depth) {
    if (given.isBoolean()) {
      return given.booleanValue() ? List.of(JSON.objectNode()) : List.of();
    }
    if (depth > DEEPEST) {
      throw JsonSchemaReader.wrong(
          path, "combines schemas without end", "name no schema in itself");
    }
    ObjectNode schema = JsonSchemaReader.object(given, path);
    SchemaKeywords.check(schema, path);
    List<ObjectNode> result = List.of(own(schema));
    if (schema.has("$ref")) {
      String pointer = JsonSchemaReader.pointer(schema.get("$ref"), path);
      JsonNode target = reader.target(pointer, path);
      result = both(result, alternatives(target, pointer, depth + 1), path);
    }
    if (schema.has("allOf")) {
      for (JsonNode part : schemas(schema.get("allOf"), path + "/allOf")) {
        result = both(result, alternatives(part, path + "/allOf", depth + 1), path);
      }
    }
    for (String either : new String[] {"anyOf", "oneOf"}) {
      if (schema.has(either)) {
        List<ObjectNode> options = new ArrayList<>();
        for (JsonNode option : schemas(schema.get(either), path + "/" + either)) {
          options.addAll(alternatives(option, path + "/" + either, depth + 1));
        }
        result = both(result, options, path);
      }
    }
    return result;
  }

  /** The keywords that combine nothing; a const is an enum of one. */
  private static ObjectNode own(ObjectNode schema) {
    ObjectNode own = JSON.objectNode();
    schema
        .properties()
        .forEach(
            p -> {
              String name = p.getKey();
              boolean dropped =
                  SchemaKeywords.describes(name)
                      || SchemaKeywords.COMBINING.contains(name)
                      || name.equals("const")
                      || name.equals("uniqueItems");
              if (!dropped) {
                own.set(name, p.getValue());
              }
            });
    if (schema.has("const")) {
      ArrayNode one = JSON.arrayNode().add(schema.get("const"));
      own.set("enum", own.has("enum") ? common(own.get("enum"), one) : one);
    }
    return own;
  }

  private static List<ObjectNode> both(List<ObjectNode> a, List<ObjectNode> b, String path) {
    if ((long) a.size() * b.size() > MOST) {
      throw JsonSchemaReader.wrong(
          path, "combines more than %d alternatives".formatted(MOST), "combine fewer");
    }
    List<ObjectNode> all = new ArrayList<>();
    for (ObjectNode one : a) {
      for (ObjectNode other : b) {
        ObjectNode merged = merged(one, other, path);
        if (merged != null) {
          all.add(merged);
        }
      }
    }
    return all;
  }

  /** What meets both; null if nothing does. */
  private static @Nullable ObjectNode merged(ObjectNode a, ObjectNode b, String path) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    ObjectNode merged = a.deepCopy();
    for (Iterator<String> names = b.fieldNames(); names.hasNext(); ) {
      String keyword = names.next();
      JsonNode mine = a.get(keyword);
      JsonNode other = b.get(keyword);
      if (mine == null || mine.equals(other)) {
        merged.set(keyword, other);
      } else {
        merged.set(keyword, combined(keyword, mine, other, path));
      }
    }
    mergeProperties(a, b, merged);
    mergeItems(a, b, merged);
    JsonNode type = merged.path("type");
    return type.isArray() && type.isEmpty() ? null : merged;
  }

  private static JsonNode combined(String keyword, JsonNode a, JsonNode b, String path) {
    return switch (keyword) {
      case "type" -> {
        ArrayNode types = JSON.arrayNode();
        SchemaTypes.both(SchemaTypes.listed(a, path), SchemaTypes.listed(b, path))
            .forEach(types::add);
        yield types;
      }
      case "enum" -> common(a, b);
      case "minimum", "exclusiveMinimum", "minLength", "minItems" -> larger(a, b) ? a : b;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems" -> larger(a, b) ? b : a;
      case "required" -> {
        Set<JsonNode> names = new LinkedHashSet<>();
        a.forEach(names::add);
        b.forEach(names::add);
        yield JSON.arrayNode().addAll(names);
      }
      case "additionalProperties" -> allOf(a, b);
      case "properties", "items", "prefixItems" -> a; // these need both schemas
      default ->
          throw JsonSchemaReader.wrong(
              path, "combines two of '%s'".formatted(keyword), "leave one of them");
    };
  }

  private static boolean larger(JsonNode a, JsonNode b) {
    return a.decimalValue().compareTo(b.decimalValue()) > 0;
  }

  private static ArrayNode common(JsonNode a, JsonNode b) {
    ArrayNode common = JSON.arrayNode();
    for (JsonNode value : a) {
      for (JsonNode other : b) {
        if (value.equals(other)) {
          common.add(value);
          break;
        }
      }
    }
    return common;
  }

  /** A schema that says what both say. */
  private static JsonNode allOf(@Nullable JsonNode a, @Nullable JsonNode b) {
    if (a == null || b == null || a.equals(b)) {
      return a != null ? a : b != null ? b : BooleanNode.TRUE;
    }
    if (a.isBoolean() || b.isBoolean()) {
      JsonNode flag = a.isBoolean() ? a : b;
      return !flag.booleanValue() ? flag : flag == a ? b : a;
    }
    ObjectNode both = JSON.objectNode();
    both.set("allOf", JSON.arrayNode().add(a).add(b));
    return both;
  }

  private static void mergeProperties(ObjectNode a, ObjectNode b, ObjectNode merged) {
    if (!a.has("properties") && !b.has("properties")) {
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    a.path("properties").fieldNames().forEachRemaining(names::add);
    b.path("properties").fieldNames().forEachRemaining(names::add);
    ObjectNode all = JSON.objectNode();
    for (String name : names) {
      all.set(name, allOf(property(a, name), property(b, name)));
    }
    merged.set("properties", all);
  }

  private static @Nullable JsonNode property(ObjectNode schema, String name) {
    JsonNode named = schema.path("properties").get(name);
    return named != null ? named : schema.get("additionalProperties");
  }

  private static void mergeItems(ObjectNode a, ObjectNode b, ObjectNode merged) {
    int longest = Math.max(a.path("prefixItems").size(), b.path("prefixItems").size());
    if (longest > 0) {
      ArrayNode prefix = JSON.arrayNode();
      for (int i = 0; i < longest; i++) {
        prefix.add(allOf(item(a, i), item(b, i)));
      }
      merged.set("prefixItems", prefix);
    }
    if (a.has("items") || b.has("items")) {
      merged.set("items", allOf(a.get("items"), b.get("items")));
    }
  }

  private static @Nullable JsonNode item(ObjectNode schema, int index) {
    JsonNode at = schema.path("prefixItems").get(index);
    return at != null ? at : schema.get("items");
  }
}
