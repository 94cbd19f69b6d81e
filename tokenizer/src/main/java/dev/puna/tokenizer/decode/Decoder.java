package dev.puna.tokenizer.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns pieces into text. The kinds and their names are those of tokenizer.json. */
public interface Decoder {
  /** A step of decoding, which passes on what it makes of a piece as soon as that is certain. */
  interface Stage {
    /**
     * Takes a piece, or a part of one.
     *
     * @param begins whether a new piece begins; otherwise this goes on with the last one
     */
    void accept(String part, boolean begins);

    /** Takes the end of the text. */
    void finish();
  }

  /**
   * A stage in front of another.
   *
   * @param atTextStart whether the ids to come begin a text
   */
  Stage before(Stage next, boolean atTextStart);

  /**
   * The piece whose text is {@code text}: what an added token has to look like to a decoder that
   * reads pieces as something else than text.
   */
  default String literal(String text) {
    return text;
  }

  /**
   * The bytes of a piece, for decoders that know them without its neighbours and where they may be
   * no whole characters; null where decoding it by itself shows its text.
   */
  default byte @Nullable [] bytes(String piece) {
    return null;
  }

  /** One after the other. */
  record Sequence(List<Decoder> stages) implements Decoder {
    public Sequence {
      stages = List.copyOf(stages);
    }

    @Override
    public Stage before(Stage next, boolean atTextStart) {
      Stage stage = next;
      for (int i = stages.size() - 1; i >= 0; i--) {
        stage = stages.get(i).before(stage, atTextStart);
      }
      return stage;
    }

    /** No stage in front of such a one touches the pieces that are bytes. */
    @Override
    public byte @Nullable [] bytes(String piece) {
      for (Decoder stage : stages) {
        byte[] bytes = stage.bytes(piece);
        if (bytes != null) {
          return bytes;
        }
      }
      return null;
    }
  }
}
