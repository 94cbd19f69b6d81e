package dev.puna.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.puna.tensor.PunaException;

/**
 * A Java type that a model fills in: the constraint under which its text is JSON for the type, and
 * the reading of that text. For {@code record Recipe(String name, int minutes, List<String>
 * steps)}:
 *
 * <pre>{@code
 * Structure<Recipe> structure = Structure.of(Recipe.class);
 * // generate under structure.constraint()
 * Recipe recipe = structure.read(text);
 * }</pre>
 *
 * <p>A type may be or hold: records; sealed interfaces of records, told apart by a property {@code
 * type} with the record's simple name; enums; String, boolean, the numbers, BigInteger, BigDecimal,
 * LocalDate, OffsetDateTime, UUID; List, Set and Collection, arrays, Map with String keys. What is
 * Optional, OptionalInt and so on, or marked {@code @Nullable}, may be left out or null. Records
 * may hold themselves where they may be left out or in lists. Integers are within the range of
 * their type.
 */
public final class Structure<T> {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final Class<T> type;
  private final Shape shape;
  private final String schema;

  private Structure(Class<T> type, Shape shape, String schema) {
    this.type = type;
    this.shape = shape;
    this.schema = schema;
  }

  /**
   * The structure of a type.
   *
   * @throws PunaException if it holds something else than said above; names the class and component
   */
  public static <T> Structure<T> of(Class<T> type) {
    Shapes shapes = new Shapes();
    Shape shape = shapes.of(type);
    ObjectNode schema = shape.schema().deepCopy();
    ObjectNode definitions = shapes.definitions();
    if (!definitions.isEmpty()) {
      schema.set("$defs", definitions);
    }
    return new Structure<>(type, shape, schema.toString());
  }

  /** The JSON Schema of the type. */
  public String schema() {
    return schema;
  }

  /** What a text must look like to be read. */
  public Constraint constraint() {
    return new Constraint.JsonSchema(schema);
  }

  /**
   * Makes an instance.
   *
   * @param json a text that was generated under {@link #constraint}, or any that meets {@link
   *     #schema}
   * @throws PunaException if it is none, or if a constructor refuses the values
   */
  public T read(String json) {
    try {
      JsonNode value = JSON.readTree(json);
      return Shapes.boxed(type).cast(shape.read(value, type.getSimpleName()));
    } catch (JsonProcessingException e) {
      String what = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("malformed");
      throw new PunaException(
          "the text for %s is no JSON (%s)".formatted(type.getSimpleName(), what),
          "generate it under the structure's constraint, with tokens enough",
          e);
    }
  }
}
