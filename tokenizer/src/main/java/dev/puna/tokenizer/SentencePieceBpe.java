package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.gguf.GgufPairs;
import dev.puna.tokenizer.text.CharacterPairs;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.PieceTable;
import dev.puna.tokenizer.text.Utf8;
import java.util.BitSet;
import java.util.SequencedMap;

/**
 * Byte pair encoding over the characters of a text, as SentencePiece's BPE models do it, with the
 * bytes of characters outside the vocabulary where the model has byte pieces.
 */
public final class SentencePieceBpe extends SentencePieceTokenizer {
  private final EncodingRules rules;

  /** Throws {@link PunaException} if the vocabulary cannot encode every text. */
  public SentencePieceBpe(SentencePieceVocabulary vocabulary) {
    super(vocabulary);
    PieceType[] types = vocabulary.types();
    BitSet unused = new BitSet();
    for (int id = 0; id < types.length; id++) {
      unused.set(id, types[id] == PieceType.UNUSED);
    }
    rules =
        new EncodingRules(
            normalizer(),
            fromText(),
            userDefined(),
            ranks(vocabulary.scores()),
            unused,
            pairs(),
            byteIds(),
            unknown());
  }

  /** Scores as integers, the best one smallest: they sort together with a position in one long. */
  private static int[] ranks(float[] scores) {
    int[] ranks = new int[scores.length];
    for (int id = 0; id < ranks.length; id++) {
      // Adding zero makes 0 and -0 one score.
      int bits = Float.floatToRawIntBits(scores[id] + 0f);
      ranks[id] = ~(bits ^ bits >> 31 & Integer.MAX_VALUE);
    }
    return ranks;
  }

  private CharacterPairs pairs() {
    PieceTable table = fromText();
    byte[] bytes = table.bytes();
    CharacterPairs pairs = new CharacterPairs(bytes.length);
    for (int id = 0; id < size(); id++) {
      // User-defined pieces are never merged from parts: pairs within them bind nothing.
      if (vocabulary().types()[id] == PieceType.USER_DEFINED) {
        continue;
      }
      int end = table.start(id) + table.length(id);
      int left = 0;
      int length;
      for (int at = table.start(id); at < end; at += length) {
        length = Math.min(Utf8.length(bytes[at]), end - at);
        int right = CharacterPairs.character(bytes, at, length);
        if (at > table.start(id)) {
          pairs.add(left, right);
        }
        left = right;
      }
    }
    return pairs;
  }

  @Override
  void encode(byte[] text, int from, int to, IntArray ids) {
    new Encoding(rules, text, from, to, ids).run();
  }

  @Override
  public SequencedMap<String, Object> ggufPairs(int rows) {
    return GgufPairs.of(vocabulary(), rows);
  }
}
