package dev.puna.tokenizer.chat;

/**
 * A piece of a template's source.
 *
 * @param text a name, an operator, the value of a string, the digits of a number, or plain text
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    /** Text outside tags. */
    TEXT,
    /** <code>{{</code> and what closes it. */
    OUTPUT_BEGIN,
    OUTPUT_END,
    /** <code>{%</code> and what closes it. */
    TAG_BEGIN,
    TAG_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String value) {
    return kind == wanted && text.equals(value);
  }

  /** As it is named in an error. */
  String describe() {
    return switch (kind) {
      case TEXT -> "text";
      case OUTPUT_BEGIN -> "{{";
      case OUTPUT_END -> "}}";
      case TAG_BEGIN -> "{%";
      case TAG_END -> "%}";
      case END -> "the end of the template";
      case NAME, STRING, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
    };
  }
}
