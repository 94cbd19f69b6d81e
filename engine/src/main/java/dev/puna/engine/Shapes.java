package dev.puna.engine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.puna.tensor.PunaException;
import java.lang.invoke.MethodType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the shapes of Java types. Records and sealed interfaces are found once for each type. */
final class Shapes {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** By class, and whether a record says its name: what has a definition in the schema. */
  private record Key(Class<?> type, boolean tagged) {}

  private final SequencedMap<Key, Shape> known = new LinkedHashMap<>();
  private final Map<String, Integer> names = new HashMap<>();

  /** The schemas that others refer to. */
  ObjectNode definitions() {
    ObjectNode all = JSON.objectNode();
    for (Shape shape : known.values()) {
      switch (shape) {
        case Shape.Fields fields -> all.set(fields.name(), fields.definition());
        case Shape.OneOf oneOf -> all.set(oneOf.name(), oneOf.definition());
        default -> throw new IllegalStateException("a definition of " + shape);
      }
    }
    return all;
  }

  Shape of(Class<?> type) {
    return of(type, type.getSimpleName());
  }

  private static PunaException refused(String where, Type type, String why) {
    return new PunaException(
        "%s is of the type %s, %s".formatted(where, type.getTypeName(), why),
        "use records, enums, texts, numbers, lists and maps of them");
  }

  private Shape of(Type type, String where) {
    return switch (type) {
      case Class<?> c when c.isArray() ->
          new Shape.Listed(
              of(c.getComponentType(), where), Shape.Listed.array(c.getComponentType()));
      case Class<?> c -> ofClass(c, where);
      case GenericArrayType a
          when a.getGenericComponentType() instanceof ParameterizedType p
              && p.getRawType() instanceof Class<?> raw ->
          new Shape.Listed(of(p, where), Shape.Listed.array(raw));
      case ParameterizedType p when p.getRawType() instanceof Class<?> raw ->
          generic(raw, p, where);
      default -> throw refused(where, type, "which is not known when it is read");
    };
  }

  private Shape generic(Class<?> raw, ParameterizedType type, String where) {
    Type[] arguments = type.getActualTypeArguments();
    if (raw == List.class || raw == Collection.class) {
      return new Shape.Listed(of(arguments[0], where), List::copyOf);
    }
    if (raw == Set.class) {
      return new Shape.Listed(of(arguments[0], where), Shape.Listed::set);
    }
    if (raw == Map.class && arguments[0] == String.class) {
      return new Shape.Mapped(of(arguments[1], where));
    }
    throw refused(where, type, "which has no JSON form here");
  }

  private Shape ofClass(Class<?> type, String where) {
    Shape simple = Simple.of(boxed(type));
    if (simple != null) {
      return simple;
    }
    if (type.isEnum()) {
      return enumeration(type);
    }
    if (type.isRecord()) {
      return record(type, false, where);
    }
    if (type.isSealed() && type.isInterface()) {
      return sealed(type, where);
    }
    throw refused(where, type, "which has no JSON form here");
  }

  private static Shape enumeration(Class<?> type) {
    Map<String, Object> byName = new HashMap<>();
    ObjectNode schema = JSON.objectNode();
    ArrayNode values = schema.putArray("enum");
    for (Object constant : type.getEnumConstants()) {
      String name = ((Enum<?>) constant).name();
      byName.put(name, constant);
      values.add(name);
    }
    return new Shape.Text(
        schema,
        name -> {
          Object constant = byName.get(name);
          if (constant == null) {
            throw new IllegalArgumentException(name);
          }
          return constant;
        },
        "a " + type.getSimpleName());
  }

  private String name(Class<?> type) {
    int count = names.merge(type.getSimpleName(), 1, Integer::sum);
    return count == 1 ? type.getSimpleName() : type.getSimpleName() + count;
  }

  private Shape.Fields record(Class<?> type, boolean tagged, String where) {
    Key key = new Key(type, tagged);
    if (known.get(key) instanceof Shape.Fields fields) {
      return fields;
    }
    List<Shape.Component> components = new ArrayList<>();
    String tag = tagged ? type.getSimpleName() : null;
    Shape.Fields fields = new Shape.Fields(name(type), constructor(type, where), components, tag);
    known.put(key, fields);
    for (RecordComponent c : type.getRecordComponents()) {
      String place = type.getSimpleName() + "." + c.getName();
      if (tagged && c.getName().equals("type")) {
        throw new PunaException(
            place + " is named as the property that tells records apart", "name it differently");
      }
      components.add(component(c, place));
    }
    return fields;
  }

  private static Constructor<?> constructor(Class<?> type, String where) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    } catch (InaccessibleObjectException | SecurityException e) {
      throw new PunaException(
          "%s is of the type %s, which cannot be made from here".formatted(where, type.getName()),
          "open its package to dev.puna.engine",
          e);
    }
  }

  private Shape.Component component(RecordComponent c, String where) {
    Type type = c.getGenericType();
    String name = c.getName();
    if (type instanceof ParameterizedType p && p.getRawType() == Optional.class) {
      Shape shape = of(p.getActualTypeArguments()[0], where);
      return new Shape.Component(name, shape, n -> Optional.empty(), Optional::of);
    }
    if (type == OptionalInt.class) {
      return new Shape.Component(
          name,
          ofClass(int.class, where),
          n -> OptionalInt.empty(),
          v -> OptionalInt.of((Integer) v));
    }
    if (type == OptionalLong.class) {
      return new Shape.Component(
          name,
          ofClass(long.class, where),
          n -> OptionalLong.empty(),
          v -> OptionalLong.of((Long) v));
    }
    if (type == OptionalDouble.class) {
      return new Shape.Component(
          name,
          ofClass(double.class, where),
          n -> OptionalDouble.empty(),
          v -> OptionalDouble.of((Double) v));
    }
    boolean nullable =
        isNullable(c) || isNullable(c.getAnnotatedType()) || isNullable(c.getAccessor());
    if (nullable && c.getType().isPrimitive()) {
      throw refused(where, type, "which cannot be null");
    }
    return new Shape.Component(name, of(type, where), nullable ? n -> null : null, Shape::itself);
  }

  /** Whoever the annotation is from. */
  private static boolean isNullable(AnnotatedElement element) {
    return Arrays.stream(element.getAnnotations())
        .anyMatch(a -> a.annotationType().getSimpleName().equals("Nullable"));
  }

  private Shape sealed(Class<?> type, String where) {
    Key key = new Key(type, true);
    Shape shape = known.get(key);
    if (shape == null) {
      Map<String, Shape.Fields> options = new LinkedHashMap<>();
      shape = new Shape.OneOf(name(type), options);
      known.put(key, shape);
      addOptions(type, options, where);
    }
    return shape;
  }

  private void addOptions(Class<?> type, Map<String, Shape.Fields> options, String where) {
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        Shape.Fields fields = record(permitted, true, where);
        Shape.Fields other = options.put(permitted.getSimpleName(), fields);
        if (other != null && other != fields) {
          throw refused(where, type, "which permits two records of the same simple name");
        }
      } else if (permitted.isSealed() && permitted.isInterface()) {
        addOptions(permitted, options, where);
      } else {
        throw refused(where, permitted, "which is neither a record nor sealed");
      }
    }
  }

  @SuppressWarnings("unchecked") // a primitive type's class has the type of its box
  static <T> Class<T> boxed(Class<T> type) {
    return (Class<T>) MethodType.methodType(type).wrap().returnType();
  }

  /** Texts and numbers. */
  private static final class Simple {
    private Simple() {}

    static @Nullable Shape of(Class<?> type) {
      if (type == String.class) {
        return text(null, t -> t);
      } else if (type == Boolean.class) {
        return new Shape.Flag();
      } else if (type == LocalDate.class) {
        return text("date", LocalDate::parse);
      } else if (type == OffsetDateTime.class) {
        return text("date-time", OffsetDateTime::parse);
      } else if (type == UUID.class) {
        return text("uuid", UUID::fromString);
      } else if (type == Double.class) {
        return new Shape.Real(null, BigDecimal::doubleValue);
      } else if (type == Float.class) {
        return new Shape.Real(new BigDecimal(Float.MAX_VALUE), BigDecimal::floatValue);
      } else if (type == BigDecimal.class) {
        return new Shape.Real(null, v -> v);
      }
      return whole(type);
    }

    private static Shape text(@Nullable String format, Function<String, Object> of) {
      ObjectNode schema = JSON.objectNode().put("type", "string");
      return new Shape.Text(
          format == null ? schema : schema.put("format", format),
          of,
          format == null ? "a text" : "a " + format);
    }

    private static @Nullable Shape whole(Class<?> type) {
      if (type == Integer.class) {
        return bits(32, BigInteger::intValueExact);
      } else if (type == Long.class) {
        return bits(64, BigInteger::longValueExact);
      } else if (type == Short.class) {
        return bits(16, BigInteger::shortValueExact);
      } else if (type == Byte.class) {
        return bits(8, BigInteger::byteValueExact);
      } else if (type == BigInteger.class) {
        return new Shape.Whole(null, null, v -> v);
      }
      return null;
    }

    private static Shape bits(int bits, Function<BigInteger, Object> of) {
      BigInteger most = BigInteger.TWO.pow(bits - 1).subtract(BigInteger.ONE);
      return new Shape.Whole(most.not(), most, of);
    }
  }
}
