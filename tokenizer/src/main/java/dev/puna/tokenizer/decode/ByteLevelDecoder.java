package dev.puna.tokenizer.decode;

import dev.puna.tokenizer.text.ByteAlphabet;
import java.nio.charset.StandardCharsets;

/** ByteLevel: pieces written in {@link ByteAlphabet}; one with other characters is text itself. */
public record ByteLevelDecoder() implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    return new Joined(next);
  }

  @Override
  public String literal(String text) {
    return ByteAlphabet.piece(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public byte[] bytes(String piece) {
    byte[] values = ByteAlphabet.bytes(piece);
    return values == null ? piece.getBytes(StandardCharsets.UTF_8) : values;
  }

  private final class Joined implements Stage {
    private final Stage next;
    private final Bytes held = new Bytes(Bytes.Damage.PER_SEQUENCE);
    private boolean begins = true;

    Joined(Stage next) {
      this.next = next;
    }

    @Override
    public void accept(String piece, boolean pieceBegins) {
      for (byte value : bytes(piece)) {
        held.add(value);
      }
      pass(held.complete());
    }

    private void pass(String text) {
      if (!text.isEmpty()) {
        next.accept(text, begins);
        begins = false;
      }
    }

    @Override
    public void finish() {
      pass(held.finish());
      next.finish();
    }
  }
}
