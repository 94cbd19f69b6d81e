package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.ByteArray;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.Utf8;
import java.util.SequencedMap;

/** Char models of SentencePiece: each character is a piece, and so is what the user defined. */
public final class SentencePieceCharacters extends SentencePieceTokenizer {
  private final SentencePieceNormalizer normalizer = normalizer();

  /** Throws {@link PunaException} if the vocabulary cannot encode every text. */
  public SentencePieceCharacters(SentencePieceVocabulary vocabulary) {
    super(vocabulary);
  }

  @Override
  void encode(byte[] text, int from, int to, IntArray ids) {
    ByteArray normalized = normalizer.normalize(text, from, to);
    byte[] bytes = normalized.bytes();
    int end = normalized.length();
    boolean afterUnknown = false;
    int length;
    for (int at = 0; at < end; at += length) {
      int userDefined = userDefined().longest(bytes, at, end);
      length =
          userDefined == NONE
              ? Math.min(Utf8.length(bytes[at]), end - at)
              : fromText().length(userDefined);
      int id = userDefined == NONE ? fromText().find(bytes, at, length) : userDefined;
      if (id != NONE) {
        ids.add(id);
      } else if (byteIds().length > 0) {
        for (int i = at; i < at + length; i++) {
          ids.add(byteIds()[bytes[i] & 0xFF]);
        }
      } else if (!afterUnknown) {
        ids.add(unknown());
      }
      afterUnknown = id == NONE;
    }
  }

  @Override
  public SequencedMap<String, Object> ggufPairs(int rows) {
    throw new PunaException(
        "GGUF cannot express this tokenizer: it is a Char model", "run the checkpoint as it is");
  }
}
