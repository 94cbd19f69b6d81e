package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.gguf.GgufPairs;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.Unigram;
import java.util.SequencedMap;

/**
 * Unigram models of SentencePiece: the most likely pieces of the whole text at once, as {@code
 * EncodeOptimized} of unigram_model.cc finds them, to the bit of its sums.
 */
public final class SentencePieceUnigram extends SentencePieceTokenizer {
  private final SentencePieceNormalizer normalizer = normalizer();
  private final Unigram model;

  /** Throws {@link PunaException} if the vocabulary cannot encode every text. */
  public SentencePieceUnigram(SentencePieceVocabulary vocabulary) {
    super(vocabulary);
    PieceType[] types = vocabulary.types();
    // SentencePiece begins its search for the best score at the smallest positive float.
    float best = Float.MIN_NORMAL;
    float worst = Float.MAX_VALUE;
    for (int id = 0; id < types.length; id++) {
      if (types[id] == PieceType.NORMAL) {
        best = Math.max(best, vocabulary.scores()[id]);
        worst = Math.min(worst, vocabulary.scores()[id]);
      }
    }
    double[] scores = new double[types.length];
    for (int id = 0; id < types.length; id++) {
      // What the user defined beats nearly everything: in double precision, as it is there.
      scores[id] =
          types[id] == PieceType.USER_DEFINED
              ? fromText().length(id) * best - 0.1
              : vocabulary.scores()[id];
    }
    model =
        new Unigram(
            new Pieces(vocabulary.pieces().toArray(String[]::new)),
            scores,
            id -> isFromText(types[id]) && types[id] != PieceType.UNUSED,
            worst,
            new Unigram.Rules(unknown(), byteIds().length == 0, byteIds(), Unigram.Sums.SINGLE));
  }

  @Override
  void encode(byte[] text, int from, int to, IntArray ids) {
    ByteArray normalized = normalizer.normalize(text, from, to);
    model.encode(normalized.bytes(), normalized.length(), ids);
  }

  @Override
  public SequencedMap<String, Object> ggufPairs(int rows) {
    return GgufPairs.ofUnigram(vocabulary(), rows);
  }
}
