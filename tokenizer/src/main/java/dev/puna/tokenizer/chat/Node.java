package dev.puna.tokenizer.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of a template. */
sealed interface Node {
  /** The line it begins in, for errors. */
  int line();

  record Text(String text, int line) implements Node {}

  /** <code>{{ value }}</code> */
  record Output(Expr value, int line) implements Node {}

  /** <code>{% do value %}</code>: evaluated, and nothing printed. */
  record Effect(Expr value, int line) implements Node {}

  record If(List<Branch> branches, List<Node> otherwise, int line) implements Node {
    record Branch(Expr condition, List<Node> body) {}
  }

  /** <code>{% for target in items if filter %} body {% else %} otherwise</code> */
  record For(
      Target target,
      Expr items,
      @Nullable Expr filter,
      boolean recursive,
      List<Node> body,
      List<Node> otherwise,
      int line)
      implements Node {}

  /** <code>{% set target = value %}</code> */
  record Set(Target target, Expr value, int line) implements Node {}

  /** <code>{% set target | filters %} body {% endset %}</code> */
  record SetBlock(Target target, List<Expr.Filtered> filters, List<Node> body, int line)
      implements Node {}

  record Macro(String name, List<Parameter> parameters, List<Node> body, int line) implements Node {
    record Parameter(String name, @Nullable Expr otherwise) {}
  }

  /** <code>{% call(parameters) callee(arguments) %} body {% endcall %}</code> */
  record CallBlock(Macro caller, Expr.Call call, int line) implements Node {}

  /** <code>{% filter filters %} body {% endfilter %}</code>; the innermost filter is the first. */
  record FilterBlock(List<Expr.Filtered> filters, List<Node> body, int line) implements Node {}

  record With(List<Binding> bindings, List<Node> body, int line) implements Node {
    record Binding(Target target, Expr value) {}
  }

  record Break(int line) implements Node {}

  record Continue(int line) implements Node {}

  /** What a value is bound to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    /** An attribute of a namespace. */
    record Field(String namespace, String name) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
