package dev.puna.tokenizer.chat;

import dev.puna.tokenizer.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Cuts a template's source into tokens, with Jinja2's rules for white space and both options that
 * chat templates are written for: {@code trim_blocks} (the newline after a tag or comment is
 * dropped) and {@code lstrip_blocks} (so are the blanks before one that begins a line). A dash
 * inside a delimiter drops all white space on that side, a plus keeps it.
 */
final class Lexer {
  private static final int LONGEST = 1 << 20;
  private static final Set<String> LONG_OPERATORS = Set.of("==", "!=", "<=", ">=", "//", "**");
  private static final String OPERATORS = "+-*/%~<>=.:,|()[]{}";

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  /** Whether the white space that begins the next text is dropped. */
  private boolean trimLeft;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    if (template.length() > LONGEST) {
      throw new TemplateException("is longer than " + LONGEST + " characters", 1);
    }
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    return new Lexer(source).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int tag = nextTag();
      text(tag);
      if (tag == source.length()) {
        break;
      }
      at = tag;
      switch (source.charAt(tag + 1)) {
        case '#' -> comment();
        case '%' -> {
          if (!raw()) {
            inside(Kind.TAG_BEGIN, Kind.TAG_END, '%');
          }
        }
        default -> inside(Kind.OUTPUT_BEGIN, Kind.OUTPUT_END, '}');
      }
    }
    add(Kind.END, "");
    return tokens;
  }

  /** Where the next delimiter opens; the source's length if none does. */
  private int nextTag() {
    for (int i = at; ; i++) {
      i = source.indexOf('{', i);
      if (i < 0 || i + 1 >= source.length()) {
        return source.length();
      }
      if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
  }

  /** Plain text up to a delimiter, less the white space that the delimiters around it drop. */
  private void text(int end) {
    String text = source.substring(at, end);
    int from = trimLeft ? Whitespace.leading(text) : 0;
    trimLeft = false;
    String kept = text.substring(from);
    if (end < source.length()) {
      char sign = end + 2 < source.length() ? source.charAt(end + 2) : ' ';
      if (sign == '-') {
        kept = kept.substring(0, Whitespace.trailing(kept));
      } else if (sign != '+' && source.charAt(end + 1) != '{') {
        kept = withoutBlanks(kept, at + from);
      }
    }
    if (!kept.isEmpty()) {
      add(Kind.TEXT, kept);
    }
    countLines(text);
  }

  /** Without the blanks between the start of a line and the tag that follows. */
  private String withoutBlanks(String text, int start) {
    int end = text.lastIndexOf('\n') + 1;
    boolean lineStart = end > 0 || start == 0 || source.charAt(start - 1) == '\n';
    boolean blank = Whitespace.leading(text.substring(end)) == text.length() - end;
    return lineStart && blank ? text.substring(0, end) : text;
  }

  private void comment() {
    int close = source.indexOf("#}", at + 2);
    if (close < 0) {
      throw error("a comment is not closed");
    }
    countLines(source.substring(at, close));
    boolean dash = close > at + 2 && source.charAt(close - 1) == '-';
    boolean plus = close > at + 2 && source.charAt(close - 1) == '+';
    at = close + 2;
    afterTag(dash, plus);
  }

  /** What a closing delimiter of a tag or a comment does to the text after it. */
  private void afterTag(boolean dash, boolean plus) {
    trimLeft = dash;
    if (!dash && !plus && at < source.length() && source.charAt(at) == '\n') {
      at++;
      line++;
    }
  }

  /** A stretch between {@code raw} tags is text; whether one begins here. */
  private boolean raw() {
    int i = at + 2;
    i = skipSign(i);
    i = skipBlanks(i);
    if (!source.startsWith("raw", i)) {
      return false;
    }
    int close = skipBlanks(i + 3);
    boolean dash = source.startsWith("-%}", close);
    if (!dash && !source.startsWith("%}", close)) {
      return false;
    }
    countLines(source.substring(at, close));
    at = close + (dash ? 3 : 2);
    afterTag(dash, false);
    for (int open = source.indexOf("{%", at); open >= 0; open = source.indexOf("{%", open + 2)) {
      int name = skipBlanks(skipSign(open + 2));
      int end = skipBlanks(name + 6);
      boolean trims = source.startsWith("-%}", end);
      if (source.startsWith("endraw", name) && (trims || source.startsWith("%}", end))) {
        text(open);
        countLines(source.substring(open, end));
        at = end + (trims ? 3 : 2);
        afterTag(trims, false);
        return true;
      }
    }
    throw error("'raw' is not closed by 'endraw'");
  }

  private int skipSign(int i) {
    return i < source.length() && "+-".indexOf(source.charAt(i)) >= 0 ? i + 1 : i;
  }

  private int skipBlanks(int i) {
    int next = i;
    while (next < source.length() && Character.isWhitespace(source.charAt(next))) {
      next++;
    }
    return next;
  }

  /** The tokens between delimiters. */
  private void inside(Kind begin, Kind end, char closing) {
    add(begin, "");
    at = skipSign(at + 2);
    int depth = 0; // of brackets: a dictionary may end in }}
    while (at < source.length()) {
      char c = source.charAt(at);
      if (Character.isWhitespace(c)) {
        line += c == '\n' ? 1 : 0;
        at++;
        continue;
      }
      int sign = (c == '-' || c == '+') && at + 1 < source.length() ? 1 : 0;
      if (depth == 0 && source.startsWith(closing + "}", at + sign)) {
        add(end, "");
        at += sign + 2;
        boolean dash = sign == 1 && c == '-';
        if (closing == '%') {
          afterTag(dash, sign == 1 && c == '+');
        } else {
          trimLeft = dash;
        }
        return;
      }
      depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
      token(c);
    }
    throw error(begin == Kind.TAG_BEGIN ? "{% is not closed by %}" : "{{ is not closed by }}");
  }

  private void token(char c) {
    if (c == '"' || c == '\'') {
      string(c);
    } else if (Character.isDigit(c)) {
      number();
    } else if (Character.isJavaIdentifierStart(c)) {
      int start = at;
      while (at < source.length() && Character.isJavaIdentifierPart(source.charAt(at))) {
        at++;
      }
      add(Kind.NAME, source.substring(start, at));
    } else if (at + 1 < source.length() && LONG_OPERATORS.contains(source.substring(at, at + 2))) {
      add(Kind.OPERATOR, source.substring(at, at + 2));
      at += 2;
    } else if (OPERATORS.indexOf(c) >= 0) {
      add(Kind.OPERATOR, String.valueOf(c));
      at++;
    } else {
      throw error("character '" + c + "' has no meaning here");
    }
  }

  private void number() {
    int start = at;
    digits();
    boolean fraction =
        at + 1 < source.length()
            && source.charAt(at) == '.'
            && Character.isDigit(source.charAt(at + 1));
    if (fraction) {
      at++;
      digits();
    }
    int mark = at;
    if (at < source.length() && (source.charAt(at) == 'e' || source.charAt(at) == 'E')) {
      at = skipSign(at + 1);
      int exponent = at;
      digits();
      at = at == exponent ? mark : at;
    }
    String digits = source.substring(start, at).replace("_", "");
    add(fraction || at > mark ? Kind.FLOAT : Kind.INTEGER, digits);
  }

  private void digits() {
    while (at < source.length()
        && (Character.isDigit(source.charAt(at)) || source.charAt(at) == '_')) {
      at++;
    }
  }

  private void string(char quote) {
    int start = line;
    StringBuilder value = new StringBuilder();
    for (at++; at < source.length(); at++) {
      char c = source.charAt(at);
      if (c == quote) {
        at++;
        tokens.add(new Token(Kind.STRING, value.toString(), start));
        return;
      }
      line += c == '\n' ? 1 : 0;
      if (c == '\\' && at + 1 < source.length()) {
        at++;
        escape(source.charAt(at), value);
      } else {
        value.append(c);
      }
    }
    throw error("a string is not closed");
  }

  /** Python's escapes; a backslash before anything else stands for itself. */
  private void escape(char c, StringBuilder value) {
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'v' -> value.append('\u000b');
      case 'a' -> value.append('\u0007');
      case '0' -> value.append('\0');
      case '\\', '\'', '"' -> value.append(c);
      case '\n' -> line++;
      case 'x' -> hexadecimal(2, value);
      case 'u' -> hexadecimal(4, value);
      case 'U' -> hexadecimal(8, value);
      default -> value.append('\\').append(c);
    }
  }

  private void hexadecimal(int digits, StringBuilder value) {
    int end = at + 1 + digits;
    try {
      int point = Integer.parseUnsignedInt(source.substring(at + 1, end), 16);
      value.appendCodePoint(point);
    } catch (IndexOutOfBoundsException | IllegalArgumentException _) {
      throw error("an escape in a string needs " + digits + " hexadecimal digits of a character");
    }
    at = end - 1;
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void countLines(String text) {
    line += (int) text.chars().filter(c -> c == '\n').count();
  }

  private TemplateException error(String what) {
    return new TemplateException(what, line);
  }
}
