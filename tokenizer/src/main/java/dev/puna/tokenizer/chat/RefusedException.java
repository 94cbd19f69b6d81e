package dev.puna.tokenizer.chat;

/** A template's own {@code raise_exception}: it does not take this conversation. */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message, null, false, false);
  }
}
