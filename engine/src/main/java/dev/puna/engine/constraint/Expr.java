package dev.puna.engine.constraint;

import java.util.List;

/** What a piece of text looks like, in characters: all the frontends speak of it in these terms. */
sealed interface Expr {
  /** Nothing: the empty text. */
  Expr EMPTY = new Sequence(List.of());

  /** No text at all, not even the empty one. */
  Expr NEVER = new Choice(List.of());

  /** One text. */
  record Text(String text) implements Expr {}

  /** One character of a set. */
  record Chars(CharSet set) implements Expr {}

  /** One after the other. */
  record Sequence(List<Expr> parts) implements Expr {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** One of them. */
  record Choice(List<Expr> options) implements Expr {
    public Choice {
      options = List.copyOf(options);
    }
  }

  /**
   * A piece several times.
   *
   * @param most {@link #UNBOUNDED} for any number
   */
  record Repeat(Expr body, int least, int most) implements Expr {}

  /** What a rule says. */
  record Ref(int rule) implements Expr {}

  /**
   * A piece that ends several others: compiled once for each place where it ends, however often it
   * stands there. Known by identity.
   */
  record Shared(Expr body) implements Expr {}

  int UNBOUNDED = Integer.MAX_VALUE;

  static Expr sequence(Expr... parts) {
    return new Sequence(List.of(parts));
  }

  static Expr choice(Expr... options) {
    return new Choice(List.of(options));
  }

  static Expr optional(Expr body) {
    return new Repeat(body, 0, 1);
  }

  static Expr any(Expr body) {
    return new Repeat(body, 0, UNBOUNDED);
  }

  static Expr text(String text) {
    return new Text(text);
  }

  static Expr chars(String characters) {
    return new Chars(CharSet.of(characters));
  }

  static Expr range(int from, int to) {
    return new Chars(CharSet.range(from, to));
  }
}
