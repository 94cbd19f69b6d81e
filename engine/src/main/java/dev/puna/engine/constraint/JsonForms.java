package dev.puna.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Pieces of JSON texts (RFC 8259), on one line. */
final class JsonForms {
  /** Characters that a string may hold as they are. */
  static final CharSet RAW =
      CharSet.range(0x20, Character.MAX_CODE_POINT).without(CharSet.of("\"\\"));

  static final Expr QUOTE = Expr.text("\"");
  static final Expr DIGIT = Expr.range('0', '9');
  static final Expr SPACE = Expr.optional(Expr.text(" "));
  static final Expr COMMA = Expr.sequence(Expr.text(","), SPACE);
  static final Expr COLON = Expr.sequence(Expr.text(":"), SPACE);

  private static final Expr HEX = Expr.chars("0123456789abcdefABCDEF");

  /** Four digits that are no surrogate: half a character would be none. */
  private static final Expr UNIT =
      Expr.choice(
          Expr.sequence(Expr.chars("0123456789abcefABCEF"), HEX, HEX, HEX),
          Expr.sequence(Expr.chars("dD"), Expr.range('0', '7'), HEX, HEX));

  /** One character of a string. */
  static final Expr CHARACTER =
      Expr.choice(
          new Expr.Chars(RAW),
          Expr.sequence(
              Expr.text("\\"),
              Expr.choice(Expr.chars("\"\\/bfnrt"), Expr.sequence(Expr.text("u"), UNIT))));

  /** No zeros in front, at most 16 digits. */
  private static final Expr NATURAL =
      Expr.choice(
          Expr.text("0"), Expr.sequence(Expr.range('1', '9'), new Expr.Repeat(DIGIT, 0, 15)));

  private static final Expr MINUS = Expr.optional(Expr.text("-"));

  static final Expr INTEGER =
      Expr.choice(
          Expr.text("0"),
          Expr.sequence(MINUS, Expr.range('1', '9'), new Expr.Repeat(DIGIT, 0, 15)));

  static final Expr NUMBER =
      Expr.sequence(
          MINUS,
          NATURAL,
          Expr.optional(Expr.sequence(Expr.text("."), new Expr.Repeat(DIGIT, 1, 15))),
          Expr.optional(
              Expr.sequence(
                  Expr.chars("eE"),
                  Expr.optional(Expr.chars("+-")),
                  new Expr.Repeat(DIGIT, 1, 2))));

  static final Expr BOOLEAN = Expr.choice(Expr.text("true"), Expr.text("false"));

  private JsonForms() {}

  /** A string of at least and at most so many characters. */
  static Expr string(int least, int most) {
    return Expr.sequence(QUOTE, new Expr.Repeat(CHARACTER, least, most), QUOTE);
  }

  /** A text as a string. */
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints().forEach(c -> out.append(inString(c)));
    return out.append('"').toString();
  }

  /** A character as it stands in a string. */
  private static String inString(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default -> {
        boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        yield c < 0x20 || half ? "\\u%04x".formatted(c) : Character.toString(c);
      }
    };
  }

  /** A value as its shortest text. */
  static String text(JsonNode value) {
    if (value.isTextual()) {
      return quoted(value.textValue());
    }
    List<String> parts = new ArrayList<>();
    if (value.isObject()) {
      value.properties().forEach(p -> parts.add(quoted(p.getKey()) + ":" + text(p.getValue())));
      return "{" + String.join(",", parts) + "}";
    }
    if (value.isArray()) {
      value.forEach(element -> parts.add(text(element)));
      return "[" + String.join(",", parts) + "]";
    }
    return value.asText();
  }

  /** A string whose characters are those of a text: the same expression, with escapes. */
  static Expr string(Expr content) {
    return Expr.sequence(QUOTE, escaped(content, 0), QUOTE);
  }

  private static Expr escaped(Expr e, int depth) {
    Budget.depth(depth);
    return switch (e) {
      case Expr.Text t -> {
        StringBuilder out = new StringBuilder();
        t.text().codePoints().forEach(c -> out.append(inString(c)));
        yield new Expr.Text(out.toString());
      }
      case Expr.Chars c -> escaped(c.set());
      case Expr.Sequence s -> new Expr.Sequence(escaped(s.parts(), depth));
      case Expr.Choice c -> new Expr.Choice(escaped(c.options(), depth));
      case Expr.Repeat r -> new Expr.Repeat(escaped(r.body(), depth + 1), r.least(), r.most());
      case Expr.Ref _, Expr.Shared _ -> throw new IllegalStateException("a rule in a string");
    };
  }

  private static List<Expr> escaped(List<Expr> parts, int depth) {
    List<Expr> all = new ArrayList<>(parts.size());
    parts.forEach(part -> all.add(escaped(part, depth + 1)));
    return all;
  }

  private static Expr escaped(CharSet set) {
    List<Expr> options = new ArrayList<>();
    CharSet raw = set.without(RAW.negated());
    if (!raw.isEmpty()) {
      options.add(new Expr.Chars(raw));
    }
    for (int c = 0; c <= '\\'; c++) {
      if (set.contains(c) && !RAW.contains(c)) {
        options.add(new Expr.Text(inString(c)));
      }
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  // ---- keys that are none of some others ----

  private static final class Node {
    final TreeMap<Integer, Node> children = new TreeMap<>();
    boolean isName;
  }

  /** A string without escapes that is none of these: they could be said with escapes too. */
  static Expr keyOtherThan(Collection<String> names) {
    Node root = new Node();
    for (String name : names) {
      Node at = root;
      for (int c : name.codePoints().toArray()) {
        at = at.children.computeIfAbsent(c, k -> new Node());
      }
      at.isName = true;
    }
    return Expr.sequence(QUOTE, other(root, 0), QUOTE);
  }

  private static Expr other(Node node, int depth) {
    Budget.depth(2 * depth);
    List<Expr> options = new ArrayList<>();
    if (!node.isName) {
      options.add(Expr.EMPTY);
    }
    CharSet rest = RAW;
    for (var child : node.children.entrySet()) {
      int c = child.getKey();
      if (RAW.contains(c)) {
        rest = rest.without(CharSet.range(c, c));
        options.add(
            Expr.sequence(
                new Expr.Text(Character.toString(c)), other(child.getValue(), depth + 1)));
      }
    }
    options.add(Expr.sequence(new Expr.Chars(rest), Expr.any(new Expr.Chars(RAW))));
    return new Expr.Choice(options);
  }
}
