package dev.puna.tokenizer.train;

import dev.puna.tokenizer.SentencePieceText;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.Utf8;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts lines into the stretches that no piece may reach across: words, runs of one script, digits.
 * What is learned from these is what would be learned from whole lines.
 */
final class SentencePieceWords implements Corpus.WordReader {
  static final int SPACE = SentencePieceVocabulary.SPACE;

  /** SentencePiece never makes a piece of these: it marks boundaries and unknown characters. */
  private static final int BOUNDARY = '\t';

  private static final int UNKNOWN = 0x2585;

  private final SentencePieceTraining.Splits splits;
  private final SentencePieceText normalizer;
  private final ByteTrie symbols = new ByteTrie();
  private final List<byte[]> symbolBytes = new ArrayList<>();
  private final Scripts scripts = new Scripts();

  SentencePieceWords(SentencePieceTraining training) {
    splits = training.splits();
    normalizer = new SentencePieceText(training.options(), training.symbols().userDefined());
    for (SentencePieceTraining.Meta meta : training.meta()) {
      symbols.add(Utf8.bytes(meta.piece()), symbolBytes.size());
      symbolBytes.add(Utf8.bytes(meta.piece()));
    }
  }

  /** Behind a line, or else in front of a word. */
  static int lastCut(byte[] text, int length) {
    int space = 0;
    for (int at = length - 1; at >= 0; at--) {
      if (text[at] == '\n') {
        return at + 1;
      }
      if (text[at] == ' ' && space == 0) {
        space = at;
      }
    }
    return space;
  }

  @Override
  public void read(byte[] text, int from, int to, WordCounts words) {
    int begun = from;
    for (int at = from; at <= to; at++) {
      if (at == to || text[at] == '\n') {
        int end = at > begun && text[at - 1] == '\r' ? at - 1 : at;
        if (begun < end) {
          ByteArray line = normalizer.normalize(text, begun, end);
          new Line(line.bytes(), line.length(), words).cut();
        }
        begun = at + 1;
      }
    }
  }

  /** Cuts one line. */
  private final class Line {
    private final byte[] text;
    private final int length;
    private final WordCounts words;

    /** Where the stretch begins that is not counted yet. */
    private int begun;

    /** Where the spaces begin that stand at its end; the end if there are none. */
    private int spaces;

    private int script = Scripts.INHERITED;

    Line(byte[] text, int length, WordCounts words) {
      this.text = text;
      this.length = length;
      this.words = words;
    }

    void cut() {
      int at = 0;
      while (at < length) {
        int symbol = symbols.longest(text, at, length);
        if (symbol >= 0) {
          flush(at);
          at += symbolBytes.get(symbol).length;
          restart(at);
          continue;
        }
        int point = Utf8.decode(text, at, length);
        int end = Math.min(length, at + (point < 0 ? 1 : Utf8.length(text[at])));
        character(point, at, end);
        at = end;
      }
      flush(length);
    }

    private void character(int point, int at, int end) {
      if (point <= 0 || point == BOUNDARY || point == UNKNOWN || point == ' ') {
        flush(at);
        restart(end);
      } else if (point == SPACE) {
        if (splits.whitespace()) {
          flush(at);
          restart(at);
        }
      } else if (splits.digits() && isDigit(point)) {
        flush(at);
        restart(at);
        flush(end);
        restart(end);
      } else {
        letter(point, at);
        spaces = end;
      }
    }

    private void letter(int point, int at) {
      int next = splits.scripts() ? scripts.of(point) : Scripts.INHERITED;
      if (next == Scripts.INHERITED) {
        return;
      }
      if (script != Scripts.INHERITED && script != next) {
        // Spaces in front of the other script belong to it.
        int cut = spaces < at && spaces > begun ? spaces : at;
        flush(cut);
        restart(cut);
      }
      script = next;
    }

    private void flush(int to) {
      if (begun < to) {
        words.add(text, begun, to, 1);
      }
    }

    private void restart(int at) {
      begun = at;
      spaces = at;
      script = Scripts.INHERITED;
    }

    private static boolean isDigit(int point) {
      return point >= '0' && point <= '9' || point >= 0xFF10 && point <= 0xFF19;
    }
  }
}
