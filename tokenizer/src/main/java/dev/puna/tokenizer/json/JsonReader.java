package dev.puna.tokenizer.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads JSON token by token, so that a vocabulary need not become a tree. */
final class JsonReader {
  private static final int DEPTH_LIMIT = 64;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // The names of a vocabulary are all different: there is nothing to be shared.
          .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
          .configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, true)
          .build();

  private final String where;
  private final JsonParser parser;

  /** Takes what one key of an object stands for. */
  interface Member {
    void read(String key) throws IOException;
  }

  JsonReader(String where, byte[] bytes) throws IOException {
    this.where = where;
    parser = FACTORY.createParser(bytes);
    parser.nextToken();
  }

  /** The file, for messages. */
  String where() {
    return where;
  }

  /** Whether the next value is an object. */
  boolean atObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  /** Reads an object; {@code member} has to read each value. */
  void object(Member member) throws IOException {
    expect(JsonToken.START_OBJECT, "an object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      member.read(key);
    }
  }

  /** Reads an array; {@code element} has to read each value. */
  void array(Member element) throws IOException {
    expect(JsonToken.START_ARRAY, "a list");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      element.read("");
    }
  }

  /** Goes to the next element of an array; false at its end. */
  boolean next() throws IOException {
    return parser.nextToken() != JsonToken.END_ARRAY;
  }

  boolean atArray() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  String text() throws IOException {
    expect(JsonToken.VALUE_STRING, "a text");
    return parser.getText();
  }

  int integer() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "an integer");
    return parser.getIntValue();
  }

  double number() throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      throw unexpected("a number");
    }
    return parser.getDoubleValue();
  }

  /** An object as it is. */
  Config config(String key) throws IOException {
    Object value = value(0);
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> members = new LinkedHashMap<>();
      map.forEach((name, member) -> members.put(String.valueOf(name), member));
      return Config.of(where + ", " + key, members);
    }
    throw unexpected("an object");
  }

  /** Any value, as Config has them. */
  @Nullable Object value() throws IOException {
    return value(0);
  }

  private @Nullable Object value(int depth) throws IOException {
    if (depth > DEPTH_LIMIT) {
      throw new PunaException(where + " is nested too deeply", "get the file again");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          Object member = value(depth + 1);
          if (member != null) {
            members.put(key, member);
          }
        }
        yield members;
      }
      case START_ARRAY -> {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          Object element = value(depth + 1);
          if (element != null) {
            elements.add(element);
          }
        }
        yield elements;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case null, default -> throw unexpected("a value");
    };
  }

  private void expect(JsonToken token, String name) {
    if (parser.currentToken() != token) {
      throw unexpected(name);
    }
  }

  private PunaException unexpected(String wanted) {
    JsonLocation at = parser.currentTokenLocation();
    return new PunaException(
        "%s: %s is expected at line %d, column %d"
            .formatted(where, wanted, at.getLineNr(), at.getColumnNr()),
        "correct it, or get the file again");
  }

  /** The error for a file that Jackson cannot read. */
  static PunaException malformed(String where, IOException e) {
    String what = String.valueOf(e.getMessage());
    if (e instanceof JsonProcessingException json) {
      what = String.valueOf(json.getOriginalMessage());
    }
    return new PunaException(
        "%s is not valid JSON (%s)".formatted(where, what.lines().findFirst().orElse("malformed")),
        "get or make it again",
        e);
  }
}
