package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The filters that go over the items of a list, the keys of a dictionary, or characters. */
final class ListFilters {
  private ListFilters() {}

  /** What {@link #apply} returns for the name of no filter. */
  static final Object NONE = new Object();

  static @Nullable Object apply(@Nullable Object x, Given given) {
    return switch (given.name()) {
      case "items" -> pairs(x);
      case "dictsort" -> sortedPairs(x, given);
      case "list" -> items(x);
      case "first" -> end(items(x), true);
      case "last" -> end(items(x), false);
      case "reverse" -> reversed(x);
      case "join" -> join(items(x), given);
      case "map" -> map(itemsIfAny(x), given);
      case "select" -> chosen(itemsIfAny(x), tested(given, 0), true);
      case "reject" -> chosen(itemsIfAny(x), tested(given, 0), false);
      case "selectattr" -> chosen(itemsIfAny(x), attributeTested(given), true);
      case "rejectattr" -> chosen(itemsIfAny(x), attributeTested(given), false);
      case "sort" -> sorted(items(x), given);
      case "unique" -> unique(items(x), given);
      case "min" -> extreme(items(x), given, (a, b) -> order(a, b, given, 0) <= 0 ? a : b);
      case "max" -> extreme(items(x), given, (a, b) -> order(a, b, given, 0) >= 0 ? a : b);
      case "sum" -> sum(items(x), given);
      case "groupby" -> groups(items(x), given);
      case "batch" -> batches(items(x), given);
      case "slice" -> slices(items(x), given);
      default -> NONE;
    };
  }

  private static List<@Nullable Object> items(@Nullable Object x) {
    List<@Nullable Object> items = Python.iterate(x);
    Budget.items(items.size());
    return items;
  }

  /** Some filters take whatever is false for no items; templates count on it for none. */
  private static List<@Nullable Object> itemsIfAny(@Nullable Object x) {
    return Python.truth(x) ? items(x) : List.of();
  }

  private static Object pairs(@Nullable Object x) {
    if (x instanceof Undefined) {
      return List.of();
    }
    if (x instanceof Map<?, ?> map) {
      return Methods.items(map);
    }
    throw new TemplateException("'items' wants a dictionary, not " + Python.typeName(x));
  }

  private static Object sortedPairs(@Nullable Object x, Given given) {
    if (!(x instanceof Map<?, ?> map)) {
      throw new TemplateException("'dictsort' wants a dictionary, not " + Python.typeName(x));
    }
    Budget.items(map.size());
    boolean byValue = given.text(1, "by", "key").equals("value");
    boolean exact = given.flag(0, "case_sensitive", false);
    List<@Nullable Object> pairs = Methods.items(map);
    Comparator<@Nullable Object> order =
        Comparator.comparing(
            pair -> folded(Python.iterate(pair).get(byValue ? 1 : 0), exact), ListFilters::compare);
    pairs.sort(given.flag(2, "reverse", false) ? order.reversed() : order);
    return pairs;
  }

  private static int compare(@Nullable Object a, @Nullable Object b) {
    Budget.step();
    return Python.compare(a, b);
  }

  /** Strings in small letters, unless their case matters. */
  private static Object folded(@Nullable Object value, boolean exact) {
    Object folded =
        !exact && value instanceof CharSequence s ? s.toString().toLowerCase(Locale.ROOT) : value;
    return new Tuple(Collections.singletonList(folded));
  }

  private static @Nullable Object end(List<@Nullable Object> items, boolean first) {
    if (items.isEmpty()) {
      return new Undefined("the " + (first ? "first" : "last") + " item of nothing");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private static Object reversed(@Nullable Object x) {
    if (x instanceof CharSequence text) {
      return new StringBuilder(text).reverse().toString();
    }
    List<@Nullable Object> items = new ArrayList<>(items(x));
    Collections.reverse(items);
    return items;
  }

  private static String join(List<@Nullable Object> items, Given given) {
    String between = Python.text(given.get(0, "d", ""));
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      Object item = items.get(i);
      Object part =
          given.has(1, "attribute") ? attribute(item, given.get(1, "attribute", null)) : item;
      out.append(i == 0 ? "" : between).append(Python.text(part));
      Budget.text(out.length());
    }
    return out.toString();
  }

  private static List<@Nullable Object> map(List<@Nullable Object> items, Given given) {
    List<@Nullable Object> mapped = new ArrayList<>();
    for (Object item : items) {
      if (given.named().containsKey("attribute")) {
        Object value = attribute(item, given.named().get("attribute"));
        boolean missing = value instanceof Undefined && given.named().containsKey("default");
        mapped.add(missing ? given.named().get("default") : value);
      } else {
        mapped.add(Filters.apply(item, given.rest(given.text(0, "filter"), 1)));
      }
    }
    return mapped;
  }

  /** The test that the arguments from {@code from} on name; truth if they name none. */
  private static Predicate<@Nullable Object> tested(Given given, int from) {
    if (given.positional().size() <= from) {
      return Python::truth;
    }
    Given test = given.rest(given.text(from, "test"), from + 1);
    return item -> Is.test(item, test);
  }

  private static Predicate<@Nullable Object> attributeTested(Given given) {
    Predicate<@Nullable Object> test = tested(given, 1);
    return item -> test.test(attribute(item, given.required(0, "attribute")));
  }

  private static List<@Nullable Object> chosen(
      List<@Nullable Object> items, Predicate<@Nullable Object> test, boolean wanted) {
    List<@Nullable Object> chosen = new ArrayList<>();
    for (Object item : items) {
      if (test.test(item) == wanted) {
        chosen.add(item);
      }
    }
    return chosen;
  }

  /** An attribute of an attribute, {@code "function.name"}, or an item by its number. */
  static @Nullable Object attribute(@Nullable Object item, @Nullable Object path) {
    if (path instanceof Long index) {
      List<@Nullable Object> items = Python.items(item);
      return items == null || index < 0 || index >= items.size()
          ? new Undefined("item " + index)
          : items.get(index.intValue());
    }
    Object value = item;
    for (String name : Python.text(path).split("\\.", -1)) {
      value =
          switch (value) {
            case Undefined undefined -> throw undefined.used();
            case Map<?, ?> map when map.containsKey(name) -> map.get(name);
            case Namespace space when space.fields().containsKey(name) -> space.fields().get(name);
            case null, default -> new Undefined("'" + name + "' of " + Python.typeName(value));
          };
    }
    return value;
  }

  private static int order(@Nullable Object a, @Nullable Object b, Given given, int from) {
    boolean exact = given.flag(from, "case_sensitive", false);
    return compare(folded(by(a, given, from + 1), exact), folded(by(b, given, from + 1), exact));
  }

  private static @Nullable Object by(@Nullable Object item, Given given, int at) {
    Object path = given.get(at, "attribute", null);
    return path == null ? item : attribute(item, path);
  }

  private static Object sorted(List<@Nullable Object> items, Given given) {
    List<@Nullable Object> sorted = new ArrayList<>(items);
    Comparator<@Nullable Object> order = (a, b) -> order(a, b, given, 1);
    sorted.sort(given.flag(0, "reverse", false) ? order.reversed() : order);
    return sorted;
  }

  private static Object unique(List<@Nullable Object> items, Given given) {
    List<@Nullable Object> seen = new ArrayList<>();
    List<@Nullable Object> unique = new ArrayList<>();
    boolean exact = given.flag(0, "case_sensitive", false);
    for (Object item : items) {
      Object key = folded(by(item, given, 1), exact);
      Budget.spend(seen.size());
      if (!Python.contains(seen, key)) {
        seen.add(key);
        unique.add(item);
      }
    }
    return unique;
  }

  private static @Nullable Object extreme(
      List<@Nullable Object> items, Given given, BinaryOperator<@Nullable Object> better) {
    if (items.isEmpty()) {
      return new Undefined("the " + given.name() + " of nothing");
    }
    Object best = items.getFirst();
    for (Object item : items.subList(1, items.size())) {
      best = better.apply(best, item);
    }
    return best;
  }

  private static @Nullable Object sum(List<@Nullable Object> items, Given given) {
    Object sum = given.get(1, "start", 0L);
    for (Object item : items) {
      sum = Arithmetic.apply("+", sum, by(item, given, 0));
    }
    return sum;
  }

  /** Tuples of a value and the items that have it as their attribute, in the order of values. */
  private static Object groups(List<@Nullable Object> items, Given given) {
    Object path = given.required(0, "attribute");
    Map<@Nullable Object, List<@Nullable Object>> groups = new LinkedHashMap<>();
    List<@Nullable Object> sorted = new ArrayList<>(items);
    sorted.sort((a, b) -> compare(attribute(a, path), attribute(b, path)));
    for (Object item : sorted) {
      groups
          .computeIfAbsent(Evaluator.key(attribute(item, path)), k -> new ArrayList<>())
          .add(item);
    }
    return Methods.items(groups);
  }

  private static Object batches(List<@Nullable Object> items, Given given) {
    int size = (int) Math.clamp(given.integer(0, "linecount", 1), 1, 1 << 20);
    List<@Nullable Object> batches = new ArrayList<>();
    for (int i = 0; i < items.size(); i += size) {
      List<@Nullable Object> batch =
          new ArrayList<>(items.subList(i, Math.min(items.size(), i + size)));
      Budget.items(size);
      while (batch.size() < size && given.has(1, "fill_with")) {
        batch.add(given.get(1, "fill_with", null));
      }
      batches.add(batch);
    }
    return batches;
  }

  private static Object slices(List<@Nullable Object> items, Given given) {
    int count = (int) Math.clamp(given.integer(0, "slices", 1), 1, 1 << 20);
    Budget.items(count);
    List<@Nullable Object> slices = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      boolean longer = i < items.size() % count;
      int to = from + items.size() / count + (longer ? 1 : 0);
      List<@Nullable Object> slice = new ArrayList<>(items.subList(from, to));
      if (!longer && given.has(1, "fill_with") && items.size() % count != 0) {
        slice.add(given.get(1, "fill_with", null));
      }
      slices.add(slice);
      from = to;
    }
    return slices;
  }
}
