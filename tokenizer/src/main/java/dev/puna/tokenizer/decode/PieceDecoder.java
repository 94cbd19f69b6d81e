package dev.puna.tokenizer.decode;

/**
 * A decoder that looks at one piece at a time, and at whether it is the first one: Metaspace,
 * WordPiece, Replace, or spaces between pieces.
 *
 * @param text what becomes of a piece
 */
public record PieceDecoder(Rule text) implements Decoder {
  /** What becomes of a piece. */
  public interface Rule {
    /**
     * The text of a piece.
     *
     * @param first whether it begins the text
     */
    String of(String piece, boolean first);
  }

  /** What decoding without any decoder does: spaces between pieces. */
  public static PieceDecoder spaced() {
    return new PieceDecoder((piece, first) -> first ? piece : " " + piece);
  }

  /**
   * Metaspace: a character stands for a space, except in the first piece.
   *
   * @param prefixed whether encoding puts a space in front of the text
   */
  public static PieceDecoder metaspace(String replacement, boolean prefixed) {
    return new PieceDecoder(
        (piece, first) -> piece.replace(replacement, first && prefixed ? "" : " "));
  }

  /**
   * WordPiece: a piece with the prefix goes on with the word, others follow a space.
   *
   * @param cleans whether spaces before punctuation and English contractions are taken off again
   */
  public static PieceDecoder wordPiece(String prefix, boolean cleans) {
    return new PieceDecoder(
        (piece, first) -> {
          String text = piece;
          if (!first) {
            text = piece.startsWith(prefix) ? piece.substring(prefix.length()) : " " + piece;
          }
          return cleans ? cleaned(text) : text;
        });
  }

  /**
   * WordPiece whose pieces have a mark where they begin a word, with English cleaned up.
   *
   * @param unknown a piece that is a word without the mark
   */
  public static PieceDecoder markedWords(String mark, String unknown) {
    return new PieceDecoder(
        (piece, first) -> {
          String marked = piece.equals(unknown) ? mark + piece : piece;
          return cleaned(marked.replace(mark, first ? "" : " "));
        });
  }

  private static String cleaned(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }

  @Override
  public Stage before(Stage next, boolean atTextStart) {
    return new Stage() {
      private boolean first = atTextStart;

      @Override
      public void accept(String part, boolean begins) {
        // The rest of a piece that comes in parts is never its beginning.
        next.accept(text.of(part, first), begins);
        first = false;
      }

      @Override
      public void finish() {
        next.finish();
      }
    };
  }
}
