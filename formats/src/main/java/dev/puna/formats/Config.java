package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A config.json, or any other JSON object, with typed look-up. JSON null counts as absent. A key of
 * the wrong type, or one missing without a default, is a {@link PunaException} that names the file
 * and the key.
 */
public final class Config {
  private final String where;
  private final Map<String, Object> values;

  /** Keys that have been looked at. */
  private final Set<String> read = ConcurrentHashMap.newKeySet();

  /** Keys whose value is null: absent, but said to be. */
  private final Set<String> nulls;

  private Config(String where, Map<String, Object> values, Set<String> nulls) {
    this.where = where;
    this.values = Collections.unmodifiableMap(values);
    this.nulls = nulls;
  }

  /** Whether the key's value is null, which some options tell from an absent one. */
  public boolean isNull(String key) {
    return nulls.contains(key);
  }

  /** The keys that have a value which nobody has looked at, in file order. */
  public Set<String> unread() {
    Set<String> unread = new LinkedHashSet<>(values.keySet());
    unread.removeAll(read);
    return unread;
  }

  private @Nullable Object value(String key) {
    read.add(key);
    return values.get(key);
  }

  /**
   * Reads a file.
   *
   * @throws PunaException if it is not there, or holds anything but one JSON object
   */
  public static Config read(Path file) {
    return copy(file.toString(), Json.object(file));
  }

  /**
   * Reads JSON from elsewhere than a file.
   *
   * @param where named in errors
   * @throws PunaException if it is anything but one JSON object
   */
  public static Config parse(String where, byte[] json) {
    return copy(where, Json.object(where, json));
  }

  /**
   * A configuration from elsewhere than a file.
   *
   * @param where named in errors
   * @param values String, Number, Boolean, List or Map; null counts as absent
   */
  public static Config of(String where, Map<String, ?> values) {
    return copy(where, values);
  }

  private static Config copy(String where, Map<?, ?> values) {
    Map<String, Object> present = new LinkedHashMap<>();
    Set<String> nulls = new LinkedHashSet<>();
    values.forEach(
        (key, value) -> {
          if (value != null) {
            present.put(String.valueOf(key), value);
          } else {
            nulls.add(String.valueOf(key));
          }
        });
    return new Config(where, present, nulls);
  }

  /** What is named in errors: the file, or the file and the way to this object in it. */
  public String where() {
    return where;
  }

  public boolean has(String key) {
    return value(key) != null;
  }

  /** The keys that have a value, in file order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** The value as it is: String, Integer, Long, BigInteger, Double, Boolean, List or Map. */
  public @Nullable Object get(String key) {
    return value(key);
  }

  /** An integer of 32 bits; 64.0 counts as one. */
  public int integer(String key) {
    return asInteger(key, required(key));
  }

  public int integer(String key, int otherwise) {
    Object value = value(key);
    return value == null ? otherwise : asInteger(key, value);
  }

  /** An integer from 1 to 2^31 - 1: a size or a count. */
  public int positive(String key) {
    return asPositive(key, required(key));
  }

  public int positive(String key, int otherwise) {
    Object value = value(key);
    return value == null ? otherwise : asPositive(key, value);
  }

  /** A finite number. */
  public double number(String key) {
    return asNumber(key, required(key));
  }

  public double number(String key, double otherwise) {
    Object value = value(key);
    return value == null ? otherwise : asNumber(key, value);
  }

  public boolean flag(String key, boolean otherwise) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(key, value, "true or false");
  }

  public String text(String key) {
    return asText(key, required(key));
  }

  public @Nullable String text(String key, @Nullable String otherwise) {
    Object value = value(key);
    return value == null ? otherwise : asText(key, value);
  }

  /** An object within this one, or null if there is none. */
  public @Nullable Config object(String key) {
    Object value = value(key);
    if (value == null) {
      return null;
    }
    if (value instanceof Map<?, ?> map) {
      return copy(where + ", " + key, map);
    }
    throw wrong(key, value, "an object");
  }

  /** A list (its elements may be null where the file says so), or null if there is none. */
  public @Nullable List<Object> list(String key) {
    Object value = value(key);
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list) {
      return Collections.unmodifiableList(list);
    }
    throw wrong(key, value, "a list");
  }

  /** As JSON text in UTF-8. */
  public byte[] json() {
    return Json.write(values);
  }

  /** A copy in which {@code key} has another value. */
  public Config with(String key, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(values);
    changed.put(key, value);
    return new Config(where, changed, nulls);
  }

  /** A copy in which {@code key} has no value. */
  public Config without(String key) {
    Map<String, Object> changed = new LinkedHashMap<>(values);
    changed.remove(key);
    return new Config(where, changed, nulls);
  }

  private Object required(String key) {
    Object value = value(key);
    if (value == null) {
      throw new PunaException(
          where + ": '" + key + "' is missing", "add it, or get the file again");
    }
    return value;
  }

  private int asInteger(String key, Object value) {
    if (value instanceof Number number
        && number.doubleValue() == number.intValue()
        && number.longValue() == number.intValue()) {
      return number.intValue();
    }
    throw wrong(key, value, "an integer of 32 bits");
  }

  private int asPositive(String key, Object value) {
    if (value instanceof Number && asInteger(key, value) > 0) {
      return asInteger(key, value);
    }
    throw wrong(key, value, "an integer above 0");
  }

  private double asNumber(String key, Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw wrong(key, value, "a finite number");
  }

  private String asText(String key, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrong(key, value, "a text");
  }

  private PunaException wrong(String key, Object value, String wanted) {
    String is =
        switch (value) {
          case Number number -> number.toString();
          case Boolean flag -> flag.toString();
          case String _ -> "a text";
          case List<?> _ -> "a list";
          default -> "an object";
        };
    return new PunaException(
        "%s: '%s' is %s, where %s is expected".formatted(where, key, is, wanted),
        "correct it, or get the file again");
  }
}
