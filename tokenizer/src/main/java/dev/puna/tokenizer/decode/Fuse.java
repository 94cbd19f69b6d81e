package dev.puna.tokenizer.decode;

/** Fuse: all pieces are one from here on. */
public record Fuse() implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    return new Stage() {
      // In the middle of a text the one piece has begun already.
      private boolean begins = atTextStart;

      @Override
      public void accept(String part, boolean partBegins) {
        next.accept(part, begins);
        begins = false;
      }

      @Override
      public void finish() {
        next.finish();
      }
    };
  }
}
