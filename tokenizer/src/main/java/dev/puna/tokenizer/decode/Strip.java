package dev.puna.tokenizer.decode;

/**
 * Strip: takes a character off both ends of each piece.
 *
 * @param content the character, as a text
 * @param start how many at most at the start
 * @param stop how many at most at the end
 */
public record Strip(String content, int start, int stop) implements Decoder {
  @Override
  public Stage before(Stage next, boolean atTextStart) {
    return new Pending(next);
  }

  private final class Pending implements Stage {
    private final Stage next;

    /** How many may still be taken off the start of this piece. */
    private int left;

    /** Characters that may be the end of this piece. */
    private int held;

    Pending(Stage next) {
      this.next = next;
    }

    @Override
    public void accept(String part, boolean begins) {
      if (begins) {
        end();
        left = start;
      }
      String text = part;
      while (left > 0 && text.startsWith(content)) {
        text = text.substring(content.length());
        left--;
      }
      left = text.isEmpty() ? left : 0;
      text = content.repeat(held) + text;
      held = 0;
      while (held < stop && text.endsWith(content)) {
        text = text.substring(0, text.length() - content.length());
        held++;
      }
      next.accept(text, begins);
    }

    private void end() {
      held = 0;
    }

    @Override
    public void finish() {
      end();
      next.finish();
    }
  }
}
