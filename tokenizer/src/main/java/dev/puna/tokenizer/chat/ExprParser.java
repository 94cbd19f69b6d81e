package dev.puna.tokenizer.chat;

import dev.puna.tokenizer.chat.Expr.Arguments;
import dev.puna.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses expressions. Operators from loose to tight: {@code if else}, {@code or}, {@code and},
 * {@code not}, comparisons, {@code + -}, {@code ~}, {@code * / // %}, {@code **}, a sign, then
 * attributes, items, calls, filters and tests.
 */
final class ExprParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  /** Names that end an expression instead of being the argument of a test. */
  private static final Set<String> AFTER_TEST =
      Set.of("else", "or", "and", "is", "if", "in", "not");

  private final TokenStream in;

  ExprParser(TokenStream in) {
    this.in = in;
  }

  /** An expression; several with commas between them make a tuple. */
  Expr tupleOrOne() {
    Expr first = expression();
    if (!in.seesOperator(",")) {
      return first;
    }
    List<Expr> items = new ArrayList<>(List.of(first));
    while (in.skipOperator(",") && startsExpression()) {
      items.add(expression());
    }
    return new Expr.TupleOf(items);
  }

  private boolean startsExpression() {
    return !(in.sees(Kind.TAG_END)
        || in.sees(Kind.OUTPUT_END)
        || in.seesOperator(")")
        || in.seesOperator("]")
        || in.seesOperator("=")
        || in.seesName("in"));
  }

  Expr expression() {
    in.enter();
    Expr value = or();
    while (in.skipName("if")) {
      Expr condition = or();
      Expr otherwise = in.skipName("else") ? expression() : null;
      value = new Expr.Conditional(condition, value, otherwise);
    }
    in.leave();
    return value;
  }

  /** An expression in front of an {@code if} that is not its own. */
  Expr withoutCondition() {
    in.enter();
    Expr first = or();
    List<Expr> items = new ArrayList<>(List.of(first));
    while (in.skipOperator(",") && startsExpression()) {
      items.add(or());
    }
    in.leave();
    return items.size() == 1 ? first : new Expr.TupleOf(items);
  }

  private Expr or() {
    Expr value = and();
    while (in.skipName("or")) {
      value = new Expr.Or(value, and());
    }
    return value;
  }

  private Expr and() {
    Expr value = not();
    while (in.skipName("and")) {
      value = new Expr.And(value, not());
    }
    return value;
  }

  private Expr not() {
    if (!in.skipName("not")) {
      return comparison();
    }
    in.enter();
    Expr value = new Expr.Not(not());
    in.leave();
    return value;
  }

  private Expr comparison() {
    Expr first = sum();
    List<Expr.Comparison.Link> links = new ArrayList<>();
    while (true) {
      if (in.sees(Kind.OPERATOR) && COMPARISONS.contains(in.peek().text())) {
        links.add(new Expr.Comparison.Link(in.next().text(), sum()));
      } else if (in.skipName("in")) {
        links.add(new Expr.Comparison.Link("in", sum()));
      } else if (in.seesName("not") && in.peekSecond().is(Kind.NAME, "in")) {
        in.next();
        in.next();
        links.add(new Expr.Comparison.Link("not in", sum()));
      } else {
        return links.isEmpty() ? first : new Expr.Comparison(first, links);
      }
    }
  }

  private Expr sum() {
    Expr value = concatenation();
    while (in.seesOperator("+") || in.seesOperator("-")) {
      value = new Expr.Arithmetic(in.next().text(), value, concatenation());
    }
    return value;
  }

  private Expr concatenation() {
    Expr first = product();
    if (!in.seesOperator("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (in.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concatenation(parts);
  }

  private Expr product() {
    Expr value = power();
    while (in.seesOperator("*")
        || in.seesOperator("/")
        || in.seesOperator("//")
        || in.seesOperator("%")) {
      value = new Expr.Arithmetic(in.next().text(), value, power());
    }
    return value;
  }

  private Expr power() {
    Expr value = signed(true);
    while (in.skipOperator("**")) {
      value = new Expr.Arithmetic("**", value, signed(true));
    }
    return value;
  }

  /** Filters and tests apply to a signed number as a whole: {@code -1 | abs} is 1. */
  private Expr signed(boolean filters) {
    in.enter();
    Expr value;
    if (in.skipOperator("-")) {
      value = new Expr.Negated(signed(false));
    } else if (in.skipOperator("+")) {
      value = signed(false);
    } else {
      value = postfix(primary());
    }
    in.leave();
    return filters ? filtered(value) : value;
  }

  private Expr primary() {
    Token token = in.next();
    return switch (token.kind()) {
      case NAME -> named(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (in.sees(Kind.STRING)) { // as in Python, neighbours are one
          text.append(in.next().text());
        }
        yield new Expr.Literal(text.toString());
      }
      case INTEGER -> integer(token);
      case FLOAT -> new Expr.Literal(Double.parseDouble(token.text()));
      case OPERATOR -> bracketed(token);
      default -> throw misplaced(token);
    };
  }

  private static TemplateException misplaced(Token token) {
    return new TemplateException(
        token.describe() + " stands where a value is expected", token.line());
  }

  private static Expr integer(Token token) {
    try {
      return new Expr.Literal(Long.parseLong(token.text()));
    } catch (NumberFormatException _) {
      throw new TemplateException(
          "the number " + token.text() + " does not fit into 64 bits", token.line());
    }
  }

  private static Expr named(String name) {
    return switch (name) {
      case "true", "True" -> new Expr.Literal(true);
      case "false", "False" -> new Expr.Literal(false);
      case "none", "None" -> new Expr.Literal(null);
      default -> new Expr.Name(name);
    };
  }

  private Expr bracketed(Token open) {
    return switch (open.text()) {
      case "(" -> {
        Expr inner = in.seesOperator(")") ? new Expr.TupleOf(List.of()) : tupleOrOne();
        in.expectOperator(")");
        yield inner;
      }
      case "[" -> new Expr.ListOf(items());
      case "{" -> dictionary();
      default -> throw misplaced(open);
    };
  }

  private List<Expr> items() {
    List<Expr> items = new ArrayList<>();
    while (!in.skipOperator("]")) {
      items.add(expression());
      if (!in.seesOperator("]")) {
        in.expectOperator(",");
      }
    }
    return items;
  }

  private Expr dictionary() {
    List<Expr.DictOf.Pair> pairs = new ArrayList<>();
    while (!in.skipOperator("}")) {
      Expr key = expression();
      in.expectOperator(":");
      pairs.add(new Expr.DictOf.Pair(key, expression()));
      if (!in.seesOperator("}")) {
        in.expectOperator(",");
      }
    }
    return new Expr.DictOf(pairs);
  }

  private Expr postfix(Expr start) {
    Expr value = start;
    while (true) {
      if (in.skipOperator(".")) {
        value = attribute(value);
      } else if (in.skipOperator("[")) {
        value = subscript(value);
      } else if (in.skipOperator("(")) {
        value = new Expr.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expr attribute(Expr target) {
    Token name = in.next();
    if (name.kind() == Kind.INTEGER) {
      return new Expr.Item(target, integer(name));
    }
    if (name.kind() != Kind.NAME) {
      throw new TemplateException("a name should follow the dot", name.line());
    }
    return new Expr.Attribute(target, name.text());
  }

  private Expr subscript(Expr target) {
    Expr from = in.seesOperator(":") ? null : tupleOrOne();
    if (from != null && in.skipOperator("]")) {
      return new Expr.Item(target, from);
    }
    in.expectOperator(":");
    Expr to = bound();
    Expr step = in.skipOperator(":") ? bound() : null;
    in.expectOperator("]");
    return new Expr.Slice(target, from, to, step);
  }

  private @Nullable Expr bound() {
    return in.seesOperator(":") || in.seesOperator("]") ? null : expression();
  }

  /** Filters, tests, and calls of what they give. */
  private Expr filtered(Expr start) {
    Expr value = start;
    while (true) {
      if (in.skipOperator("|")) {
        value = filter(value);
      } else if (in.skipName("is")) {
        value = test(value);
      } else if (in.skipOperator("(")) {
        value = new Expr.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  /** One filter; its target is what comes before it. */
  Expr.Filtered filter(Expr target) {
    String name = dotted();
    return new Expr.Filtered(target, name, in.skipOperator("(") ? arguments() : Arguments.NONE);
  }

  private String dotted() {
    StringBuilder name = new StringBuilder(in.expectName());
    while (in.skipOperator(".")) {
      name.append('.').append(in.expectName());
    }
    return name.toString();
  }

  private Expr test(Expr target) {
    boolean negated = in.skipName("not");
    String name = dotted();
    Arguments arguments = Arguments.NONE;
    if (in.skipOperator("(")) {
      arguments = arguments();
    } else if (startsArgument()) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of());
    }
    Expr test = new Expr.Is(target, name, arguments);
    return negated ? new Expr.Not(test) : test;
  }

  /** Whether a value follows the name of a test: {@code x is divisibleby 3}. */
  private boolean startsArgument() {
    return switch (in.peek().kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !AFTER_TEST.contains(in.peek().text());
      case OPERATOR -> in.seesOperator("[") || in.seesOperator("{");
      default -> false;
    };
  }

  /** What stands between the parentheses of a call; the opening one is read. */
  Arguments arguments() {
    List<Expr> positional = new ArrayList<>();
    Map<String, Expr> named = new LinkedHashMap<>();
    while (!in.skipOperator(")")) {
      if (in.seesOperator("*") || in.seesOperator("**")) {
        throw in.error("arguments in one list (" + in.peek().text() + ") are not supported");
      }
      if (in.sees(Kind.NAME) && in.peekSecond().is(Kind.OPERATOR, "=")) {
        String name = in.next().text();
        in.next();
        if (named.put(name, expression()) != null) {
          throw in.error("argument '" + name + "' is given twice");
        }
      } else if (!named.isEmpty()) {
        throw in.error("an argument without a name follows one with a name");
      } else {
        positional.add(expression());
      }
      if (!in.seesOperator(")")) {
        in.expectOperator(",");
      }
    }
    return new Arguments(positional, named);
  }
}
