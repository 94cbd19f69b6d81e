package dev.puna.tokenizer.decode;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * BPEDecoder: a suffix ends a word; it becomes a space, except at the end of the text.
 *
 * @param suffix such as {@code </w>}
 */
public record Suffixed(String suffix) implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    return new Stage() {
      private @Nullable String held;

      @Override
      public void accept(String piece, boolean begins) {
        pass(" ");
        held = piece;
      }

      private void pass(String end) {
        if (held != null) {
          next.accept(held.replace(suffix, end), true);
          held = null;
        }
      }

      @Override
      public void finish() {
        pass("");
        next.finish();
      }
    };
  }

  @Override
  public byte[] bytes(String piece) {
    return piece.replace(suffix, " ").getBytes(StandardCharsets.UTF_8);
  }
}
