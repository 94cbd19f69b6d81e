package dev.puna.tokenizer;

import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The pieces that the tokenizers of ChatGLM have beside those of their SentencePiece models. */
final class ChatGlmPieces {
  static final String LINE_BREAK = "<n>";
  static final String TAB = "<|tab|>";
  static final String START_OF_PIECE = "<sop>";
  static final String END_OF_PIECE = "<eop>";

  /** The longest run of spaces with a piece of its own. */
  static final int LONGEST_BLANK = 80;

  /** Of ChatGLM-6B, in the order of their ids. */
  private static final List<String> SPECIAL =
      List.of(
          "[MASK]",
          "[gMASK]",
          "[sMASK]",
          "<unused_0>",
          START_OF_PIECE,
          END_OF_PIECE,
          "<ENC>",
          "<dBLOCK>");

  /** Of ChatGLM2 and 3. ChatGLM2's vocabulary ends with "eop", its embedding table does not. */
  private static final List<String> LATER_SPECIAL =
      List.of(
          "[MASK]",
          "[gMASK]",
          "[sMASK]",
          "sop",
          "eop",
          "<|system|>",
          "<|user|>",
          "<|assistant|>",
          "<|observation|>");

  private ChatGlmPieces() {}

  static String blank(int spaces) {
    return "<|blank_" + spaces + "|>";
  }

  /** ChatGLM-6B's vocabulary with all of its pieces: older files of it have them not. */
  static SentencePieceVocabulary complete(SentencePieceVocabulary v) {
    Additions additions = new Additions(v);
    additions.addAll(SPECIAL, PieceType.CONTROL);
    additions.addAll(List.of(TAB), PieceType.USER_DEFINED);
    for (int spaces = 2; spaces <= LONGEST_BLANK; spaces++) {
      additions.addAll(List.of(blank(spaces)), PieceType.USER_DEFINED);
    }
    for (int value = 0; value < 256; value++) {
      additions.addAll(List.of("<0x%02X>".formatted(value)), PieceType.BYTE);
    }
    Options o = v.options();
    return additions.vocabulary(
        new Options(
            o.addDummyPrefix(),
            o.removeExtraWhitespaces(),
            o.escapeWhitespaces(),
            o.whitespaceAsSuffix(),
            true,
            o.unkSurface(),
            o.charsmap()),
        v.special());
  }

  /**
   * The vocabulary of ChatGLM2 or 3 with its special tokens, whose ids follow the model's. A text
   * begins with {@code [gMASK]sop}, which a chat template writes, and not with the model's own
   * beginning of text.
   */
  static SentencePieceVocabulary later(SentencePieceVocabulary v) {
    Additions additions = new Additions(v);
    additions.addAll(LATER_SPECIAL, PieceType.CONTROL);
    Special s = v.special();
    return additions.vocabulary(
        v.options(), new Special(s.bos(), s.eos(), s.unk(), s.pad(), false, false));
  }

  private static final class Additions {
    private final SentencePieceVocabulary v;
    private final List<String> pieces;
    private final List<PieceType> types;
    private final Set<String> reserved = new HashSet<>();

    Additions(SentencePieceVocabulary v) {
      this.v = v;
      pieces = new ArrayList<>(v.pieces());
      types = new ArrayList<>(Arrays.asList(v.types()));
      for (int id = 0; id < v.size(); id++) {
        if (v.types()[id] != PieceType.NORMAL && v.types()[id] != PieceType.UNUSED) {
          reserved.add(v.pieces().get(id));
        }
      }
    }

    /** Adds what is not there yet; a piece that text can become does not count. */
    void addAll(List<String> more, PieceType type) {
      for (String piece : more) {
        if (reserved.add(piece)) {
          pieces.add(piece);
          types.add(type);
        }
      }
    }

    SentencePieceVocabulary vocabulary(Options options, Special special) {
      return new SentencePieceVocabulary(
          v.kind(),
          pieces,
          Arrays.copyOf(v.scores(), pieces.size()),
          types.toArray(PieceType[]::new),
          options,
          special);
    }
  }
}
