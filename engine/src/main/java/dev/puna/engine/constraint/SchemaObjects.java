package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Objects and arrays as a schema wants them. */
final class SchemaObjects {
  private final JsonSchemaReader reader;

  SchemaObjects(JsonSchemaReader reader) {
    this.reader = reader;
  }

  Expr anyObject() {
    return reader.rule(
        "any object",
        "an object",
        () -> braced(listed(member(reader.scalars().anyString(), reader.anything()))));
  }

  Expr anyArray() {
    return reader.rule("any array", "an array", () -> bracketed(listed(reader.anything())));
  }

  private static Expr braced(Expr content) {
    return Expr.sequence(Expr.text("{"), content, Expr.text("}"));
  }

  private static Expr bracketed(Expr content) {
    return Expr.sequence(Expr.text("["), content, Expr.text("]"));
  }

  /** Any number of elements with commas between. */
  private static Expr listed(Expr element) {
    return Expr.optional(Expr.sequence(element, Expr.any(Expr.sequence(JsonForms.COMMA, element))));
  }

  private static Expr member(Expr key, Expr value) {
    return Expr.sequence(key, JsonForms.COLON, value);
  }

  // ---- objects ----

  private record Property(Expr member, boolean required) {}

  Expr object(ObjectNode schema, String path, int depth) {
    JsonNode named = schema.path("properties");
    Set<String> required = required(schema, path);
    JsonNode additional = schema.get("additionalProperties");
    if (!named.isMissingNode() && !named.isObject()) {
      throw JsonSchemaReader.wrong(path, "has properties that are no object", "mend it");
    }
    if (named.isEmpty() && required.isEmpty() && additional == null) {
      return anyObject();
    }
    return reader.newRule(path, () -> braced(members(schema, required, path, depth)));
  }

  private static Set<String> required(ObjectNode schema, String path) {
    Set<String> names = new LinkedHashSet<>();
    JsonNode required = schema.path("required");
    for (JsonNode name : required) {
      if (!name.isTextual()) {
        throw JsonSchemaReader.wrong(path, "requires a property that is no text", "quote it");
      }
      names.add(name.textValue());
    }
    if (names.isEmpty() && !required.isMissingNode() && !required.isArray()) {
      throw JsonSchemaReader.wrong(path, "has a 'required' that is no list", "list the properties");
    }
    return names;
  }

  private Expr members(ObjectNode schema, Set<String> required, String path, int depth) {
    Map<String, JsonNode> named = new LinkedHashMap<>();
    schema.path("properties").properties().forEach(p -> named.put(p.getKey(), p.getValue()));
    JsonNode given = schema.get("additionalProperties");
    String rest = path + "/additionalProperties";
    Expr additional = given == null ? Expr.NEVER : reader.value(given, rest, depth + 1);
    List<Property> properties = new ArrayList<>();
    named.forEach(
        (name, type) -> {
          Expr value = reader.value(type, path + "/properties/" + escaped(name), depth + 1);
          properties.add(property(name, value, required.contains(name)));
        });
    for (String name : required) {
      if (!named.containsKey(name)) {
        Expr value = given == null ? reader.anything() : additional;
        properties.add(property(name, value, true));
      }
    }
    Expr other = Expr.EMPTY;
    if (additional != Expr.NEVER) {
      Set<String> names = new LinkedHashSet<>(named.keySet());
      names.addAll(required);
      other = reader.rule(List.of("key", names), path, () -> JsonForms.keyOtherThan(names));
      other = member(other, additional);
    }
    return joined(properties, other);
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static Property property(String name, Expr value, boolean required) {
    return new Property(member(new Expr.Text(JsonForms.quoted(name)), value), required);
  }

  /**
   * Properties with commas between those that are there. From the end: what may follow when some
   * property came before, and what when none did; past the first one that must come only the former
   * is of use.
   *
   * @param other what may follow any number of times; empty for nothing
   */
  private static Expr joined(List<Property> properties, Expr other) {
    Expr others = Expr.any(Expr.sequence(JsonForms.COMMA, other));
    int first = 0;
    while (first < properties.size() && !properties.get(first).required) {
      first++;
    }
    List<Expr> tail = new ArrayList<>();
    for (Property p :
        properties.subList(Math.min(first + 1, properties.size()), properties.size())) {
      Expr next = Expr.sequence(JsonForms.COMMA, p.member);
      tail.add(p.required ? next : Expr.optional(next));
    }
    tail.add(other == Expr.EMPTY ? Expr.EMPTY : others);
    Expr after = new Expr.Shared(new Expr.Sequence(tail));
    Expr none = other == Expr.EMPTY ? Expr.EMPTY : Expr.optional(Expr.sequence(other, others));
    if (first < properties.size()) {
      Expr must = properties.get(first).member;
      none = Expr.sequence(must, after);
      after = new Expr.Shared(Expr.sequence(JsonForms.COMMA, must, after));
    }
    for (int i = first - 1; i >= 0; i--) {
      Expr member = properties.get(i).member;
      none = Expr.choice(Expr.sequence(member, after), none);
      after =
          new Expr.Shared(
              Expr.sequence(Expr.optional(Expr.sequence(JsonForms.COMMA, member)), after));
    }
    return none;
  }

  // ---- arrays ----

  Expr array(ObjectNode schema, String path, int depth) {
    List<JsonNode> prefix =
        schema.has("prefixItems")
            ? SchemaMerge.schemas(schema.get("prefixItems"), path + "/prefixItems")
            : List.of();
    int least = SchemaScalars.count(schema, "minItems", 0, path);
    int most = SchemaScalars.count(schema, "maxItems", Expr.UNBOUNDED, path);
    JsonNode items = schema.get("items");
    if (items == null && prefix.isEmpty() && least == 0 && most == Expr.UNBOUNDED) {
      return anyArray();
    }
    return reader.newRule(
        path,
        () -> {
          List<Expr> first = new ArrayList<>();
          for (int i = 0; i < prefix.size(); i++) {
            first.add(reader.value(prefix.get(i), path + "/prefixItems/" + i, depth + 1));
          }
          boolean closed = items == null && !prefix.isEmpty() && least <= prefix.size();
          Expr others =
              closed
                  ? Expr.NEVER
                  : items == null
                      ? reader.anything()
                      : reader.value(items, path + "/items", depth + 1);
          return bracketed(elements(first, others, least, most));
        });
  }

  private static Expr elements(List<Expr> prefix, Expr items, int least, int most) {
    int longest = items == Expr.NEVER ? Math.min(most, prefix.size()) : most;
    int never = prefix.indexOf(Expr.NEVER);
    longest = never < 0 ? longest : Math.min(longest, never);
    if (longest < least) {
      return Expr.NEVER;
    }
    int first = Math.min(prefix.size(), longest);
    Expr rest = Expr.EMPTY;
    if (prefix.isEmpty() && longest > 0) {
      int more = longest == Expr.UNBOUNDED ? longest : longest - 1;
      Expr next = Expr.sequence(JsonForms.COMMA, items);
      Expr some = Expr.sequence(items, new Expr.Repeat(next, Math.max(0, least - 1), more));
      return least == 0 ? Expr.optional(some) : some;
    }
    if (longest > first) {
      int more = longest == Expr.UNBOUNDED ? longest : longest - first;
      Expr next = Expr.sequence(JsonForms.COMMA, items);
      rest = new Expr.Repeat(next, Math.max(0, least - first), more);
    }
    for (int i = first - 1; i >= 0; i--) {
      Expr comma = i == 0 ? Expr.EMPTY : JsonForms.COMMA;
      Expr some = Expr.sequence(comma, prefix.get(i), rest);
      rest = i < least ? some : Expr.optional(some);
    }
    return rest;
  }
}
