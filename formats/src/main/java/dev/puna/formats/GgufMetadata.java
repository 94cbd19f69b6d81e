package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Typed look-up in GGUF's key-value pairs. A key of the wrong type, or one missing without a
 * default, is a {@link PunaException} that names the file and the key.
 *
 * <p>Values are String, Long (all integer types), Double, Boolean; arrays are {@code List<String>},
 * long[], double[], boolean[]; arrays of arrays are {@code List<Object>}. UINT64 values above
 * {@link Long#MAX_VALUE} are BigInteger, and refused when asked for as an integer.
 */
public final class GgufMetadata {
  private final String where;
  private final SequencedMap<String, Object> values;

  private GgufMetadata(String where, SequencedMap<String, Object> values) {
    this.where = where;
    this.values = values;
  }

  /**
   * Metadata from elsewhere than a file.
   *
   * @param where named in errors
   */
  public static GgufMetadata of(String where, SequencedMap<String, Object> values) {
    return new GgufMetadata(
        where, Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values)));
  }

  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** All keys, in file order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** The value as it is (see above; arrays are not copies), or null if there is none. */
  public @Nullable Object get(String key) {
    return values.get(key);
  }

  public String text(String key) {
    return asText(key, required(key));
  }

  public @Nullable String text(String key, @Nullable String otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : asText(key, value);
  }

  public long integer(String key) {
    return asInteger(key, required(key));
  }

  public long integer(String key, long otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : asInteger(key, value);
  }

  /** A number; integers are accepted. */
  public double number(String key) {
    return asNumber(key, required(key));
  }

  /** A number; integers are accepted. */
  public double number(String key, double otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : asNumber(key, value);
  }

  public boolean flag(String key, boolean otherwise) {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrongType(key, value, "a flag");
  }

  /** An array of strings, or null if there is none. */
  public @Nullable List<String> texts(String key) {
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      @SuppressWarnings("unchecked") // every element was looked at
      List<String> texts = (List<String>) list;
      return Collections.unmodifiableList(texts);
    }
    throw wrongType(key, value, "a list of texts");
  }

  /** An array of numbers, integers accepted, rounded to single precision; null if none. */
  public float @Nullable [] numbers(String key) {
    return switch (values.get(key)) {
      case null -> null;
      case float[] numbers -> numbers.clone();
      case double[] numbers -> {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = (float) numbers[i];
        }
        yield floats;
      }
      case long[] integers -> {
        float[] floats = new float[integers.length];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = integers[i];
        }
        yield floats;
      }
      case Object value -> throw wrongType(key, value, "a list of numbers");
    };
  }

  /** An array of integers, each of which must fit into 32 bits; null if there is none. */
  public int @Nullable [] integers(String key) {
    return switch (values.get(key)) {
      case null -> null;
      case int[] integers -> integers.clone();
      case byte[] bytes -> {
        int[] ints = new int[bytes.length];
        for (int i = 0; i < ints.length; i++) {
          ints[i] = bytes[i];
        }
        yield ints;
      }
      case long[] integers -> {
        int[] ints = new int[integers.length];
        for (int i = 0; i < ints.length; i++) {
          ints[i] = (int) integers[i];
          if (ints[i] != integers[i]) {
            throw new PunaException(
                "%s: element %d of key '%s' is %d".formatted(where, i, key, integers[i]),
                "at most 32 bits can be used; the file is damaged");
          }
        }
        yield ints;
      }
      case Object value -> throw wrongType(key, value, "a list of integers");
    };
  }

  private Object required(String key) {
    Object value = values.get(key);
    if (value == null) {
      throw new PunaException(
          where + ": the key '" + key + "' is missing", "convert the model to GGUF again");
    }
    return value;
  }

  private String asText(String key, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(key, value, "a text");
  }

  private long asInteger(String key, Object value) {
    return switch (value) {
      case Long integer -> integer;
      case Integer integer -> integer;
      default -> throw wrongType(key, value, "an integer");
    };
  }

  private double asNumber(String key, Object value) {
    return switch (value) {
      case Double number -> number;
      case Float number -> number;
      case Long integer -> integer;
      case Integer integer -> integer;
      default -> throw wrongType(key, value, "a number");
    };
  }

  private PunaException wrongType(String key, Object value, String wanted) {
    String is =
        switch (value) {
          case String _ -> "a text";
          case Long _, Integer _ -> "an integer";
          case Number number -> number.toString();
          case Boolean _ -> "a flag";
          default -> "a list of another type";
        };
    return new PunaException(
        "%s: the key '%s' is %s, where %s is expected".formatted(where, key, is, wanted),
        "convert the model to GGUF again");
  }
}
