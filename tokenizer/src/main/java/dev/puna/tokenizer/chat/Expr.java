package dev.puna.tokenizer.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An expression of a template. */
sealed interface Expr {
  /** A constant: null for none, a Boolean, Long, Double or String. */
  record Literal(@Nullable Object value) implements Expr {}

  record Name(String name) implements Expr {}

  record ListOf(List<Expr> items) implements Expr {}

  record TupleOf(List<Expr> items) implements Expr {}

  record DictOf(List<Pair> pairs) implements Expr {
    record Pair(Expr key, Expr value) {}
  }

  /** {@code target.name} */
  record Attribute(Expr target, String name) implements Expr {}

  /** {@code target[index]} */
  record Item(Expr target, Expr index) implements Expr {}

  /** {@code target[from:to:step]} */
  record Slice(Expr target, @Nullable Expr from, @Nullable Expr to, @Nullable Expr step)
      implements Expr {}

  record Call(Expr callee, Arguments arguments) implements Expr {}

  /** {@code target | name(arguments)} */
  record Filtered(Expr target, String name, Arguments arguments) implements Expr {}

  /** {@code target is name(arguments)} */
  record Is(Expr target, String name, Arguments arguments) implements Expr {}

  record Not(Expr x) implements Expr {}

  record Negated(Expr x) implements Expr {}

  record And(Expr a, Expr b) implements Expr {}

  record Or(Expr a, Expr b) implements Expr {}

  /** {@code a operator b} for {@code + - * / // % **} */
  record Arithmetic(String operator, Expr a, Expr b) implements Expr {}

  /** {@code a ~ b ~ ...}: the texts of all, one after the other. */
  record Concatenation(List<Expr> parts) implements Expr {}

  /** {@code first < second <= third}: each link compares with the one before it. */
  record Comparison(Expr first, List<Link> links) implements Expr {
    /** One of {@code == != < <= > >= in}, and {@code not in}. */
    record Link(String operator, Expr with) {}
  }

  /** {@code yes if condition else no} */
  record Conditional(Expr condition, Expr yes, @Nullable Expr no) implements Expr {}

  /** What a call is given. */
  record Arguments(List<Expr> positional, Map<String, Expr> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());
  }
}
