package dev.puna.tokenizer.pipeline;

import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.vocabulary.MergeList;
import java.util.List;
import java.util.function.Supplier;

/** How GGUF describes each kind of vocabulary. */
public final class GgufForms {
  private GgufForms() {}

  /** Byte-level BPE. */
  public static GgufForm byteLevel(
      Supplier<MergeList> merges, List<PreTokenizer> stages, boolean ignoresMerges) {
    return GgufForm.none("not yet");
  }

  /** BPE of characters with bytes for unknown ones. */
  public static GgufForm sentencePiece(MergeList merges, List<PreTokenizer> stages) {
    return GgufForm.none("not yet");
  }

  /** WordPiece. */
  public static GgufForm wordPiece(String prefix) {
    return GgufForm.none("not yet");
  }

  /** Unigram with stages of tokenizer.json. */
  public static GgufForm unigram(List<PreTokenizer> stages) {
    return GgufForm.none("not yet");
  }

  /** Unigram with the normalization of SentencePiece. */
  public static GgufForm unigram(SentencePieceVocabulary.Options options) {
    return GgufForm.none("not yet");
  }
}
