package dev.puna.tensor;

/**
 * Something the user can mend: a damaged file, an impossible request. Its message is one line that
 * says what is wrong and where, then how to mend it; the command line prints it without a stack
 * trace and exits with 1.
 */
public class PunaException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST = 600;

  /**
   * @param what what is wrong, and where
   * @param mend what the user can do about it
   */
  public PunaException(String what, String mend) {
    super(oneLine(what) + ": " + oneLine(mend));
  }

  public PunaException(String what, String mend, Throwable cause) {
    super(oneLine(what) + ": " + oneLine(mend), cause);
  }

  /** Names out of damaged files may hold anything: keep the message printable and on one line. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST));
    text.codePoints()
        .limit(LONGEST)
        .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '?' : c)
        .forEach(line::appendCodePoint);
    if (text.length() > LONGEST) {
      line.append("...");
    }
    return line.toString();
  }
}
