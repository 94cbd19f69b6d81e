package dev.puna.tokenizer.chat;

/**
 * What went wrong in a template, and in which line; {@link ChatTemplate} adds the template's name.
 */
final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  /**
   * @param line from 1; 0 where it is not known yet
   */
  TemplateException(String what, int line) {
    super(what, null, false, false);
    this.line = line;
  }

  TemplateException(String what) {
    this(what, 0);
  }

  int line() {
    return line;
  }

  TemplateException at(int where) {
    return line > 0 ? this : new TemplateException(String.valueOf(getMessage()), where);
  }
}
