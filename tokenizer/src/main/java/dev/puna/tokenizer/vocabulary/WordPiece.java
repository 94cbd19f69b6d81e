package dev.puna.tokenizer.vocabulary;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTrie;
import dev.puna.tokenizer.text.Utf8;
import java.util.function.IntFunction;

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
   * @param size the number of ids
   * @param beginnings by id: what a piece stands for at the start of a word; empty for nothing
   * @param continuations by id: what a piece stands for within a word; empty for nothing
   * @param unknown the id of the unknown token
   * @param longestWord in characters; longer ones are unknown
   */
  public WordPiece(
      int size,
      IntFunction<String> beginnings,
      IntFunction<String> continuations,
      int unknown,
      int longestWord) {
    this.unknown = unknown;
    this.longestWord = longestWord;
    for (int id = 0; id < size; id++) {
      add(beginning, beginnings.apply(id), id);
      add(continuing, continuations.apply(id), id);
    }
  }

  /** One whose pieces that go on within a word have a prefix. */
  public static WordPiece prefixed(Pieces pieces, String prefix, int unknown, int longestWord) {
    return new WordPiece(
        pieces.size(),
        pieces::get,
        id -> pieces.get(id).startsWith(prefix) ? pieces.get(id).substring(prefix.length()) : "",
        unknown,
        longestWord);
  }

  private static void add(PieceTrie trie, String piece, int id) {
    if (!piece.isEmpty()) {
      trie.add(Utf8.bytes(piece), id);
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
