package dev.puna.engine.constraint;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions: what is common to the dialects of Java and JavaScript, and means the
 * same in both.
 */
final class RegexParser {
  private static final CharSet DIGITS = CharSet.range('0', '9');
  private static final CharSet WORDS =
      DIGITS.or(CharSet.range('a', 'z')).or(CharSet.range('A', 'Z')).or(CharSet.of("_"));
  private static final CharSet SPACES = CharSet.of(" \t\n\r\f\u000B");

  /** What JavaScript takes for white space beside that. */
  private static final CharSet MORE_SPACES =
      CharSet.of("\u0085\u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")
          .or(CharSet.range(0x2000, 0x200A));

  private static final CharSet LINE_ENDS = CharSet.of("\n\r\u0085\u2028\u2029");
  private static final Expr ANY_CHARACTERS = Expr.any(new Expr.Chars(CharSet.ALL));

  private final CharReader in;

  /** Alternatives at the outermost level, and whether they are anchored. */
  private record Anchored(boolean start, Expr body, boolean end) {}

  private final List<Anchored> alternatives = new ArrayList<>();

  RegexParser(String pattern) {
    in = new CharReader("the regular expression", pattern);
    do {
      boolean start = false;
      while (in.take('^')) {
        start = true;
      }
      Expr body = sequence(0);
      boolean end = false;
      while (in.take('$')) {
        end = true;
      }
      alternatives.add(new Anchored(start, body, end));
    } while (in.take('|'));
    if (!in.atEnd()) {
      throw in.wrong("has an unexpected " + in.here(), "an anchor belongs at an end, ) behind (");
    }
  }

  /** Texts that it matches from end to end. */
  Expr whole() {
    return new Expr.Choice(alternatives.stream().map(Anchored::body).toList());
  }

  /** Texts in which it is found. */
  Expr found() {
    List<Expr> options = new ArrayList<>();
    for (Anchored a : alternatives) {
      options.add(
          Expr.sequence(
              a.start ? Expr.EMPTY : ANY_CHARACTERS, a.body, a.end ? Expr.EMPTY : ANY_CHARACTERS));
    }
    return new Expr.Choice(options);
  }

  private Expr sequence(int depth) {
    List<Expr> parts = new ArrayList<>();
    while (true) {
      int c = in.peek();
      if (c == CharReader.END || c == '|' || c == ')' || c == '$' || c == '^') {
        return parts.size() == 1 ? parts.getFirst() : new Expr.Sequence(parts);
      }
      Expr item = item(depth);
      if (Quantifier.begins(in.peek())) {
        item = Quantifier.read(in).of(item);
        if (!in.take('?') && in.peek() == '+') {
          throw in.wrong("has a possessive quantifier", "take the + off");
        }
        if (Quantifier.begins(in.peek())) {
          throw in.wrong("has two quantifiers in a row", "put the first into a group");
        }
      }
      parts.add(item);
    }
  }

  private Expr item(int depth) {
    int c = in.next();
    return switch (c) {
      case '(' -> group(depth + 1);
      case '[' -> new Expr.Chars(characterClass());
      case '.' -> new Expr.Chars(LINE_ENDS.negated());
      case '\\' -> new Expr.Chars(escape());
      case '*', '+', '?', '{' ->
          throw in.wrong(
              "has nothing before '%c'".formatted(c), "write \\%c for itself".formatted(c));
      default -> new Expr.Text(Character.toString(in.scalar(c)));
    };
  }

  private Expr group(int depth) {
    if (depth > CharReader.DEEPEST) {
      throw in.wrong("has more than %d groups in each other".formatted(depth), "take fewer");
    }
    if (in.take('?') && !in.take(':')) {
      if (in.startsWith("=") || in.startsWith("!") || in.startsWith("<=") || in.startsWith("<!")) {
        throw in.wrong("looks around", "write what the text itself must be");
      }
      if (!in.take('<')) {
        throw in.wrong("has a group of an unknown kind", "flags and the like are not supported");
      }
      while (!in.take('>')) {
        in.next();
      }
    }
    List<Expr> options = new ArrayList<>();
    do {
      options.add(sequence(depth));
    } while (in.take('|'));
    if (!in.take(')')) {
      throw in.wrong("lacks a ) at " + in.here(), "close the group; anchors belong outside");
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  private CharSet characterClass() {
    boolean negated = in.take('^');
    CharSet.Builder set = new CharSet.Builder();
    boolean any = false;
    while (!in.take(']')) {
      if (in.peek() == '[' || in.startsWith("&&")) {
        throw in.wrong("has classes within classes", "write \\[ or \\& for the character");
      }
      CharSet from = classItem();
      any = true;
      if (in.peek() == '-' && in.peekSecond() != ']') {
        in.next();
        addRange(set, from, classItem());
      } else {
        set.add(from);
      }
    }
    if (!any) {
      throw in.wrong("has an empty class", "write \\] for the bracket");
    }
    CharSet chars = set.build();
    return negated ? chars.negated() : chars;
  }

  private void addRange(CharSet.Builder set, CharSet from, CharSet to) {
    int[] first = from.ranges();
    int[] last = to.ranges();
    if (first.length != 2 || first[0] != first[1] || last.length != 2 || last[0] != last[1]) {
      throw in.wrong("has a range between classes", "write \\- for the character");
    }
    if (last[0] < first[0]) {
      throw in.wrong("has a range that goes backwards", "write the smaller character first");
    }
    set.add(first[0], last[0]);
  }

  private CharSet classItem() {
    int c = in.next();
    if (c != '\\') {
      int point = in.scalar(c);
      return CharSet.range(point, point);
    }
    return escape();
  }

  private CharSet escape() {
    int c = in.next();
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.negated();
      case 'w' -> WORDS;
      case 'W' -> WORDS.negated();
      case 's' -> SPACES;
      case 'S' -> SPACES.or(MORE_SPACES).negated();
      default -> {
        int point = character(c);
        yield CharSet.range(point, point);
      }
    };
  }

  private int character(int c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'x' -> in.hex(2);
      case 'u' -> unicode();
      case 'b', 'B' -> throw in.wrong("has a word boundary", "write what stands there");
      case 'k' -> throw in.wrong("refers back to a group", "write the group again");
      case 'p', 'P' -> throw in.wrong("has a Unicode property", "write the characters in brackets");
      default -> {
        if (c >= '1' && c <= '9') {
          throw in.wrong("refers back to a group", "write the group again");
        }
        if (c == '0' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 0x7F) {
          throw in.wrong("has an unknown escape \\" + Character.toString(c), "write it as \\uHHHH");
        }
        yield c;
      }
    };
  }

  private int unicode() {
    int unit = in.hex(4);
    if (Character.isHighSurrogate((char) unit) && in.take("\\u")) {
      int low = in.hex(4);
      if (Character.isLowSurrogate((char) low)) {
        return Character.toCodePoint((char) unit, (char) low);
      }
    }
    return in.scalar(unit);
  }
}
