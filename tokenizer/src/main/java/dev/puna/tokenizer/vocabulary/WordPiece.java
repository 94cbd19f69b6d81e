package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTrie;
import dev.puna.tokenizer.text.Utf8;

/**
 * WordPiece: the longest piece that begins the word, then the longest that goes on, until the word
 * is used up; if it cannot be, the word is unknown as a whole.
 */
public final class WordPiece implements WordModel {
  private static final int NONE = -1;

  private final PieceTrie beginning = new PieceTrie();
  private final PieceTrie continuing = new PieceTrie();
  private final int unknown;
  private final int longestWord;

  /**
   * @param pieces those that go on within a word begin with {@code prefix}
   * @param unknown the id of the unknown token
   * @param longestWord in characters; longer ones are unknown
   */
  public WordPiece(Pieces pieces, String prefix, int unknown, int longestWord) {
    this.unknown = unknown;
    this.longestWord = longestWord;
    for (int id = 0; id < pieces.size(); id++) {
      String piece = pieces.get(id);
      if (piece.isEmpty()) {
        continue;
      }
      beginning.add(Utf8.bytes(piece), id);
      if (piece.startsWith(prefix) && piece.length() > prefix.length()) {
        continuing.add(Utf8.bytes(piece.substring(prefix.length())), id);
      }
    }
  }

  @Override
  public Encoder encoder(IntArray ids) {
    ByteArray bytes = new ByteArray(128);
    return (text, from, to) -> {
      if (to - from > longestWord) {
        ids.add(unknown);
        return;
      }
      bytes.truncate(0);
      for (int i = from; i < to; i++) {
        bytes.addCodePoint(text[i]);
      }
      encode(bytes.bytes(), bytes.length(), ids);
    };
  }

  private void encode(byte[] word, int length, IntArray ids) {
    int before = ids.size();
    int at = 0;
    while (at < length) {
      PieceTrie trie = at == 0 ? beginning : continuing;
      int piece = NONE;
      int end = at;
      int node = PieceTrie.ROOT;
      for (int i = at; i < length; i++) {
        node = trie.step(node, word[i]);
        if (node == PieceTrie.NONE) {
          break;
        }
        if (trie.id(node) != NONE) {
          piece = trie.id(node);
          end = i + 1;
        }
      }
      if (piece == NONE) {
        ids.truncate(before);
        ids.add(unknown);
        return;
      }
      ids.add(piece);
      at = end;
    }
  }
}
