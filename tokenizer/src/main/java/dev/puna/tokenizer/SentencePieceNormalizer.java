package dev.puna.tokenizer;

import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Prepares a text for splitting as normalizer.cc of SentencePiece does: replacements of characters,
 * U+2581 for spaces, extra spaces dropped, the dummy prefix put in front. User-defined pieces keep
 * their characters.
 */
final class SentencePieceNormalizer {
  private static final byte[] PLAIN_SPACE = {' '};
  private static final byte[] ESCAPED_SPACE = {(byte) 0xE2, (byte) 0x96, (byte) 0x81};

  private final Options options;
  private final @Nullable Charsmap charsmap;
  private final ByteTrie userDefined;
  private final PieceTable table;
  private final byte[] space;

  /**
   * @param userDefined the user-defined pieces
   * @param table has the lengths of those pieces
   */
  SentencePieceNormalizer(Options options, ByteTrie userDefined, PieceTable table) {
    this.options = options;
    this.charsmap = options.charsmap();
    this.userDefined = userDefined;
    this.table = table;
    this.space = options.escapeWhitespaces() ? ESCAPED_SPACE : PLAIN_SPACE;
  }

  /** The normalized text of UTF-8 bytes. */
  ByteArray normalize(byte[] text, int from, int to) {
    ByteArray out = new ByteArray((to - from) / 4 * 5 + 16);
    Cursor cursor = new Cursor(text, from, to);
    if (options.removeExtraWhitespaces()) {
      cursor.skipSpaces();
    }
    if (cursor.atEnd()) {
      return out;
    }
    if (options.addDummyPrefix() && !options.whitespaceAsSuffix()) {
      out.add(space);
    }
    boolean afterSpace = options.removeExtraWhitespaces();
    while (!cursor.atEnd()) {
      cursor.read();
      afterSpace = append(cursor, afterSpace, out);
    }
    if (options.removeExtraWhitespaces()) {
      while (out.endsWith(space)) {
        out.removeLast(space.length);
      }
    }
    if (options.addDummyPrefix() && options.whitespaceAsSuffix()) {
      out.add(space);
    }
    return out;
  }

  /** Appends what was read; whether a space that follows is one too many. */
  private boolean append(Cursor cursor, boolean afterSpace, ByteArray out) {
    int i = cursor.from;
    while (afterSpace && i < cursor.to && cursor.source[i] == ' ') {
      i++;
    }
    if (i == cursor.to) {
      return afterSpace;
    }
    for (; i < cursor.to; i++) {
      byte value = cursor.source[i];
      if (value == ' ') {
        out.add(space);
      } else {
        out.add(value);
      }
    }
    return options.removeExtraWhitespaces() && cursor.source[cursor.to - 1] == ' ';
  }

  /** Reads a text character by character, each replaced if the model says so. */
  private final class Cursor {
    private final byte[] text;
    private final int end;
    private int at;

    /** What was read: {@code source} from {@code from} to {@code to}. */
    private byte[] source;

    private int from;
    private int to;

    Cursor(byte[] text, int at, int end) {
      this.text = text;
      this.at = at;
      this.end = end;
      this.source = text;
    }

    boolean atEnd() {
      return at >= end;
    }

    void skipSpaces() {
      while (!atEnd()) {
        int before = at;
        read();
        if (to - from != 1 || source[from] != ' ') {
          at = before;
          return;
        }
      }
    }

    void read() {
      int piece = userDefined.longest(text, at, end);
      if (piece >= 0) {
        copy(table.length(piece));
        return;
      }
      long entry = charsmap == null ? 0 : charsmap.longest(text, at, end);
      if (charsmap == null || entry == 0) {
        copy(Math.min(Utf8.length(text[at]), end - at));
        return;
      }
      source = charsmap.replacement(entry);
      from = 0;
      to = source.length;
      at += (int) (entry >>> 32);
    }

    private void copy(int bytes) {
      source = text;
      from = at;
      to = at + bytes;
      at = to;
    }
  }
}
