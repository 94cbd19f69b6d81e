package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers between bounds, digit by digit. Where a bound is missing numbers have up to 16 digits, or
 * one more than the other bound. Zero has no sign.
 *
 * @param low null for none
 * @param lowOpen whether {@code low} itself is left out
 */
record NumberRange(
    @Nullable BigDecimal low, boolean lowOpen, @Nullable BigDecimal high, boolean highOpen) {
  private static final int MOST_DIGITS = 100;
  private static final int PLAIN_DIGITS = 16;
  private static final int FRACTION = 15;
  private static final Expr DIGIT = JsonForms.DIGIT;
  private static final Expr FREE = new Expr.Repeat(DIGIT, 0, FRACTION);
  private static final Expr ZEROS = new Expr.Repeat(Expr.text("0"), 0, FRACTION);

  /** Something above zero. */
  private static final Expr POSITIVE = Expr.sequence(ZEROS, Expr.range('1', '9'), FREE);

  public NumberRange {
    check(low);
    check(high);
  }

  private static void check(@Nullable BigDecimal bound) {
    if (bound != null
        && bound.signum() != 0
        && (Math.abs((long) bound.precision() - bound.scale()) > MOST_DIGITS
            || Math.abs((long) bound.scale()) > MOST_DIGITS)) {
      throw new PunaException(
          "a bound of the JSON schema's numbers has more than %d digits".formatted(MOST_DIGITS),
          "take a shorter one");
    }
  }

  // ---- integers ----

  Expr integers() {
    BigInteger least = null;
    if (low != null) {
      least = low.setScale(0, RoundingMode.CEILING).toBigIntegerExact();
      boolean itself = lowOpen && low.compareTo(new BigDecimal(least)) == 0;
      least = itself ? least.add(BigInteger.ONE) : least;
    }
    BigInteger most = null;
    if (high != null) {
      most = high.setScale(0, RoundingMode.FLOOR).toBigIntegerExact();
      boolean itself = highOpen && high.compareTo(new BigDecimal(most)) == 0;
      most = itself ? most.subtract(BigInteger.ONE) : most;
    }
    BigInteger far = largest(least, most);
    return integers(least == null ? far.negate() : least, most == null ? far : most);
  }

  /** The number of nines that stands for no bound. */
  private static BigInteger largest(@Nullable BigInteger low, @Nullable BigInteger high) {
    int digits = PLAIN_DIGITS;
    for (BigInteger bound : new BigInteger[] {low, high}) {
      if (bound != null) {
        digits = Math.max(digits, bound.abs().toString().length() + 1);
      }
    }
    return BigInteger.TEN.pow(digits).subtract(BigInteger.ONE);
  }

  private static Expr integers(BigInteger low, BigInteger high) {
    List<Expr> options = new ArrayList<>();
    BigInteger zero = BigInteger.ZERO;
    if (low.signum() < 0) {
      BigInteger nearest = high.signum() < 0 ? high.negate() : BigInteger.ONE;
      options.add(Expr.sequence(Expr.text("-"), naturals(nearest, low.negate())));
    }
    if (high.signum() >= 0) {
      options.add(naturals(low.max(zero), high));
    }
    return new Expr.Choice(options);
  }

  /** Numbers without a sign from {@code low} to {@code high}, by their lengths. */
  private static Expr naturals(BigInteger low, BigInteger high) {
    List<Expr> options = new ArrayList<>();
    int longest = high.toString().length();
    for (int length = low.toString().length(); length <= longest; length++) {
      BigInteger least = length == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(length - 1);
      BigInteger most = BigInteger.TEN.pow(length).subtract(BigInteger.ONE);
      least = least.max(low);
      most = most.min(high);
      if (least.compareTo(most) <= 0) {
        options.add(between(least.toString(), most.toString(), 0));
      }
    }
    return new Expr.Choice(options);
  }

  private static Expr between(String low, String high, int at) {
    if (at == low.length()) {
      return Expr.EMPTY;
    }
    char from = low.charAt(at);
    char to = high.charAt(at);
    if (from == to) {
      return Expr.sequence(digitFrom(from, to), between(low, high, at + 1));
    }
    Expr free = free(low.length() - at - 1);
    return Expr.choice(
        Expr.sequence(digitFrom(from, from), from(low, at + 1)),
        Expr.sequence(digitFrom(from + 1, to - 1), free),
        Expr.sequence(digitFrom(to, to), upTo(high, at + 1)));
  }

  private static Expr from(String low, int at) {
    if (at == low.length()) {
      return Expr.EMPTY;
    }
    char digit = low.charAt(at);
    return Expr.choice(
        Expr.sequence(digitFrom(digit, digit), from(low, at + 1)),
        Expr.sequence(digitFrom(digit + 1, '9'), free(low.length() - at - 1)));
  }

  private static Expr upTo(String high, int at) {
    if (at == high.length()) {
      return Expr.EMPTY;
    }
    char digit = high.charAt(at);
    return Expr.choice(
        Expr.sequence(digitFrom('0', digit - 1), free(high.length() - at - 1)),
        Expr.sequence(digitFrom(digit, digit), upTo(high, at + 1)));
  }

  private static Expr free(int count) {
    return new Expr.Repeat(DIGIT, count, count);
  }

  private static Expr digitFrom(int from, int to) {
    return from > to ? Expr.NEVER : Expr.range(from, to);
  }

  // ---- other numbers ----

  /** Numbers with or without a fraction, without an exponent. */
  Expr numbers() {
    BigDecimal far =
        new BigDecimal(
            largest(
                low == null ? null : low.toBigInteger(),
                high == null ? null : high.toBigInteger()));
    BigDecimal least = low == null ? far.negate() : low;
    BigDecimal most = high == null ? far : high;
    List<Expr> options = new ArrayList<>();
    if (least.signum() < 0) {
      boolean below = most.signum() < 0;
      BigDecimal nearest = below ? most.negate() : BigDecimal.ZERO;
      boolean open = !below || highOpen;
      options.add(
          Expr.sequence(
              Expr.text("-"),
              new NumberRange(nearest, open, least.negate(), lowOpen).magnitudes()));
    }
    if (most.signum() >= 0) {
      boolean above = least.signum() >= 0;
      BigDecimal nearest = above ? least : BigDecimal.ZERO;
      options.add(new NumberRange(nearest, above && lowOpen, most, highOpen).magnitudes());
    }
    return new Expr.Choice(options);
  }

  /** Numbers without a sign; both bounds are there. */
  private Expr magnitudes() {
    BigDecimal least = low == null ? BigDecimal.ZERO : low;
    BigDecimal most = high == null ? BigDecimal.ZERO : high;
    int order = least.compareTo(most);
    if (order > 0 || order == 0 && (lowOpen || highOpen)) {
      return Expr.NEVER;
    }
    BigInteger whole = least.toBigInteger();
    BigInteger last = most.toBigInteger();
    Fraction from = Fraction.of(least, lowOpen);
    Fraction to = Fraction.of(most, highOpen);
    if (whole.equals(last)) {
      return Expr.sequence(Expr.text(whole.toString()), from.between(to));
    }
    BigInteger next = whole.add(BigInteger.ONE);
    BigInteger previous = last.subtract(BigInteger.ONE);
    Expr any = Expr.optional(Expr.sequence(Expr.text("."), new Expr.Repeat(DIGIT, 1, FRACTION)));
    return Expr.choice(
        Expr.sequence(Expr.text(whole.toString()), from.orMore()),
        next.compareTo(previous) > 0 ? Expr.NEVER : Expr.sequence(naturals(next, previous), any),
        Expr.sequence(Expr.text(last.toString()), to.orLess()));
  }

  /**
   * What a bound has behind the point. A number's fraction is nothing, or a point and digits.
   *
   * @param digits without zeros at the end
   * @param open whether the bound itself is left out
   */
  private record Fraction(String digits, boolean open) {
    static Fraction of(BigDecimal bound, boolean open) {
      BigDecimal fraction = bound.remainder(BigDecimal.ONE).stripTrailingZeros();
      String plain = fraction.signum() == 0 ? "" : fraction.toPlainString().substring(2);
      return new Fraction(plain, open);
    }

    /** Whether nothing but zeros follows. */
    private boolean isOver(int at) {
      return at >= digits.length();
    }

    private char digit(int at) {
      return isOver(at) ? '0' : digits.charAt(at);
    }

    private static Expr behindPoint(boolean maybeNothing, Expr tail) {
      Expr some = Expr.sequence(Expr.text("."), tail);
      return maybeNothing ? Expr.optional(some) : some;
    }

    Expr orMore() {
      if (isOver(0) && !open) {
        return behindPoint(true, new Expr.Repeat(DIGIT, 1, FRACTION));
      }
      return behindPoint(false, from(0));
    }

    Expr orLess() {
      if (isOver(0)) {
        Expr zeros = new Expr.Repeat(Expr.text("0"), 1, FRACTION);
        return open ? Expr.NEVER : behindPoint(true, zeros);
      }
      return behindPoint(true, lower(0));
    }

    /** At least this, from a digit on. */
    private Expr from(int at) {
      if (isOver(at)) {
        return open ? POSITIVE : FREE;
      }
      return Expr.choice(
          Expr.sequence(digitFrom(digit(at), digit(at)), from(at + 1)),
          Expr.sequence(digitFrom(digit(at) + 1, '9'), FREE));
    }

    /** At most this, from a digit on; it may be the last one already. */
    private Expr upTo(int at) {
      if (isOver(at)) {
        return open ? Expr.NEVER : ZEROS;
      }
      return Expr.optional(lower(at));
    }

    /** Likewise, with one digit at least. */
    private Expr lower(int at) {
      return Expr.choice(
          Expr.sequence(digitFrom('0', digit(at) - 1), FREE),
          Expr.sequence(digitFrom(digit(at), digit(at)), upTo(at + 1)));
    }

    Expr between(Fraction high) {
      if (isOver(0) && high.isOver(0)) {
        return high.orLess();
      }
      return behindPoint(isOver(0) && !open, between(high, 0));
    }

    /** At least this and at most {@code high}, from a digit on, with one digit at least. */
    private Expr between(Fraction high, int at) {
      char from = digit(at);
      char to = high.digit(at);
      if (from != to) {
        return Expr.choice(
            Expr.sequence(digitFrom(from, from), from(at + 1)),
            Expr.sequence(digitFrom(from + 1, to - 1), FREE),
            Expr.sequence(digitFrom(to, to), high.upTo(at + 1)));
      }
      Expr rest;
      if (isOver(at + 1) && high.isOver(at + 1)) {
        rest = ZEROS; // both bounds are the same, and closed
      } else {
        rest = between(high, at + 1);
        rest = isOver(at + 1) && !open ? Expr.optional(rest) : rest;
      }
      return Expr.sequence(digitFrom(from, from), rest);
    }
  }
}
