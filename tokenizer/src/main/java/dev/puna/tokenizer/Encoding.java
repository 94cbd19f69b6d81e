package dev.puna.tokenizer;

import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.CharacterPairs;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;

/** Encodes one stretch of text: normalizes it, cuts it where no merge can reach, merges. */
final class Encoding {
  private static final int NONE = -1;

  private final EncodingRules rules;
  private final IntArray ids;
  private final byte[] text;
  private final int length;
  private final PairMerger merger;
  private boolean afterUnknown;

  /**
   * @param source UTF-8, of which {@code from} to {@code to} is encoded
   * @param ids where ids are appended
   */
  Encoding(EncodingRules rules, byte[] source, int from, int to, IntArray ids) {
    this.rules = rules;
    this.ids = ids;
    ByteArray normalized = rules.normalizer().normalize(source, from, to);
    text = normalized.bytes();
    length = normalized.length();
    merger = new PairMerger(rules.table(), rules.ranks(), rules.unused(), text);
  }

  void run() {
    // How an unused piece falls apart depends on how it was last made anywhere in the text.
    boolean cut = rules.unused().isEmpty();
    int left = 0;
    boolean leftFrozen = false;
    int bytes;
    for (int at = 0; at < length; at += bytes) {
      int userDefined = rules.userDefined().longest(text, at, length);
      boolean frozen = userDefined != NONE;
      bytes =
          frozen ? rules.table().length(userDefined) : Math.min(Utf8.length(text[at]), length - at);
      int right = frozen ? 0 : CharacterPairs.character(text, at, bytes);
      if (cut && at > 0 && (frozen || leftFrozen || !rules.pairs().has(left, right))) {
        flush();
      }
      merger.add(at, bytes, frozen);
      left = right;
      leftFrozen = frozen;
    }
    flush();
  }

  private void flush() {
    merger.merge();
    for (int i = merger.count() == 0 ? NONE : 0; i != NONE; i = merger.next(i)) {
      int piece = merger.piece(i);
      if (piece != NONE && rules.unused().get(piece)) {
        split(piece);
      } else {
        add(piece, text, merger.start(i), merger.length(i));
      }
    }
    merger.clear();
  }

  /** Takes an unused piece apart into the halves it was made of, and those in turn. */
  private void split(int unusedPiece) {
    PieceTable table = rules.table();
    IntArray stack = new IntArray();
    stack.add(table.length(unusedPiece));
    stack.add(table.start(unusedPiece));
    while (!stack.isEmpty()) {
      int start = stack.removeLast();
      int bytes = stack.removeLast();
      int piece = table.find(table.bytes(), start, bytes);
      int half = piece != NONE && rules.unused().get(piece) ? merger.leftHalf(piece) : 0;
      if (half == 0) {
        // An unused piece of a single character stays what it is.
        add(piece, table.bytes(), start, bytes);
      } else {
        stack.add(bytes - half);
        stack.add(start + half);
        stack.add(half);
        stack.add(start);
      }
    }
  }

  /** Appends a piece, or for characters outside the vocabulary their bytes or one unknown token. */
  private void add(int piece, byte[] source, int start, int bytes) {
    if (piece != NONE) {
      ids.add(piece);
      afterUnknown = false;
      return;
    }
    if (rules.byteIds().length > 0) {
      for (int i = start; i < start + bytes; i++) {
        ids.add(rules.byteIds()[source[i] & 0xFF]);
      }
    } else if (!afterUnknown) {
      ids.add(rules.unknown());
    }
    afterUnknown = true;
  }
}
