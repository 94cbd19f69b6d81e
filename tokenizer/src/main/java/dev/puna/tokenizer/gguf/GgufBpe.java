package dev.puna.tokenizer.gguf;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.ByteLevelDecoder;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.Sequence;
import dev.puna.tokenizer.vocabulary.ByteBpe;
import dev.puna.tokenizer.vocabulary.MergeList;
import dev.puna.tokenizer.vocabulary.Pieces;
import java.util.List;
import java.util.OptionalInt;

/** Byte-level BPE from a GGUF file: {@code tokenizer.ggml.model} is "gpt2". */
public final class GgufBpe {
  /** What llama.cpp takes for both ends of a text if a file does not say. */
  private static final int FALLBACK = 11;

  private GgufBpe() {}

  /** The tokenizer; throws {@link PunaException} if it is damaged, or its pre-tokenizer unknown. */
  public static Tokenizer read(GgufKeys keys) {
    PreTokenizerNames.Named pre =
        PreTokenizerNames.named(keys.where(), keys.text("pre", "default"));
    Pieces pieces = new Pieces(keys.tokens().toArray(String[]::new));
    MergeList merges = merges(keys);
    PieceType[] types = keys.types();
    boolean fallback = keys.size() > FALLBACK && types[FALLBACK] == PieceType.CONTROL;
    int otherwise = fallback ? FALLBACK : -1;
    OptionalInt unk = keys.id("unknown", -1);
    List<PreTokenizer> stages =
        pre.expressions().stream()
            .map(e -> (PreTokenizer) PatternSplit.isolating(keys.where(), e))
            .toList();
    return new Pipeline(
        new Pipeline.Parts(
            pieces,
            keys.added(types),
            null,
            stages.size() == 1 ? stages.getFirst() : new Sequence(stages),
            new ByteBpe(
                pieces,
                merges.table(keys.where(), pieces, ""),
                unk.orElse(-1),
                false,
                pre.ignoresMerges()),
            new ByteLevelDecoder(),
            keys.special(
                keys.id("bos", otherwise),
                keys.id("eos", otherwise),
                unk,
                -1,
                pre.addsBos(),
                false),
            -1,
            new ByteLevelForm(() -> merges, stages, pre.ignoresMerges())));
  }

  private static MergeList merges(GgufKeys keys) {
    List<String> lines = keys.texts("merges");
    if (lines == null) {
      throw new PunaException(
          keys.where() + " has no merges (tokenizer.ggml.merges)", GgufKeys.MEND);
    }
    MergeList merges = new MergeList();
    for (String line : lines) {
      if (!merges.add(line)) {
        throw new PunaException(
            "%s: the merge '%s' is not two pieces with a space between them"
                .formatted(keys.where(), line),
            GgufKeys.MEND);
      }
    }
    return merges;
  }
}
