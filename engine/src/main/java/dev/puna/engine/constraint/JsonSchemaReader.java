package dev.puna.engine.constraint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.puna.tensor.PunaException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * JSON Schema (2020-12) as rules: a rule for each value that is an object, an array or a string, so
 * that masks are shared, and one for each place that {@code $ref} refers to.
 */
final class JsonSchemaReader {
  private static final int LONGEST = 4_000_000;
  private static final int DEEPEST = 200;
  private static final int MOST_RULES = 20_000;

  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build()
          .readerFor(JsonNode.class);

  private final JsonNode document;
  private final Rules rules = new Rules();

  /** Rules by what they are for: the pointers of references, merged schemas, names of forms. */
  private final Map<Object, Integer> known = new HashMap<>();

  /** Rules that are referred to and still have to be made. */
  private final Queue<Runnable> open = new ArrayDeque<>();

  private final SchemaMerge merge;
  private final SchemaObjects objects;
  private final SchemaScalars scalars;

  private JsonSchemaReader(JsonNode document) {
    this.document = document;
    merge = new SchemaMerge(this);
    objects = new SchemaObjects(this);
    scalars = new SchemaScalars(this);
  }

  static Rules rules(String schema) {
    JsonSchemaReader reader = new JsonSchemaReader(parse(schema));
    int root = reader.rules.declare("the JSON text");
    reader.known.put("#", root);
    reader.rules.define(root, reader.value(reader.document, "#", 0));
    for (Runnable next = reader.open.poll(); next != null; next = reader.open.poll()) {
      next.run();
    }
    return reader.rules;
  }

  private static JsonNode parse(String schema) {
    if (schema.length() > LONGEST) {
      throw new PunaException(
          "the JSON schema has %d characters".formatted(schema.length()),
          "at most " + LONGEST + " are read");
    }
    try {
      JsonNode document = READER.readTree(schema);
      if (document.isMissingNode()) {
        throw new PunaException("the JSON schema is empty", "{} admits any JSON value");
      }
      return document;
    } catch (JsonProcessingException e) {
      String what = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("malformed");
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new PunaException(
          "the JSON schema is not JSON, line %d (%s)".formatted(line, what), "mend it", e);
    }
  }

  /** A reference to a rule, which is made when it is first asked for. */
  Expr rule(Object key, String name, Supplier<Expr> body) {
    Integer rule = known.get(key);
    if (rule == null) {
      rule = declare(name);
      known.put(key, rule);
      rules.define(rule, body.get());
    }
    return new Expr.Ref(rule);
  }

  /**
   * A reference to a rule that is made when all that is open is done: references may be chained.
   */
  private Expr reference(String pointer, JsonNode target) {
    Integer rule = known.get(pointer);
    if (rule == null) {
      int made = declare(pointer);
      known.put(pointer, made);
      open.add(() -> rules.define(made, value(target, pointer, 0)));
      rule = made;
    }
    return new Expr.Ref(rule);
  }

  /** A reference to a rule that nothing else refers to. */
  Expr newRule(String name, Supplier<Expr> body) {
    int rule = declare(name);
    rules.define(rule, body.get());
    return new Expr.Ref(rule);
  }

  private int declare(String name) {
    if (rules.size() == MOST_RULES) {
      throw new PunaException(
          "the JSON schema has more than %d places".formatted(MOST_RULES), "take fewer");
    }
    return rules.declare(name);
  }

  /**
   * What a schema admits.
   *
   * @param path its place in the document, as errors name it
   */
  Expr value(JsonNode schema, String path, int depth) {
    if (depth > DEEPEST) {
      throw new PunaException(
          "the JSON schema is too deep at " + shortened(path), "name parts of it in $defs");
    }
    if (schema.isBoolean()) {
      return schema.booleanValue() ? anything() : Expr.NEVER;
    }
    ObjectNode object = object(schema, path);
    SchemaKeywords.check(object, path);
    if (SchemaKeywords.isOnly(object, "$ref")) {
      String pointer = pointer(object.get("$ref"), path);
      return reference(pointer, target(pointer, path));
    }
    for (String either : new String[] {"anyOf", "oneOf"}) {
      if (SchemaKeywords.isOnly(object, either)) {
        List<Expr> options = new ArrayList<>();
        List<JsonNode> all = SchemaMerge.schemas(object.get(either), path + "/" + either);
        for (int i = 0; i < all.size(); i++) {
          options.add(value(all.get(i), path + "/" + either + "/" + i, depth + 1));
        }
        return new Expr.Choice(options);
      }
    }
    // What is merged may hold itself, so it has a rule, which the same schema again refers to.
    return object.has("allOf") || object.has("$ref")
        ? rule(object, path, () -> alternatives(object, path, depth))
        : alternatives(object, path, depth);
  }

  private Expr alternatives(ObjectNode schema, String path, int depth) {
    List<Expr> options = new ArrayList<>();
    for (ObjectNode plain : merge.alternatives(schema, path)) {
      options.add(plain(plain, path, depth));
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  /** A schema without references and alternatives. */
  private Expr plain(ObjectNode schema, String path, int depth) {
    SchemaTypes types = SchemaTypes.of(schema, path);
    if (schema.has("enum")) {
      return scalars.values(schema, types, path);
    }
    List<Expr> options = new ArrayList<>();
    if (types.has("object")) {
      options.add(objects.object(schema, path, depth));
    }
    if (types.has("array")) {
      options.add(objects.array(schema, path, depth));
    }
    scalars.add(schema, types, path, options);
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  /** Any JSON value. */
  Expr anything() {
    return rule(
        "any value",
        "any JSON value",
        () ->
            Expr.choice(
                objects.anyObject(),
                objects.anyArray(),
                scalars.anyString(),
                JsonForms.NUMBER,
                JsonForms.BOOLEAN,
                Expr.text("null")));
  }

  SchemaScalars scalars() {
    return scalars;
  }

  static ObjectNode object(JsonNode schema, String path) {
    if (schema instanceof ObjectNode object) {
      return object;
    }
    throw wrong(path, "is no schema", "write an object, true or false");
  }

  /** Where a reference leads to, as a JSON pointer behind #. */
  static String pointer(JsonNode reference, String path) {
    String text = reference.asText();
    if (!reference.isTextual() || !text.equals("#") && !text.startsWith("#/")) {
      throw wrong(
          path, "has a $ref to '%s'".formatted(text), "refer to a place in it: #/$defs/...");
    }
    return text;
  }

  JsonNode target(String pointer, String path) {
    JsonNode at = document;
    if (pointer.length() > 1) {
      for (String part : pointer.substring(2).split("/", -1)) {
        String key = decoded(part, path).replace("~1", "/").replace("~0", "~");
        boolean index = at.isArray() && key.matches("[0-9]{1,6}");
        at = index ? at.path(Integer.parseInt(key)) : at.path(key);
      }
    }
    if (at.isMissingNode()) {
      throw wrong(path, "has a $ref to '%s', which is not there".formatted(pointer), "define it");
    }
    return at;
  }

  private static String decoded(String part, String path) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong(path, "has a $ref with a wrong %-escape", "write %25 for the character");
    }
  }

  static PunaException wrong(String path, String what, String mend) {
    return new PunaException("the JSON schema at %s %s".formatted(shortened(path), what), mend);
  }

  private static String shortened(String path) {
    return path.length() <= 200 ? path : path.substring(0, 200) + "...";
  }
}
