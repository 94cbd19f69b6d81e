package dev.puna.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Recognizes context-free languages over bytes (Earley 1970: an efficient context-free parsing
 * algorithm). Symbols below 256 are bytes, the others are numbered from 256 on; to callers they are
 * numbered from 0 on, bytes below zero. Slow and plain: it is what others are tested against.
 */
final class Earley {
  private final List<List<int[]>> productions = new ArrayList<>();

  private record Item(int symbol, int production, int dot, int from) {}

  int newSymbol() {
    productions.add(new ArrayList<>());
    return productions.size() - 1;
  }

  void production(int symbol, int... body) {
    productions.get(symbol).add(body);
  }

  static int byteSymbol(int value) {
    return -1 - value;
  }

  int sequence(List<Integer> symbols) {
    int symbol = newSymbol();
    production(symbol, symbols.stream().mapToInt(s -> s).toArray());
    return symbol;
  }

  int word(String word) {
    List<Integer> bytes = new ArrayList<>();
    for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(byteSymbol(value & 0xFF));
    }
    return sequence(bytes);
  }

  /** Between {@code least} and {@code most} times; -1 for any number. */
  int repeat(int body, int least, int most) {
    int symbol = newSymbol();
    if (most < 0) {
      int more = newSymbol();
      production(more);
      production(more, body, more);
      int[] all = new int[least + 1];
      java.util.Arrays.fill(all, body);
      all[least] = more;
      production(symbol, all);
    }
    for (int count = least; count <= most; count++) {
      int[] all = new int[count];
      java.util.Arrays.fill(all, body);
      production(symbol, all);
    }
    return symbol;
  }

  /** Whether bytes are a text of symbol 0. */
  boolean accepts(byte[] text) {
    List<Set<Item>> sets = parse(text);
    return sets.size() > text.length
        && sets.get(text.length).stream()
            .anyMatch(i -> i.symbol == 0 && i.from == 0 && i.dot == body(i).length);
  }

  /** Whether they begin one, if each symbol has a text. */
  boolean begins(byte[] text) {
    return parse(text).size() > text.length;
  }

  private int[] body(Item item) {
    return productions.get(item.symbol).get(item.production);
  }

  /** The items at each place, up to the first at which there are none. */
  private List<Set<Item>> parse(byte[] text) {
    List<Set<Item>> sets = new ArrayList<>();
    Set<Item> first = new LinkedHashSet<>();
    predict(0, 0, first);
    for (int at = 0; ; at++) {
      Set<Item> items = at == 0 ? first : shifted(sets.get(at - 1), text[at - 1] & 0xFF);
      if (items.isEmpty()) {
        return sets;
      }
      sets.add(items);
      complete(items, at, sets);
      if (at == text.length) {
        return sets;
      }
    }
  }

  private Set<Item> shifted(Set<Item> items, int value) {
    Set<Item> next = new LinkedHashSet<>();
    for (Item i : items) {
      if (i.dot < body(i).length && body(i)[i.dot] == byteSymbol(value)) {
        next.add(new Item(i.symbol, i.production, i.dot + 1, i.from));
      }
    }
    return next;
  }

  private void predict(int symbol, int at, Set<Item> items) {
    for (int p = 0; p < productions.get(symbol).size(); p++) {
      items.add(new Item(symbol, p, 0, at));
    }
  }

  /** To a fixed point, over and over: empty texts need no care then. */
  private void complete(Set<Item> items, int at, List<Set<Item>> sets) {
    int before;
    do {
      before = items.size();
      for (Item i : List.copyOf(items)) {
        if (i.dot < body(i).length) {
          int next = body(i)[i.dot];
          if (next >= 0) {
            predict(next, at, items);
          }
          continue;
        }
        for (Item waiting : List.copyOf(sets.get(i.from))) {
          if (waiting.dot < body(waiting).length && body(waiting)[waiting.dot] == i.symbol) {
            items.add(new Item(waiting.symbol, waiting.production, waiting.dot + 1, waiting.from));
          }
        }
      }
    } while (items.size() > before);
  }
}
