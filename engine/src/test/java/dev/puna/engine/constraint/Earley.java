package dev.puna.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Recognizes context-free languages over bytes (Earley 1970: an efficient context-free parsing
 * algorithm). Symbols are numbered from 0 on, bytes stand below zero. Plain: it is what others are
 * tested against.
 */
final class Earley {
  private final List<List<int[]>> productions = new ArrayList<>();

  private record Item(int symbol, int production, int dot, int from) {
    Item next() {
      return new Item(symbol, production, dot + 1, from);
    }
  }

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
      Arrays.fill(all, body);
      all[least] = more;
      production(symbol, all);
    }
    for (int count = least; count <= most; count++) {
      int[] all = new int[count];
      Arrays.fill(all, body);
      production(symbol, all);
    }
    return symbol;
  }

  /** Whether bytes are a text of symbol 0. */
  boolean accepts(byte[] text) {
    List<Place> places = parse(text);
    return places.size() > text.length
        && places.get(text.length).items.stream()
            .anyMatch(i -> i.symbol == 0 && i.from == 0 && i.dot == body(i).length);
  }

  /** Whether they begin one, if each symbol has a text. */
  boolean begins(byte[] text) {
    return parse(text).size() > text.length;
  }

  private int[] body(Item item) {
    return productions.get(item.symbol).get(item.production);
  }

  /** The items at a place, and by symbol those that wait for it. */
  private static final class Place {
    final Set<Item> items = new LinkedHashSet<>();
    final List<Item> open = new ArrayList<>();
    final Map<Integer, List<Item>> waiting = new HashMap<>();

    void add(Item item) {
      if (items.add(item)) {
        open.add(item);
      }
    }
  }

  /** The places of a text, up to the first at which there are no items. */
  private List<Place> parse(byte[] text) {
    boolean[] empty = empty();
    List<Place> places = new ArrayList<>();
    for (int at = 0; at <= text.length; at++) {
      Place place = new Place();
      if (at == 0) {
        predict(0, 0, place);
      } else {
        for (Item i :
            places.get(at - 1).waiting.getOrDefault(byteSymbol(text[at - 1] & 0xFF), List.of())) {
          place.add(i.next());
        }
      }
      if (place.items.isEmpty()) {
        return places;
      }
      places.add(place);
      for (int i = 0; i < place.open.size(); i++) {
        process(place.open.get(i), at, places, empty);
      }
    }
    return places;
  }

  private void predict(int symbol, int at, Place place) {
    for (int p = 0; p < productions.get(symbol).size(); p++) {
      place.add(new Item(symbol, p, 0, at));
    }
  }

  private void process(Item item, int at, List<Place> places, boolean[] empty) {
    Place place = places.get(at);
    int[] body = body(item);
    if (item.dot < body.length) {
      int next = body[item.dot];
      place.waiting.computeIfAbsent(next, n -> new ArrayList<>()).add(item);
      if (next >= 0) {
        predict(next, at, place);
        if (empty[next]) { // Aycock and Horspool 2002: practical Earley parsing
          place.add(item.next());
        }
      }
      return;
    }
    List<Item> waiting = places.get(item.from).waiting.getOrDefault(item.symbol, List.of());
    for (Item i : List.copyOf(waiting)) {
      place.add(i.next());
    }
  }

  private boolean[] empty() {
    boolean[] empty = new boolean[productions.size()];
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int symbol = 0; symbol < empty.length; symbol++) {
        for (int[] body : productions.get(symbol)) {
          boolean all = true;
          for (int s : body) {
            all &= s >= 0 && empty[s];
          }
          changed |= all && !empty[symbol];
          empty[symbol] |= all;
        }
      }
    }
    return empty;
  }
}
