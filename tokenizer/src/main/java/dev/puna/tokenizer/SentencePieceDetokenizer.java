package dev.puna.tokenizer;

import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.text.Utf8;

/** Decodes as {@code SentencePieceProcessor::Decode} of SentencePiece 0.1.97 does. */
final class SentencePieceDetokenizer implements Detokenizer {
  private static final String REPLACEMENT = "\uFFFD";

  private final SentencePieceTokenizer tokenizer;
  private final Options options;

  /** Bytes of a character that is not complete yet. */
  private final byte[] held = new byte[4];

  private int heldCount;

  /** Whether a space that begins the next piece is the dummy prefix. */
  private boolean atStart;

  private boolean prefixTaken;
  private boolean anyText;

  SentencePieceDetokenizer(SentencePieceTokenizer tokenizer, boolean atTextStart) {
    this.tokenizer = tokenizer;
    options = tokenizer.vocabulary().options();
    atStart = atTextStart && (options.addDummyPrefix() || options.removeExtraWhitespaces());
  }

  @Override
  public String next(int id) {
    String piece = tokenizer.piece(id);
    PieceType type = tokenizer.vocabulary().types()[id];
    String text =
        type == PieceType.BYTE
            ? nextByte((byte) SentencePieceVocabulary.byteOf(piece))
            : nextPiece(piece, type);
    anyText |= !text.isEmpty();
    return text;
  }

  private String nextByte(byte value) {
    held[heldCount++] = value;
    StringBuilder text = new StringBuilder();
    while (heldCount > 0) {
      int point = Utf8.decode(held, 0, heldCount);
      if (point == Utf8.INCOMPLETE) {
        break;
      }
      boolean valid = point != Utf8.INVALID;
      text.appendCodePoint(valid ? point : 0xFFFD);
      // SentencePiece gives up one byte at a time and tries again with the next.
      int taken = valid ? Utf8.length(held[0]) : 1;
      System.arraycopy(held, taken, held, 0, heldCount - taken);
      heldCount -= taken;
    }
    return text.toString();
  }

  private String nextPiece(String piece, PieceType type) {
    String bytes = finish();
    if (prefixTaken || anyText || !bytes.isEmpty()) {
      atStart = false;
    }
    return switch (type) {
      case CONTROL -> bytes;
      case UNKNOWN -> bytes + options.unkSurface();
      case NORMAL, USER_DEFINED, UNUSED, BYTE -> bytes + surface(piece);
    };
  }

  private String surface(String piece) {
    int from = 0;
    if (atStart && piece.indexOf(SentencePieceVocabulary.SPACE) == 0) {
      from = 1;
      // Where extra spaces are dropped, all spaces at the start are, one for each piece.
      prefixTaken = !options.removeExtraWhitespaces();
    }
    return piece.substring(from).replace(SentencePieceVocabulary.SPACE, ' ');
  }

  @Override
  public String finish() {
    String text = REPLACEMENT.repeat(heldCount);
    heldCount = 0;
    return text;
  }
}
