package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes the values of expressions. */
final class Evaluator {
  private Evaluator() {}

  static @Nullable Object evaluate(Expr expr, Scope scope) {
    Budget.enter();
    Object value =
        switch (expr) {
          case Expr.Literal literal -> literal.value();
          case Expr.Name name -> scope.get(name.name());
          case Expr.ListOf list -> all(list.items(), scope);
          case Expr.TupleOf tuple -> new Tuple(all(tuple.items(), scope));
          case Expr.DictOf dictionary -> dictionary(dictionary, scope);
          case Expr.Attribute a -> attribute(evaluate(a.target(), scope), a.name());
          case Expr.Item i -> item(evaluate(i.target(), scope), evaluate(i.index(), scope));
          case Expr.Slice slice -> slice(slice, scope);
          case Expr.Call call -> call(call, scope);
          case Expr.Filtered f -> filtered(f, evaluate(f.target(), scope), scope);
          case Expr.Is is ->
              Is.test(evaluate(is.target(), scope), given(is.name(), is.arguments(), scope));
          case Expr.Not not -> !truth(not.x(), scope);
          case Expr.Negated negated -> Arithmetic.negated(evaluate(negated.x(), scope));
          case Expr.And and -> {
            Object a = evaluate(and.a(), scope);
            yield Python.truth(a) ? evaluate(and.b(), scope) : a;
          }
          case Expr.Or or -> {
            Object a = evaluate(or.a(), scope);
            yield Python.truth(a) ? a : evaluate(or.b(), scope);
          }
          case Expr.Arithmetic x ->
              Arithmetic.apply(x.operator(), evaluate(x.a(), scope), evaluate(x.b(), scope));
          case Expr.Concatenation concatenation -> concatenation(concatenation, scope);
          case Expr.Comparison comparison -> comparison(comparison, scope);
          case Expr.Conditional c -> conditional(c, scope);
        };
    Budget.leave();
    return value;
  }

  static boolean truth(Expr expr, Scope scope) {
    return Python.truth(evaluate(expr, scope));
  }

  private static List<@Nullable Object> all(List<Expr> items, Scope scope) {
    List<@Nullable Object> values = new ArrayList<>(items.size());
    for (Expr item : items) {
      values.add(evaluate(item, scope));
    }
    return values;
  }

  private static Object dictionary(Expr.DictOf dictionary, Scope scope) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (Expr.DictOf.Pair pair : dictionary.pairs()) {
      map.put(key(evaluate(pair.key(), scope)), evaluate(pair.value(), scope));
    }
    return map;
  }

  /** What can be a key: nothing that changes. */
  static @Nullable Object key(@Nullable Object value) {
    if (value instanceof List<?> || value instanceof Map<?, ?>) {
      throw new TemplateException(Python.typeName(value) + " cannot be a key");
    }
    return value instanceof Markup markup ? markup.text() : value;
  }

  private static @Nullable Object conditional(Expr.Conditional c, Scope scope) {
    if (truth(c.condition(), scope)) {
      return evaluate(c.yes(), scope);
    }
    return c.no() == null
        ? new Undefined("the value of an 'if' without 'else'")
        : evaluate(c.no(), scope);
  }

  private static Object concatenation(Expr.Concatenation concatenation, Scope scope) {
    StringBuilder text = new StringBuilder();
    for (Expr part : concatenation.parts()) {
      text.append(Python.text(evaluate(part, scope)));
      Budget.text(text.length());
    }
    return text.toString();
  }

  private static Object comparison(Expr.Comparison comparison, Scope scope) {
    Object left = evaluate(comparison.first(), scope);
    for (Expr.Comparison.Link link : comparison.links()) {
      Object right = evaluate(link.with(), scope);
      if (!holds(link.operator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private static boolean holds(String operator, @Nullable Object a, @Nullable Object b) {
    return switch (operator) {
      case "==" -> Python.equal(a, b);
      case "!=" -> !Python.equal(a, b);
      case "<" -> Python.compare(a, b) < 0;
      case "<=" -> Python.compare(a, b) <= 0;
      case ">" -> Python.compare(a, b) > 0;
      case ">=" -> Python.compare(a, b) >= 0;
      case "in" -> contains(b, a);
      case "not in" -> !contains(b, a);
      default -> throw new AssertionError(operator);
    };
  }

  private static boolean contains(@Nullable Object container, @Nullable Object item) {
    Budget.spend(container instanceof CharSequence text ? text.length() >> 6 : 1);
    if (container instanceof List<?> || container instanceof Tuple) {
      Budget.spend(Python.length(container));
    }
    return Python.contains(container, item);
  }

  /** {@code target.name}: a method of the target, or else an item of it. */
  static @Nullable Object attribute(@Nullable Object target, String name) {
    return switch (target) {
      case Undefined undefined -> throw undefined.used();
      case Namespace space ->
          space.fields().containsKey(name)
              ? space.fields().get(name)
              : new Undefined("'" + name + "' of the namespace");
      case Loop loop -> loop.attribute(name);
      case null, default -> {
        Callable method = Methods.find(target, name);
        yield method != null ? method : lookUp(target, name);
      }
    };
  }

  /** {@code target[index]}: an item of the target, or else its method of that name. */
  private static @Nullable Object item(@Nullable Object target, @Nullable Object index) {
    if (target instanceof Undefined undefined) {
      throw undefined.used();
    }
    Object value = lookUp(target, index);
    if (value instanceof Undefined && index instanceof String name) {
      return target instanceof Namespace || target instanceof Loop
          ? attribute(target, name)
          : java.util.Objects.requireNonNullElse(Methods.find(target, name), value);
    }
    return value;
  }

  private static @Nullable Object lookUp(@Nullable Object target, @Nullable Object index) {
    if (target instanceof Map<?, ?> map) {
      Object key = key(index);
      return map.containsKey(key)
          ? map.get(key)
          : new Undefined("'" + Python.text(index) + "' of a dictionary");
    }
    Undefined missing = new Undefined("'" + Python.text(index) + "' of " + Python.typeName(target));
    if (!(index instanceof Long position)) {
      return missing;
    }
    if (target instanceof CharSequence text) {
      List<@Nullable Object> characters = Python.iterate(text);
      Budget.spend(characters.size());
      return within(characters, position) < 0
          ? missing
          : characters.get(within(characters, position));
    }
    List<@Nullable Object> items = Python.items(target);
    int at = items == null ? -1 : within(items, position);
    return items == null || at < 0 ? missing : items.get(at);
  }

  /** The place in a list; from its end if the index is negative; -1 if it is outside. */
  private static int within(List<?> items, long index) {
    long place = index < 0 ? index + items.size() : index;
    return place < 0 || place >= items.size() ? -1 : (int) place;
  }

  private static Object slice(Expr.Slice slice, Scope scope) {
    Object target = evaluate(slice.target(), scope);
    if (target instanceof Undefined undefined) {
      throw undefined.used();
    }
    if (target instanceof Map<?, ?> || Python.numeric(target) != null || target == null) {
      throw new TemplateException("a part of " + Python.typeName(target) + " makes no sense");
    }
    List<@Nullable Object> all = Python.iterate(target);
    Budget.spend(all.size());
    long step = bound(slice.step(), scope, 1);
    if (step == 0) {
      throw new TemplateException("the step of a slice is 0");
    }
    List<@Nullable Object> part = new ArrayList<>();
    int size = all.size();
    if (step > 0) {
      long to = clamp(bound(slice.to(), scope, size), size, 0, size);
      for (long i = clamp(bound(slice.from(), scope, 0), size, 0, size); i < to; i += step) {
        part.add(all.get((int) i));
      }
    } else {
      long from = clamp(bound(slice.from(), scope, size - 1), size, -1, size - 1);
      long to = slice.to() == null ? -1 : clamp(bound(slice.to(), scope, 0), size, -1, size - 1);
      for (long i = from; i > to; i += step) {
        part.add(all.get((int) i));
      }
    }
    return switch (target) {
      case CharSequence _ -> String.join("", part.stream().map(Python::text).toList());
      case Tuple _ -> new Tuple(part);
      default -> part;
    };
  }

  private static long bound(@Nullable Expr expr, Scope scope, long otherwise) {
    Object value = expr == null ? null : evaluate(expr, scope);
    return switch (value) {
      case null -> otherwise;
      case Long number -> Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case Boolean flag -> flag ? 1 : 0;
      case Undefined undefined -> throw undefined.used();
      default ->
          throw new TemplateException(
              "a slice goes from integer to integer, not " + Python.typeName(value));
    };
  }

  private static long clamp(long index, int size, long least, long most) {
    return Math.clamp(index < 0 ? index + size : index, least, Math.max(least, most));
  }

  private static @Nullable Object call(Expr.Call call, Scope scope) {
    Object callee = evaluate(call.callee(), scope);
    String name =
        switch (call.callee()) {
          case Expr.Name n -> n.name();
          case Expr.Attribute a -> a.name();
          default -> "a value";
        };
    return call(callee, given(name, call.arguments(), scope));
  }

  static @Nullable Object call(@Nullable Object callee, Given given) {
    if (callee instanceof Callable callable) {
      return callable.call(given);
    }
    if (callee instanceof Undefined undefined) {
      throw undefined.used();
    }
    throw new TemplateException(
        "'" + given.name() + "' is " + Python.typeName(callee) + ", which cannot be called");
  }

  static Given given(String name, Expr.Arguments arguments, Scope scope) {
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    List<@Nullable Object> positional = all(arguments.positional(), scope);
    arguments.named().forEach((key, value) -> named.put(key, evaluate(value, scope)));
    return new Given(name, positional, named);
  }

  /** A filter applied to a value that is there already. */
  static @Nullable Object filtered(Expr.Filtered filter, @Nullable Object target, Scope scope) {
    return Filters.apply(target, given(filter.name(), filter.arguments(), scope));
  }
}
