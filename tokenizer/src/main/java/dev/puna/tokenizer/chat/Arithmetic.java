package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The operators between two values, with Python's meaning. */
final class Arithmetic {
  private Arithmetic() {}

  static Object apply(String operator, @Nullable Object a, @Nullable Object b) {
    for (Object value : new @Nullable Object[] {a, b}) {
      if (value instanceof Undefined undefined) {
        throw undefined.used();
      }
    }
    Object sequence = sequences(operator, a, b);
    if (sequence != null) {
      return sequence;
    }
    Number x = Python.numeric(a);
    Number y = Python.numeric(b);
    if (x == null || y == null) {
      throw new TemplateException(
          "%s %s %s has no meaning".formatted(Python.typeName(a), operator, Python.typeName(b)));
    }
    return x instanceof Long i && y instanceof Long j
        ? integers(operator, i, j)
        : floats(operator, x.doubleValue(), y.doubleValue());
  }

  /** Sums of texts and of lists, texts and lists repeated, {@code text % values}. */
  private static @Nullable Object sequences(
      String operator, @Nullable Object a, @Nullable Object b) {
    switch (operator) {
      case "+" -> {
        if (a instanceof CharSequence x && b instanceof CharSequence y) {
          Budget.text((long) x.length() + y.length());
          return joined(x, y);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
          return concatenated(x, y);
        }
        if (a instanceof Tuple x && b instanceof Tuple y) {
          return new Tuple(concatenated(x.items(), y.items()));
        }
      }
      case "*" -> {
        if (a instanceof Long n && !(b instanceof Long)) {
          return repeated(b, n);
        }
        return b instanceof Long n ? repeated(a, n) : null;
      }
      case "%" -> {
        if (a instanceof CharSequence pattern) {
          List<@Nullable Object> values = new ArrayList<>();
          if (b instanceof Tuple tuple) {
            values.addAll(tuple.items());
          } else {
            values.add(b);
          }
          return PrintfFormat.format(pattern.toString(), values);
        }
      }
      default -> {}
    }
    return null;
  }

  private static Object joined(CharSequence a, CharSequence b) {
    if (a instanceof Markup || b instanceof Markup) {
      String left = a instanceof Markup ? a.toString() : Markup.escape(a.toString());
      String right = b instanceof Markup ? b.toString() : Markup.escape(b.toString());
      return new Markup(left + right);
    }
    return a.toString() + b;
  }

  private static List<@Nullable Object> concatenated(List<?> a, List<?> b) {
    Budget.items((long) a.size() + b.size());
    List<@Nullable Object> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private static @Nullable Object repeated(@Nullable Object value, long times) {
    long count = Math.max(0, times);
    if (value instanceof CharSequence text) {
      Budget.text(product(text.length(), count));
      return text.toString().repeat((int) count);
    }
    List<@Nullable Object> items = Python.items(value);
    if (items == null) {
      return null;
    }
    Budget.items(product(items.size(), count));
    List<@Nullable Object> all = new ArrayList<>();
    for (long i = 0; i < count && !items.isEmpty(); i++) {
      all.addAll(items);
    }
    return value instanceof Tuple ? new Tuple(all) : all;
  }

  private static long product(long length, long times) {
    return Math.multiplyHigh(length, times) != 0 ? Long.MAX_VALUE : length * times;
  }

  private static Object integers(String operator, long a, long b) {
    try {
      return switch (operator) {
        case "+" -> Math.addExact(a, b);
        case "-" -> Math.subtractExact(a, b);
        case "*" -> Math.multiplyExact(a, b);
        case "/" -> (double) a / notZero(b);
        case "//" -> Math.floorDiv(a, notZero(b));
        case "%" -> Math.floorMod(a, notZero(b));
        case "**" -> b < 0 ? (Object) Math.pow(a, b) : (Object) power(a, b);
        default -> throw new AssertionError(operator);
      };
    } catch (ArithmeticException _) {
      throw new TemplateException("%d %s %d does not fit into 64 bits".formatted(a, operator, b));
    }
  }

  private static long power(long base, long exponent) {
    if (exponent > 64 && Math.abs(base) > 1) {
      throw new ArithmeticException();
    }
    long odd = base == -1 && exponent % 2 != 0 ? -1 : 1;
    if (Math.abs(base) <= 1) {
      return exponent == 0 ? 1 : base == 0 ? 0 : odd;
    }
    long result = 1;
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static long notZero(long divisor) {
    if (divisor == 0) {
      throw new TemplateException("division by zero");
    }
    return divisor;
  }

  private static Object floats(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - b * Math.floor(a / b);
      case "**" -> Math.pow(a, b);
      default -> throw new AssertionError(operator);
    };
  }

  static Object negated(@Nullable Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.used();
    }
    return switch (Objects.requireNonNullElse(Python.numeric(value), "")) {
      case Long number -> integers("-", 0, number);
      case Double number -> -number;
      default -> throw new TemplateException(Python.typeName(value) + " has no negative");
    };
  }
}
