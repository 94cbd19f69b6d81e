package dev.puna.tokenizer.chat;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** {@code strftime_now}: a moment in the format of C's strftime, in its own locale. */
final class Strftime {
  private Strftime() {}

  static String format(String format, ZonedDateTime moment) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%' || i + 1 == format.length()) {
        out.append(format.charAt(i));
        continue;
      }
      char directive = format.charAt(++i);
      boolean bare = directive == '-' && i + 1 < format.length(); // without leading zeros
      if (bare) {
        directive = format.charAt(++i);
      }
      String text = directive(directive, moment);
      out.append(bare ? text.replaceFirst("^[0 ]+(?=.)", "") : text);
    }
    return out.toString();
  }

  private static String directive(char directive, ZonedDateTime moment) {
    String pattern =
        switch (directive) {
          case 'Y' -> "uuuu";
          case 'y' -> "uu";
          case 'm' -> "MM";
          case 'd' -> "dd";
          case 'e' -> "ppd";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'f' -> "SSSSSS";
          case 'p' -> "a";
          case 'b', 'h' -> "LLL";
          case 'B' -> "LLLL";
          case 'a' -> "ccc";
          case 'A' -> "cccc";
          case 'j' -> "DDD";
          case 'u' -> "e";
          case 'z' -> "xx";
          case 'Z' -> "zzz";
          case 'F' -> "uuuu-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case 'D' -> "MM/dd/uu";
          case '%' -> "'%'";
          case 'n' -> "'\n'";
          case 't' -> "'\t'";
          default ->
              throw new TemplateException("strftime's '%" + directive + "' is not supported");
        };
    if (directive == 'u') {
      return String.valueOf(moment.getDayOfWeek().getValue());
    }
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
        .withLocale(Locale.ENGLISH)
        .format(moment);
  }
}
