package dev.puna.tokenizer.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tests: {@code value is name(arguments)}. */
final class Is {
  private Is() {}

  static boolean test(@Nullable Object x, Given given) {
    return switch (given.name()) {
      case "defined" -> !(x instanceof Undefined);
      case "undefined" -> x instanceof Undefined;
      case "none" -> x == null;
      case "boolean" -> x instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(x);
      case "false" -> Boolean.FALSE.equals(x);
      case "integer" -> x instanceof Long;
      case "float" -> x instanceof Double;
      case "number" -> Python.numeric(x) != null;
      case "string" -> x instanceof CharSequence;
      case "mapping" -> x instanceof Map<?, ?>;
      case "sequence", "iterable" -> sequence(x);
      case "callable" -> x instanceof Callable;
      case "odd" -> Math.floorMod(integer(x, given), 2L) == 1;
      case "even" -> Math.floorMod(integer(x, given), 2L) == 0;
      case "divisibleby" -> divisible(integer(x, given), given.integer(0, "num", 0));
      case "in" -> Python.contains(given.required(0, "seq"), x);
      case "lower" -> Texts.isLower(Python.text(x));
      case "upper" -> Texts.isUpper(Python.text(x));
      case "escaped" -> x instanceof Markup;
      case "sameas" -> same(x, given.required(0, "other"));
      case "filter" -> Filters.known(Python.text(x));
      case "test" -> known(Python.text(x));
      default -> compared(x, given);
    };
  }

  private static boolean compared(@Nullable Object x, Given given) {
    return switch (given.name()) {
      case "eq", "equalto", "==" -> Python.equal(x, given.required(0, "other"));
      case "ne", "!=" -> !Python.equal(x, given.required(0, "other"));
      case "lt", "lessthan", "<" -> Python.compare(x, given.required(0, "other")) < 0;
      case "le", "<=" -> Python.compare(x, given.required(0, "other")) <= 0;
      case "gt", "greaterthan", ">" -> Python.compare(x, given.required(0, "other")) > 0;
      case "ge", ">=" -> Python.compare(x, given.required(0, "other")) >= 0;
      default -> throw unknown(given.name());
    };
  }

  private static TemplateException unknown(String name) {
    return new TemplateException("test '" + name + "' is not known to this program");
  }

  private static boolean known(String name) {
    try {
      test("", new Given(name, List.of(""), Map.of()));
      return true;
    } catch (TemplateException e) {
      return !String.valueOf(e.getMessage()).equals(unknown(name).getMessage());
    }
  }

  private static boolean sequence(@Nullable Object x) {
    return x instanceof CharSequence
        || x instanceof List<?>
        || x instanceof Tuple
        || x instanceof Map<?, ?>
        || x instanceof Undefined;
  }

  /** Python's identity, as far as it means something here: constants and the very same object. */
  private static boolean same(@Nullable Object a, @Nullable Object b) {
    return a == b || a instanceof Boolean && a.equals(b) || a instanceof Long && a.equals(b);
  }

  private static boolean divisible(long x, long by) {
    if (by == 0) {
      throw new TemplateException("division by zero");
    }
    return x % by == 0;
  }

  private static long integer(@Nullable Object x, Given given) {
    if (x instanceof Long number) {
      return number;
    }
    throw new TemplateException(
        "test '" + given.name() + "' wants an integer, not " + Python.typeName(x));
  }
}
