package dev.puna.tokenizer.pattern;

import dev.puna.tokenizer.text.Categories;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the expressions that {@link RunPattern} matches: sets, {@code ? * + {m,n}} after them (also
 * possessive), groups, alternatives, look-aheads, {@code (?i:...)} and {@code $}.
 */
final class RunParser {
  private static final int DEPTH_LIMIT = 20;
  private static final int LENGTH_LIMIT = 2_000;

  /** Thrown at what only a full engine can match. */
  static final class Unsupported extends Exception {
    private static final long serialVersionUID = 1L;

    Unsupported(String what) {
      super(what, null, false, false);
    }
  }

  /** What follows an atom: how often it is to be there. */
  private record Times(int least, int most, boolean possessive) {}

  private final int[] text;
  private int at;

  RunParser(String expression) {
    text = expression.codePoints().toArray();
  }

  /** The alternatives of the whole expression. */
  Node[] parse() throws Unsupported {
    if (text.length > LENGTH_LIMIT) {
      throw new Unsupported("length");
    }
    List<List<Part>> alternatives = alternatives(false, 0);
    if (at < text.length) {
      throw new Unsupported("parenthesis");
    }
    List<Node> nodes = new ArrayList<>();
    for (List<Part> alternative : alternatives) {
      nodes.add(chain(alternative, Node.ACCEPT));
    }
    return nodes.toArray(Node[]::new);
  }

  /** A piece of a sequence, which becomes a node once it is known what follows. */
  private interface Part {
    Node before(Node next);
  }

  private static Node chain(List<Part> parts, Node end) {
    Node node = end;
    for (int i = parts.size() - 1; i >= 0; i--) {
      node = parts.get(i).before(node);
    }
    return node;
  }

  private List<List<Part>> alternatives(boolean ignoreCase, int depth) throws Unsupported {
    if (depth > DEPTH_LIMIT) {
      throw new Unsupported("depth");
    }
    List<List<Part>> all = new ArrayList<>();
    all.add(new ArrayList<>());
    while (at < text.length && text[at] != ')') {
      if (text[at] == '|') {
        at++;
        all.add(new ArrayList<>());
      } else {
        all.getLast().add(part(ignoreCase, depth));
      }
    }
    return all;
  }

  private Part part(boolean ignoreCase, int depth) throws Unsupported {
    return switch (text[at]) {
      case '(' -> group(ignoreCase, depth);
      case '$' -> {
        at++;
        yield Node::lineEnd;
      }
      case '^', '*', '+', '?', '{' -> throw new Unsupported(Character.toString(text[at]));
      default -> {
        CodePointSet set = new SetParser(ignoreCase).atom();
        Times times = times();
        yield next -> Node.run(set, times.least, times.most, times.possessive, next);
      }
    };
  }

  private Part group(boolean ignoreCase, int depth) throws Unsupported {
    at++;
    boolean fold = ignoreCase;
    boolean look = false;
    boolean negative = false;
    if (takes("?i:")) {
      fold = true;
    } else if (takes("?=")) {
      look = true;
    } else if (takes("?!")) {
      look = true;
      negative = true;
    } else if (!takes("?:") && at < text.length && text[at] == '?') {
      throw new Unsupported("group");
    }
    List<List<Part>> inside = alternatives(fold, depth + 1);
    if (!takes(")")) {
      throw new Unsupported("parenthesis");
    }
    Times times = times();
    if (look) {
      boolean not = negative;
      Node pattern = choice(inside, Node.ACCEPT);
      requireOnce(times);
      return next -> Node.look(pattern, not, next);
    }
    if (times.least == 0 && times.most == 1 && !times.possessive) {
      return next -> Node.choice(choice(inside, next), next);
    }
    requireOnce(times);
    return next -> choice(inside, next);
  }

  private static void requireOnce(Times times) throws Unsupported {
    if (times.least != 1 || times.most != 1) {
      throw new Unsupported("repeated group");
    }
  }

  private static Node choice(List<List<Part>> alternatives, Node next) {
    if (alternatives.size() == 1) {
      return chain(alternatives.getFirst(), next);
    }
    return Node.choice(alternatives.stream().map(a -> chain(a, next)).toArray(Node[]::new));
  }

  private Times times() throws Unsupported {
    int least = 1;
    int most = 1;
    if (takes("?")) {
      least = 0;
    } else if (takes("*")) {
      least = 0;
      most = Node.UNBOUNDED;
    } else if (takes("+")) {
      most = Node.UNBOUNDED;
    } else if (takes("{")) {
      least = number();
      most = takes(",") ? (at < text.length && text[at] == '}' ? Node.UNBOUNDED : number()) : least;
      if (!takes("}") || least > most) {
        throw new Unsupported("braces");
      }
      return new Times(least, most, false);
    } else {
      return new Times(1, 1, false);
    }
    boolean possessive = takes("+");
    if (!possessive && at < text.length && (text[at] == '?' || text[at] == '{')) {
      throw new Unsupported("lazy");
    }
    return new Times(least, most, possessive);
  }

  private int number() throws Unsupported {
    int value = 0;
    int from = at;
    while (at < text.length && text[at] >= '0' && text[at] <= '9' && at - from < 6) {
      value = 10 * value + text[at++] - '0';
    }
    if (at == from) {
      throw new Unsupported("number");
    }
    return value;
  }

  private boolean takes(String token) {
    if (at + token.length() > text.length) {
      return false;
    }
    for (int i = 0; i < token.length(); i++) {
      if (text[at + i] != token.charAt(i)) {
        return false;
      }
    }
    at += token.length();
    return true;
  }

  /** Reads one set: a character, an escape, or brackets. */
  private final class SetParser {
    private final boolean ignoreCase;
    private boolean bracketed;
    private int categories;
    private final List<int[]> ranges = new ArrayList<>();

    SetParser(boolean ignoreCase) {
      this.ignoreCase = ignoreCase;
    }

    CodePointSet atom() throws Unsupported {
      return switch (text[at]) {
        case '[' -> brackets();
        case '.' -> {
          at++;
          add('\n', '\n');
          yield set(true);
        }
        case '\\' -> escape();
        default -> {
          add(text[at], text[at]);
          at++;
          yield set(false);
        }
      };
    }

    private CodePointSet escape() throws Unsupported {
      // A class by its own capital letter, such as \S, is all but that class.
      boolean negated = at + 1 < text.length && "SWDP".indexOf(text[at + 1]) >= 0;
      if (negated) {
        text[at + 1] = Character.toLowerCase(text[at + 1]);
      }
      element();
      return set(negated);
    }

    private CodePointSet brackets() throws Unsupported {
      at++;
      bracketed = true;
      boolean negated = takes("^");
      CodePointSet within = null;
      while (at < text.length && text[at] != ']') {
        if (takes("&&")) {
          // What follows limits what was there so far.
          within =
              at < text.length && text[at] == '[' ? new SetParser(ignoreCase).brackets() : null;
          if (within == null || negated || at >= text.length || text[at] != ']') {
            throw new Unsupported("intersection");
          }
        } else if (text[at] == '[') {
          throw new Unsupported("nested brackets");
        } else {
          element();
        }
      }
      if (!takes("]")) {
        throw new Unsupported("bracket");
      }
      return new CodePointSet(categories, merged(), negated, within);
    }

    private CodePointSet set(boolean negated) {
      return new CodePointSet(categories, merged(), negated, null);
    }

    /** A character, a range of them, or a class. */
    private void element() throws Unsupported {
      int first = point();
      if (first < 0) {
        return;
      }
      int last = first;
      boolean dash = at + 1 < text.length && text[at] == '-' && text[at + 1] != ']';
      if (dash) {
        at++;
        last = point();
        if (last < first) {
          throw new Unsupported("range");
        }
      }
      add(first, last);
    }

    /** A character; -1 after a class, which is added here. */
    private int point() throws Unsupported {
      int c = text[at++];
      if (c != '\\') {
        return c;
      }
      if (at == text.length) {
        throw new Unsupported("escape");
      }
      int escaped = text[at++];
      switch (escaped) {
        case 'p' -> property();
        case 's' -> categories |= Categories.WHITE_SPACE;
        case 'd' -> categories |= Categories.DECIMAL;
        case 'w' -> ranges.addAll(bracketed ? Words.IN_BRACKETS : Words.ALONE);
        default -> {
          return literal(escaped);
        }
      }
      return -1;
    }

    private static int literal(int escaped) throws Unsupported {
      return switch (escaped) {
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'f' -> '\f';
        case 'v' -> 0x0B;
        default -> {
          if (Character.isLetterOrDigit(escaped)) {
            throw new Unsupported("escape " + Character.toString(escaped));
          }
          yield escaped;
        }
      };
    }

    private void property() throws Unsupported {
      StringBuilder name = new StringBuilder();
      if (takes("{")) {
        while (at < text.length && text[at] != '}') {
          name.appendCodePoint(text[at++]);
        }
        at++;
      }
      if (name.toString().equals("Han")) {
        ranges.addAll(Words.HAN);
        return;
      }
      int named = Categories.named(name.toString());
      if (named == 0) {
        throw new Unsupported("property " + name);
      }
      categories |= named;
    }

    private void add(int first, int last) throws Unsupported {
      ranges.add(new int[] {first, last});
      if (!ignoreCase) {
        return;
      }
      if (last - first > 255) {
        throw new Unsupported("ignoring case of many");
      }
      for (int point = first; point <= last; point++) {
        for (int other : Words.otherCases(point)) {
          ranges.add(new int[] {other, other});
        }
      }
    }

    private int[] merged() {
      ranges.sort((a, b) -> Integer.compare(a[0], b[0]));
      List<int[]> apart = new ArrayList<>();
      for (int[] range : ranges) {
        if (!apart.isEmpty() && range[0] <= apart.getLast()[1]) {
          apart.getLast()[1] = Math.max(apart.getLast()[1], range[1]);
        } else {
          apart.add(range.clone());
        }
      }
      return apart.stream().flatMapToInt(java.util.Arrays::stream).toArray();
    }
  }
}
