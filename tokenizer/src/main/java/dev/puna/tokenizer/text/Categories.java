package dev.puna.tokenizer.text;

/**
 * Sets of general categories of Unicode as bits of an {@code int}: bit n stands for the category
 * that {@link Character#getType(int)} numbers n. Control characters that are white space have a bit
 * of their own.
 */
public final class Categories {
  public static final int UPPERCASE = 1 << Character.UPPERCASE_LETTER;
  public static final int LOWERCASE = 1 << Character.LOWERCASE_LETTER;
  public static final int TITLECASE = 1 << Character.TITLECASE_LETTER;
  public static final int MODIFIER = 1 << Character.MODIFIER_LETTER;
  public static final int OTHER_LETTER = 1 << Character.OTHER_LETTER;
  public static final int LETTER = UPPERCASE | LOWERCASE | TITLECASE | MODIFIER | OTHER_LETTER;

  public static final int DECIMAL = 1 << Character.DECIMAL_DIGIT_NUMBER;
  public static final int LETTER_NUMBER = 1 << Character.LETTER_NUMBER;
  public static final int OTHER_NUMBER = 1 << Character.OTHER_NUMBER;
  public static final int NUMBER = DECIMAL | LETTER_NUMBER | OTHER_NUMBER;

  public static final int NONSPACING_MARK = 1 << Character.NON_SPACING_MARK;
  public static final int SPACING_MARK = 1 << Character.COMBINING_SPACING_MARK;
  public static final int ENCLOSING_MARK = 1 << Character.ENCLOSING_MARK;
  public static final int MARK = NONSPACING_MARK | SPACING_MARK | ENCLOSING_MARK;

  public static final int CONNECTOR = 1 << Character.CONNECTOR_PUNCTUATION;
  public static final int DASH = 1 << Character.DASH_PUNCTUATION;
  public static final int OPEN = 1 << Character.START_PUNCTUATION;
  public static final int CLOSE = 1 << Character.END_PUNCTUATION;
  public static final int INITIAL_QUOTE = 1 << Character.INITIAL_QUOTE_PUNCTUATION;
  public static final int FINAL_QUOTE = 1 << Character.FINAL_QUOTE_PUNCTUATION;
  public static final int OTHER_PUNCTUATION = 1 << Character.OTHER_PUNCTUATION;
  public static final int PUNCTUATION =
      CONNECTOR | DASH | OPEN | CLOSE | INITIAL_QUOTE | FINAL_QUOTE | OTHER_PUNCTUATION;

  public static final int MATH = 1 << Character.MATH_SYMBOL;
  public static final int CURRENCY = 1 << Character.CURRENCY_SYMBOL;
  public static final int MODIFIER_SYMBOL = 1 << Character.MODIFIER_SYMBOL;
  public static final int OTHER_SYMBOL = 1 << Character.OTHER_SYMBOL;
  public static final int SYMBOL = MATH | CURRENCY | MODIFIER_SYMBOL | OTHER_SYMBOL;

  public static final int SPACE_SEPARATOR = 1 << Character.SPACE_SEPARATOR;
  public static final int LINE_SEPARATOR = 1 << Character.LINE_SEPARATOR;
  public static final int PARAGRAPH_SEPARATOR = 1 << Character.PARAGRAPH_SEPARATOR;
  public static final int SEPARATOR = SPACE_SEPARATOR | LINE_SEPARATOR | PARAGRAPH_SEPARATOR;

  private static final int WHITE_CONTROL_BIT = 31;

  /** Controls that are white space: U+0009 to U+000D and U+0085. */
  public static final int WHITE_CONTROL = 1 << WHITE_CONTROL_BIT;

  public static final int CONTROL = 1 << Character.CONTROL | WHITE_CONTROL;
  public static final int FORMAT = 1 << Character.FORMAT;
  public static final int PRIVATE_USE = 1 << Character.PRIVATE_USE;
  public static final int SURROGATE = 1 << Character.SURROGATE;
  public static final int UNASSIGNED = 1 << Character.UNASSIGNED;
  public static final int OTHER = CONTROL | FORMAT | PRIVATE_USE | SURROGATE | UNASSIGNED;

  /** The property White_Space. */
  public static final int WHITE_SPACE = SEPARATOR | WHITE_CONTROL;

  private static final byte[] TYPES = types();

  private Categories() {}

  private static byte[] types() {
    byte[] types = new byte[Character.MAX_CODE_POINT + 1];
    for (int point = 0; point < types.length; point++) {
      types[point] = (byte) Character.getType(point);
    }
    for (int point = 0x09; point <= 0x0D; point++) {
      types[point] = WHITE_CONTROL_BIT;
    }
    types[0x85] = WHITE_CONTROL_BIT;
    return types;
  }

  /** Whether a code point is in one of the categories. */
  public static boolean is(int point, int categories) {
    return (categories >>> TYPES[point] & 1) != 0;
  }

  /** Whether a code point is a word character by Unicode's technical standard 18, annex C. */
  public static boolean isWord(int point) {
    return is(point, LETTER | MARK | DECIMAL | CONNECTOR)
        || point >= 0x200C && (point <= 0x200D || Character.isAlphabetic(point));
  }

  /** The categories of a name as regular expressions have it, such as Lu or L; 0 if unknown. */
  public static int named(String name) {
    return switch (name) {
      case "L" -> LETTER;
      case "Lu" -> UPPERCASE;
      case "Ll" -> LOWERCASE;
      case "Lt" -> TITLECASE;
      case "Lm" -> MODIFIER;
      case "Lo" -> OTHER_LETTER;
      case "N" -> NUMBER;
      case "Nd" -> DECIMAL;
      case "Nl" -> LETTER_NUMBER;
      case "No" -> OTHER_NUMBER;
      case "M" -> MARK;
      case "Mn" -> NONSPACING_MARK;
      case "Mc" -> SPACING_MARK;
      case "Me" -> ENCLOSING_MARK;
      case "P" -> PUNCTUATION;
      case "S" -> SYMBOL;
      case "Sm" -> MATH;
      case "Sc" -> CURRENCY;
      case "Z" -> SEPARATOR;
      case "Zs" -> SPACE_SEPARATOR;
      case "C" -> OTHER;
      case "Cc" -> CONTROL;
      case "Cf" -> FORMAT;
      default -> 0;
    };
  }
}
