package dev.puna.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What Python does with strings. */
final class Texts {
  private Texts() {}

  static boolean isLower(String text) {
    return cased(text, Character::isLowerCase);
  }

  static boolean isUpper(String text) {
    return cased(text, Character::isUpperCase);
  }

  /** Whether there are letters with a case, and all of them have the one. */
  private static boolean cased(String text, IntPredicate wanted) {
    boolean any = false;
    for (int c : text.codePoints().toArray()) {
      if (Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c)) {
        if (!wanted.test(c)) {
          return false;
        }
        any = true;
      }
    }
    return any;
  }

  static boolean all(String text, IntPredicate wanted) {
    return !text.isEmpty() && text.codePoints().allMatch(wanted);
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return title(text.substring(0, first)) + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String letter) {
    int point = letter.codePointAt(0);
    int title = Character.toTitleCase(point);
    return title == point ? letter.toUpperCase(Locale.ROOT) : Character.toString(title);
  }

  /** {@code str.title}: a capital after everything that is no letter. */
  static String titled(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      String letter = Character.toString(c);
      out.append(inWord ? letter.toLowerCase(Locale.ROOT) : title(letter));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  /**
   * Without characters at its ends.
   *
   * @param characters those taken off; null for white space
   */
  static String strip(String text, @Nullable String characters, boolean left, boolean right) {
    IntPredicate off = characters == null ? Whitespace::is : c -> characters.indexOf(c) >= 0;
    int from = 0;
    int to = text.length();
    while (left && from < to && off.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && from < to && off.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  /**
   * The parts of a text.
   *
   * @param separator null for any white space, which then gives no empty parts
   * @param most number of cuts; negative for all
   */
  static List<String> split(String text, @Nullable String separator, long most) {
    if (separator == null) {
      return words(text, most);
    }
    if (separator.isEmpty()) {
      throw new TemplateException("the separator of 'split' is empty");
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator);
        at >= 0 && (most < 0 || parts.size() < most);
        at = text.indexOf(separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<String> words(String text, long most) {
    List<String> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < text.length() && Whitespace.is(text.charAt(at))) {
        at++;
      }
      if (at == text.length()) {
        return parts;
      }
      if (most >= 0 && parts.size() >= most) {
        parts.add(text.substring(at));
        return parts;
      }
      int end = at;
      while (end < text.length() && !Whitespace.is(text.charAt(end))) {
        end++;
      }
      parts.add(text.substring(at, end));
      at = end;
    }
  }

  /** As {@link #split}, with cuts made from the end. */
  static List<String> splitFromEnd(String text, @Nullable String separator, long most) {
    if (most < 0 || separator == null) {
      List<String> all = split(text, separator, -1);
      if (most < 0 || all.size() <= most + 1) {
        return all;
      }
      throw new TemplateException("'rsplit' by white space with a limit is not supported");
    }
    List<String> parts = new ArrayList<>();
    int to = text.length();
    while (parts.size() < most) {
      int at = text.lastIndexOf(separator, to - separator.length());
      if (at < 0 || separator.isEmpty()) {
        break;
      }
      parts.addFirst(text.substring(at + separator.length(), to));
      to = at;
    }
    parts.addFirst(text.substring(0, to));
    return parts;
  }

  /** Lines as {@code str.splitlines} cuts them. */
  static List<String> lines(String text, boolean keepEnds) {
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ends =
          c >= '\n' && c <= '\r'
              || c >= 0x1c && c <= 0x1e
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (ends) {
        int next = c == '\r' && text.startsWith("\n", i + 1) ? i + 2 : i + 1;
        lines.add(text.substring(from, keepEnds ? next : i));
        from = next;
        i = next - 1;
      }
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  static String replaced(String text, String from, String to, long most) {
    if (from.isEmpty()) {
      return between(text, to, most);
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    long count = 0;
    for (int next = text.indexOf(from);
        next >= 0 && (most < 0 || count < most);
        next = text.indexOf(from, at)) {
      out.append(text, at, next).append(to);
      at = next + from.length();
      count++;
      Budget.text(out.length());
    }
    return out.append(text, at, text.length()).toString();
  }

  /** Where nothing is replaced, it stands before, between and after all characters. */
  private static String between(String text, String to, long most) {
    StringBuilder out = new StringBuilder();
    long count = 0;
    int at = 0;
    while (most < 0 || count < most) {
      out.append(to);
      Budget.text(out.length());
      count++;
      if (at == text.length()) {
        return out.toString();
      }
      int next = text.offsetByCodePoints(at, 1);
      out.append(text, at, next);
      at = next;
    }
    return out.append(text, at, text.length()).toString();
  }

  /**
   * A text in the middle of blanks.
   *
   * @param share of the missing blanks that stand on the left: 0, 0.5 or 1
   */
  static String padded(String text, long width, String fill, double share) {
    long missing = Math.max(0, width - text.codePointCount(0, text.length()));
    Budget.text(missing + text.length());
    // Python puts the odd blank of a centred text on the left if the width is odd.
    long left = share == 0.5 ? missing / 2 + (missing & width & 1) : (long) (share * missing);
    return fill.repeat((int) left) + text + fill.repeat((int) (missing - left));
  }
}
