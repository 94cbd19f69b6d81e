package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;

/**
 * WordLevel: a word is a piece, or unknown.
 *
 * @param unknown the id of the unknown token; -1 for none: then unknown words vanish
 */
public record WordLevel(Pieces pieces, int unknown) implements WordModel {
  @Override
  public Encoder encoder(IntArray ids) {
    ByteArray bytes = new ByteArray(128);
    return (text, from, to) -> {
      bytes.truncate(0);
      for (int i = from; i < to; i++) {
        bytes.addCodePoint(text[i]);
      }
      int id = pieces.table().find(bytes.bytes(), 0, bytes.length());
      if (id >= 0 || unknown >= 0) {
        ids.add(id >= 0 ? id : unknown);
      }
    };
  }
}
