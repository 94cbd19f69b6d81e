package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads GBNF, as llama.cpp's grammars/README.md describes it. A rule goes up to the end of its
 * line; within parentheses, behind {@code ::=} and behind {@code |} it may go on in the next.
 */
final class GbnfParser {
  private static final int MOST_RULES = 20_000;

  private final CharReader in;
  private final Rules rules = new Rules();
  private final Map<String, Integer> named = new HashMap<>();

  /** By rule: the line where it is first mentioned. */
  private final List<Integer> lines = new ArrayList<>();

  GbnfParser(String gbnf) {
    in = new CharReader("the grammar", gbnf);
  }

  /** All rules; the first one is {@code root}. */
  Rules rules() {
    rule("root");
    space(true);
    while (!in.atEnd()) {
      definition();
      space(true);
    }
    if (!rules.isDefined(0)) {
      throw new PunaException(
          "the grammar has no rule 'root'", "say what the text is: root ::= ...");
    }
    for (int rule = 0; rule < rules.size(); rule++) {
      if (!rules.isDefined(rule)) {
        throw new PunaException(
            "the grammar's line %d refers to a rule '%s' that is not there"
                .formatted(lines.get(rule), rules.name(rule)),
            "define it: %s ::= ...".formatted(rules.name(rule)));
      }
    }
    return rules;
  }

  private int rule(String name) {
    Integer known = named.get(name);
    if (known != null) {
      return known;
    }
    if (named.size() == MOST_RULES) {
      throw in.wrong("has more than %d rules".formatted(MOST_RULES), "take fewer");
    }
    int rule = rules.declare(name);
    named.put(name, rule);
    lines.add(in.line());
    return rule;
  }

  private void definition() {
    String name = name();
    if (name.isEmpty()) {
      throw in.wrong("has no rule's name at " + in.here(), "write rules as: name ::= ...");
    }
    space(false);
    if (!in.take("::=")) {
      throw in.wrong("has no ::= behind '%s'".formatted(name), "write rules as: name ::= ...");
    }
    int rule = rule(name);
    if (rules.isDefined(rule)) {
      throw in.wrong("defines '%s' again".formatted(name), "join the two with |");
    }
    space(true);
    rules.define(rule, alternatives(0));
    if (!in.atEnd() && !in.take('\n') && !in.take('\r')) {
      throw in.wrong("has an unexpected " + in.here(), "mend it");
    }
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    while (isName(in.peek())) {
      name.appendCodePoint(in.next());
    }
    return name.toString();
  }

  private static boolean isName(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '_';
  }

  private Expr alternatives(int depth) {
    List<Expr> options = new ArrayList<>();
    options.add(sequence(depth));
    while (in.take('|')) {
      space(true);
      options.add(sequence(depth));
    }
    return options.size() == 1 ? options.getFirst() : new Expr.Choice(options);
  }

  private Expr sequence(int depth) {
    List<Expr> parts = new ArrayList<>();
    while (true) {
      int c = in.peek();
      boolean begins = c == '"' || c == '[' || c == '(' || c == '.' || isName(c);
      if (!begins) {
        if (c == '<' || c == '!') {
          throw in.wrong("names tokens (%s)".formatted(in.here()), "write the text of the token");
        }
        return parts.size() == 1 ? parts.getFirst() : new Expr.Sequence(parts);
      }
      Expr item = item(depth);
      space(depth > 0);
      while (Quantifier.begins(in.peek())) {
        item = Quantifier.read(in).of(item);
        space(depth > 0);
      }
      parts.add(item);
    }
  }

  private Expr item(int depth) {
    if (depth > CharReader.DEEPEST) {
      throw in.wrong(
          "has more than %d parentheses in each other".formatted(depth), "name some parts");
    }
    if (in.take('"')) {
      return literal();
    }
    if (in.take('[')) {
      return characterClass();
    }
    if (in.take('.')) {
      return new Expr.Chars(CharSet.ALL);
    }
    if (in.take('(')) {
      space(true);
      Expr group = alternatives(depth + 1);
      if (!in.take(')')) {
        throw in.wrong("lacks a ) at " + in.here(), "close the parenthesis");
      }
      return group;
    }
    return new Expr.Ref(rule(name()));
  }

  private Expr literal() {
    StringBuilder text = new StringBuilder();
    while (!in.take('"')) {
      if (in.atEnd() || in.peek() == '\n') {
        throw in.wrong(
            "has a text without its closing quote", "close it, and write line ends as \\n");
      }
      text.appendCodePoint(character());
    }
    return new Expr.Text(text.toString());
  }

  private Expr characterClass() {
    boolean negated = in.take('^');
    CharSet.Builder set = new CharSet.Builder();
    while (!in.take(']')) {
      if (in.atEnd() || in.peek() == '\n') {
        throw in.wrong("has a class without its closing ]", "close it, and write line ends as \\n");
      }
      int from = character();
      int to = from;
      if (in.peek() == '-' && in.peekSecond() != ']') {
        in.next();
        to = character();
      }
      if (to < from) {
        throw in.wrong("has a range that goes backwards", "write the smaller character first");
      }
      set.add(from, to);
    }
    CharSet chars = set.build();
    return new Expr.Chars(negated ? chars.negated() : chars);
  }

  private int character() {
    int c = in.next();
    if (c != '\\') {
      return in.scalar(c);
    }
    int escaped = in.next();
    return switch (escaped) {
      case 'x' -> in.hex(2);
      case 'u' -> in.scalar(in.hex(4));
      case 'U' -> in.scalar(in.hex(8));
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']', '-', '^' -> escaped;
      default -> throw in.wrong("has an unknown escape", "\\\\ is a backslash");
    };
  }

  /** White space and comments. */
  private void space(boolean lines) {
    while (true) {
      int c = in.peek();
      if (c == '#') {
        while (!in.atEnd() && in.peek() != '\n' && in.peek() != '\r') {
          in.next();
        }
      } else if (c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r')) {
        in.next();
      } else {
        return;
      }
    }
  }
}
