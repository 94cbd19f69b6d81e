package dev.puna.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.puna.tensor.PunaException;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How values of a Java type look in JSON. */
sealed interface Shape {
  JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** The JSON schema; larger types are referred to. */
  ObjectNode schema();

  /**
   * Makes a value.
   *
   * @param where its place in the type, as errors name it
   * @throws PunaException if the JSON is not of this shape
   */
  Object read(JsonNode json, String where);

  private static PunaException wrong(String where, String wanted) {
    return new PunaException(
        "%s is not %s".formatted(where, wanted), "generate the text under the type's constraint");
  }

  /** A text that something is made of. */
  record Text(ObjectNode schema, Function<String, Object> of, String wanted) implements Shape {
    @Override
    public Object read(JsonNode json, String where) {
      if (json.isTextual()) {
        try {
          return of.apply(json.textValue());
        } catch (RuntimeException e) {
          throw wrong(where, wanted);
        }
      }
      throw wrong(where, wanted);
    }
  }

  /** An integer within bounds, of any Java type. */
  record Whole(
      @Nullable BigInteger least, @Nullable BigInteger most, Function<BigInteger, Object> of)
      implements Shape {
    @Override
    public ObjectNode schema() {
      ObjectNode schema = JSON.objectNode().put("type", "integer");
      if (least != null && most != null) {
        schema.put("minimum", least).put("maximum", most);
      }
      return schema;
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (json.isNumber() && json.decimalValue().stripTrailingZeros().scale() <= 0) {
        BigInteger value = json.bigIntegerValue();
        boolean below = least != null && value.compareTo(least) < 0;
        if (!below && (most == null || value.compareTo(most) <= 0)) {
          return of.apply(value);
        }
      }
      throw wrong(where, "an integer of its type's range");
    }
  }

  /** A number with a fraction. */
  record Real(@Nullable BigDecimal most, Function<BigDecimal, Object> of) implements Shape {
    @Override
    public ObjectNode schema() {
      ObjectNode schema = JSON.objectNode().put("type", "number");
      if (most != null) {
        schema.put("minimum", most.negate()).put("maximum", most);
      }
      return schema;
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (json.isNumber()) {
        return of.apply(json.decimalValue());
      }
      throw wrong(where, "a number");
    }
  }

  record Flag() implements Shape {
    @Override
    public ObjectNode schema() {
      return JSON.objectNode().put("type", "boolean");
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (json.isBoolean()) {
        return json.booleanValue();
      }
      throw wrong(where, "true or false");
    }
  }

  /** A list, and what is made of one. */
  record Listed(Shape element, Function<List<Object>, Object> of) implements Shape {
    @Override
    public ObjectNode schema() {
      ObjectNode schema = JSON.objectNode().put("type", "array");
      schema.set("items", element.schema());
      return schema;
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (!json.isArray()) {
        throw wrong(where, "a list");
      }
      List<Object> all = new ArrayList<>();
      json.forEach(e -> all.add(element.read(e, where + "[" + all.size() + "]")));
      return of.apply(all);
    }

    static Object set(List<Object> all) {
      return Collections.unmodifiableSet(new LinkedHashSet<>(all));
    }

    static Function<List<Object>, Object> array(Class<?> component) {
      return all -> {
        Object array = Array.newInstance(component, all.size());
        for (int i = 0; i < all.size(); i++) {
          Array.set(array, i, all.get(i));
        }
        return array;
      };
    }
  }

  record Mapped(Shape value) implements Shape {
    @Override
    public ObjectNode schema() {
      ObjectNode schema = JSON.objectNode().put("type", "object");
      schema.set("additionalProperties", value.schema());
      return schema;
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (!json.isObject()) {
        throw wrong(where, "an object");
      }
      Map<String, Object> all = new LinkedHashMap<>();
      json.properties()
          .forEach(p -> all.put(p.getKey(), value.read(p.getValue(), where + "." + p.getKey())));
      return Collections.unmodifiableMap(all);
    }
  }

  /**
   * A component of a record.
   *
   * @param absent makes the value of one that is left out or null; null if it must be there. It may
   *     give null
   * @param present makes the component's value of what was read
   */
  record Component(
      String name,
      Shape shape,
      @Nullable Function<String, @Nullable Object> absent,
      Function<Object, Object> present) {}

  /**
   * A record, referred to by name: its components are known later, as it may hold itself.
   *
   * @param tag what the property {@code type} says; null if there is none
   */
  record Fields(
      String name, Constructor<?> constructor, List<Component> components, @Nullable String tag)
      implements Shape {
    @Override
    public ObjectNode schema() {
      return JSON.objectNode().put("$ref", "#/$defs/" + name);
    }

    ObjectNode definition() {
      ObjectNode schema = JSON.objectNode().put("type", "object");
      ObjectNode properties = schema.putObject("properties");
      var required = schema.putArray("required");
      if (tag != null) {
        properties.putObject("type").put("const", tag);
        required.add("type");
      }
      for (Component c : components) {
        ObjectNode type = c.shape.schema();
        if (c.absent == null) {
          properties.set(c.name, type);
          required.add(c.name);
        } else {
          properties.putObject(c.name).putArray("anyOf").add(type).addObject().put("type", "null");
        }
      }
      return schema.put("additionalProperties", false);
    }

    @Override
    public Object read(JsonNode json, String where) {
      if (!json.isObject()) {
        throw wrong(where, "an object");
      }
      @Nullable Object[] values = new @Nullable Object[components.size()];
      for (int i = 0; i < values.length; i++) {
        Component c = components.get(i);
        JsonNode value = json.path(c.name);
        if (!value.isMissingNode() && !value.isNull()) {
          values[i] = c.present.apply(c.shape.read(value, where + "." + c.name));
        } else if (c.absent != null) {
          values[i] = c.absent.apply(c.name);
        } else {
          throw wrong(where + "." + c.name, "there");
        }
      }
      return construct(values, where);
    }

    private Object construct(@Nullable Object[] values, String where) {
      try {
        return constructor.newInstance(values);
      } catch (InvocationTargetException e) {
        throw new PunaException(
            "%s refuses its values (%s)".formatted(where, e.getCause()),
            "let the type say what is valid, or try again",
            e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** One of several records, by the name in their property {@code type}. */
  record OneOf(String name, Map<String, Fields> options) implements Shape {
    @Override
    public ObjectNode schema() {
      return JSON.objectNode().put("$ref", "#/$defs/" + name);
    }

    ObjectNode definition() {
      ObjectNode schema = JSON.objectNode();
      var any = schema.putArray("anyOf");
      options.values().forEach(option -> any.add(option.schema()));
      return schema;
    }

    @Override
    public Object read(JsonNode json, String where) {
      Fields option = options.get(json.path("type").asText());
      if (option == null) {
        throw wrong(where, "an object whose type is one of " + options.keySet());
      }
      return option.read(json, where);
    }
  }

  /** Boxes' identity, for components that are what was read. */
  static Object itself(Object value) {
    return Objects.requireNonNull(value);
  }
}
