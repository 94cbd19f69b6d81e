package dev.puna.tokenizer.decode;

import org.jspecify.annotations.Nullable;

/**
 * CTC: drops repetitions and padding (Graves 2006, "Connectionist Temporal Classification").
 *
 * @param padding the piece that stands for nothing
 * @param delimiter the piece that stands for a space
 * @param cleans whether spaces before punctuation are taken off again
 */
public record Ctc(String padding, String delimiter, boolean cleans) implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    PieceDecoder.Rule clean = PieceDecoder.wordPiece("", true).text();
    return new Stage() {
      private @Nullable String last;

      @Override
      public void accept(String piece, boolean begins) {
        if (piece.equals(last)) {
          return;
        }
        last = piece;
        String text = piece.replace(padding, "");
        if (cleans) {
          text = clean.of(text, true).replace(delimiter, " ");
        }
        if (!text.isEmpty()) {
          next.accept(text, true);
        }
      }

      @Override
      public void finish() {
        next.finish();
      }
    };
  }
}
