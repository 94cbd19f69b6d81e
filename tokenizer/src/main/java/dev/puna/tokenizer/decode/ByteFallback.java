package dev.puna.tokenizer.decode;

import org.jspecify.annotations.Nullable;

/**
 * ByteFallback: pieces such as {@code <0x0A>} are bytes. Bytes that make no character become one
 * U+FFFD each, as in SentencePiece; the characters among them are kept.
 */
public record ByteFallback() implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    Bytes bytes = new Bytes(Bytes.Damage.PER_BYTE);
    return new Stage() {
      @Override
      public void accept(String piece, boolean begins) {
        int value = begins ? value(piece) : -1;
        if (value >= 0) {
          bytes.add((byte) value);
          pass(bytes.complete());
        } else {
          pass(bytes.finish());
          next.accept(piece, begins);
        }
      }

      private void pass(String text) {
        if (!text.isEmpty()) {
          next.accept(text, true);
        }
      }

      @Override
      public void finish() {
        pass(bytes.finish());
        next.finish();
      }
    };
  }

  @Override
  public byte @Nullable [] bytes(String piece) {
    int value = value(piece);
    return value < 0 ? null : new byte[] {(byte) value};
  }

  private static int value(String piece) {
    if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') {
      return -1;
    }
    int high = Character.digit(piece.charAt(3), 16);
    int low = Character.digit(piece.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }
}
