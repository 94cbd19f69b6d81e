package dev.puna.engine.constraint;

/** How often a piece may come, as grammars and regular expressions write it. */
record Quantifier(int least, int most) {
  /** The largest number that may be written. */
  static final int MOST = 100_000;

  static boolean begins(int c) {
    return c == '*' || c == '+' || c == '?' || c == '{';
  }

  static Quantifier read(CharReader in) {
    int c = in.next();
    return switch (c) {
      case '*' -> new Quantifier(0, Expr.UNBOUNDED);
      case '+' -> new Quantifier(1, Expr.UNBOUNDED);
      case '?' -> new Quantifier(0, 1);
      default -> braces(in);
    };
  }

  private static Quantifier braces(CharReader in) {
    spaces(in);
    int least = in.number(MOST);
    spaces(in);
    int most = least;
    if (in.take(',')) {
      spaces(in);
      most = in.number(MOST);
      spaces(in);
      boolean none = least < 0 && most < 0;
      most = most < 0 ? Expr.UNBOUNDED : most;
      least = none ? -1 : Math.max(least, 0);
    }
    if (least < 0 || !in.take('}')) {
      throw in.wrong("has braces that are no number of repetitions", "write {m}, {m,} or {m,n}");
    }
    if (most < least) {
      throw in.wrong("repeats from %d to %d times".formatted(least, most), "swap the two");
    }
    return new Quantifier(least, most);
  }

  private static void spaces(CharReader in) {
    while (in.peek() == ' ') {
      in.next();
    }
  }

  Expr of(Expr body) {
    return new Expr.Repeat(body, least, most);
  }
}
