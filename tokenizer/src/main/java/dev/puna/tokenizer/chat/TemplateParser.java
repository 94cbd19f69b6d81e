package dev.puna.tokenizer.chat;

import dev.puna.tokenizer.chat.Node.Target;
import dev.puna.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses statements: text, output, and tags with what they enclose. */
final class TemplateParser {
  private final TokenStream in;
  private final ExprParser expressions;
  private int loops;

  private TemplateParser(TokenStream in) {
    this.in = in;
    this.expressions = new ExprParser(in);
  }

  static List<Node> parse(String source) {
    TokenStream in = new TokenStream(Lexer.tokens(source));
    List<Node> nodes = new TemplateParser(in).until(Set.of());
    if (!in.sees(Kind.END)) {
      throw in.error("'" + in.peekSecond().text() + "' closes nothing");
    }
    return nodes;
  }

  /** Statements up to a tag of one of the names; it is not read. */
  private List<Node> until(Set<String> names) {
    List<Node> nodes = new ArrayList<>();
    while (!in.sees(Kind.END)) {
      if (in.sees(Kind.TAG_BEGIN)
          && (names.contains(in.peekSecond().text()) || closes(in.peekSecond().text()))) {
        break;
      }
      Node node = statement();
      if (node != null) {
        nodes.add(node);
      }
    }
    return nodes;
  }

  private static boolean closes(String name) {
    return name.startsWith("end") || name.startsWith("el");
  }

  private @Nullable Node statement() {
    Token token = in.next();
    return switch (token.kind()) {
      case TEXT -> new Node.Text(token.text(), token.line());
      case OUTPUT_BEGIN -> {
        Expr value = expressions.tupleOrOne();
        in.expect(Kind.OUTPUT_END);
        yield new Node.Output(value, token.line());
      }
      case TAG_BEGIN -> {
        in.enter();
        Node node = tag(in.expectName(), token.line());
        in.leave();
        yield node;
      }
      default -> throw in.unexpected("text or a tag");
    };
  }

  private @Nullable Node tag(String name, int line) {
    return switch (name) {
      case "if" -> condition(line);
      case "for" -> loop(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> callBlock(line);
      case "filter" -> filterBlock(line);
      case "with" -> with(line);
      case "generation" -> generation(line);
      case "do" -> effect(line);
      case "break", "continue" -> leap(name, line);
      default ->
          throw new TemplateException("tag '" + name + "' is not known to this program", line);
    };
  }

  private Node leap(String name, int line) {
    if (loops == 0) {
      throw new TemplateException("'" + name + "' stands outside of any loop", line);
    }
    in.expect(Kind.TAG_END);
    return name.equals("break") ? new Node.Break(line) : new Node.Continue(line);
  }

  /** Evaluates an expression for its effect alone. */
  private Node effect(int line) {
    Expr value = expressions.tupleOrOne();
    in.expect(Kind.TAG_END);
    return new Node.Effect(value, line);
  }

  /** Ends the tag that was read, reads a body, and the tag that closes it. */
  private List<Node> body(String end) {
    in.expect(Kind.TAG_END);
    List<Node> body = until(Set.of(end));
    close(end);
    return body;
  }

  private void close(String end) {
    if (!in.sees(Kind.TAG_BEGIN) || !in.peekSecond().text().equals(end)) {
      throw in.unexpected("'" + end + "'");
    }
    in.next();
    in.next();
    if (end.equals("endmacro") && in.sees(Kind.NAME)) {
      in.next(); // some repeat the macro's name
    }
    in.expect(Kind.TAG_END);
  }

  private Node condition(int line) {
    List<Node.If.Branch> branches = new ArrayList<>();
    List<Node> otherwise = List.of();
    Expr condition = expressions.tupleOrOne();
    while (true) {
      in.expect(Kind.TAG_END);
      branches.add(new Node.If.Branch(condition, until(Set.of("elif", "else", "endif"))));
      if (!in.sees(Kind.TAG_BEGIN)) {
        throw in.unexpected("'endif'");
      }
      if (in.peekSecond().text().equals("elif")) {
        in.next();
        in.next();
        condition = expressions.tupleOrOne();
        continue;
      }
      if (in.peekSecond().text().equals("else")) {
        in.next();
        in.next();
        otherwise = body("endif");
      } else {
        close("endif");
      }
      return new Node.If(branches, otherwise, line);
    }
  }

  private Node loop(int line) {
    Target target = target();
    in.expectName("in");
    Expr items = expressions.withoutCondition();
    Expr filter = in.skipName("if") ? expressions.expression() : null;
    boolean recursive = in.skipName("recursive");
    in.expect(Kind.TAG_END);
    loops++;
    List<Node> body = until(Set.of("else", "endfor"));
    loops--;
    List<Node> otherwise = List.of();
    if (in.sees(Kind.TAG_BEGIN) && in.peekSecond().text().equals("else")) {
      in.next();
      in.next();
      otherwise = body("endfor");
    } else {
      close("endfor");
    }
    return new Node.For(target, items, filter, recursive, body, otherwise, line);
  }

  private Target target() {
    List<Target> targets = new ArrayList<>();
    boolean several = false;
    do {
      if (in.skipOperator("(")) {
        targets.add(target());
        in.expectOperator(")");
      } else {
        targets.add(variable());
      }
      several |= in.seesOperator(",");
    } while (in.skipOperator(",") && in.sees(Kind.NAME) && !in.seesName("in"));
    return several ? new Target.Several(targets) : targets.getFirst();
  }

  private Target variable() {
    String name = in.expectName();
    return in.skipOperator(".")
        ? new Target.Field(name, in.expectName())
        : new Target.Variable(name);
  }

  private Node set(int line) {
    Target target = target();
    if (in.skipOperator("=")) {
      Expr value = expressions.tupleOrOne();
      in.expect(Kind.TAG_END);
      return new Node.Set(target, value, line);
    }
    List<Expr.Filtered> filters = in.skipOperator("|") ? filters() : List.of();
    return new Node.SetBlock(target, filters, body("endset"), line);
  }

  /** Filters of a body, which stands for their target. */
  private List<Expr.Filtered> filters() {
    List<Expr.Filtered> filters = new ArrayList<>();
    do {
      filters.add(expressions.filter(new Expr.Literal(null)));
    } while (in.skipOperator("|"));
    return filters;
  }

  private Node.Macro macro(int line) {
    String name = in.expectName();
    in.expectOperator("(");
    return macroBody(name, parameters(), "endmacro", line);
  }

  private Node.Macro macroBody(
      String name, List<Node.Macro.Parameter> parameters, String end, int line) {
    int outer = loops;
    loops = 0;
    List<Node> body = body(end);
    loops = outer;
    return new Node.Macro(name, parameters, body, line);
  }

  private List<Node.Macro.Parameter> parameters() {
    List<Node.Macro.Parameter> parameters = new ArrayList<>();
    while (!in.skipOperator(")")) {
      String name = in.expectName();
      Expr otherwise = in.skipOperator("=") ? expressions.expression() : null;
      parameters.add(new Node.Macro.Parameter(name, otherwise));
      if (!in.seesOperator(")")) {
        in.expectOperator(",");
      }
    }
    return parameters;
  }

  private Node callBlock(int line) {
    List<Node.Macro.Parameter> parameters = in.skipOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Expr.Call call)) {
      throw in.error("'call' should be followed by the call of a macro");
    }
    return new Node.CallBlock(macroBody("caller", parameters, "endcall", line), call, line);
  }

  private Node filterBlock(int line) {
    List<Expr.Filtered> filters = filters();
    return new Node.FilterBlock(filters, body("endfilter"), line);
  }

  private Node with(int line) {
    List<Node.With.Binding> bindings = new ArrayList<>();
    while (!in.sees(Kind.TAG_END)) {
      Target target = variable();
      in.expectOperator("=");
      bindings.add(new Node.With.Binding(target, expressions.expression()));
      if (!in.sees(Kind.TAG_END)) {
        in.expectOperator(",");
      }
    }
    return new Node.With(bindings, body("endwith"), line);
  }

  /** Marks what a model is trained to say; it changes nothing in the text. */
  private Node generation(int line) {
    return new Node.With(List.of(), body("endgeneration"), line);
  }
}
