package dev.puna.tokenizer.gguf;

import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.Precompiled;
import dev.puna.tokenizer.normalize.Replace;
import dev.puna.tokenizer.normalize.Rewriting;
import dev.puna.tokenizer.pipeline.GgufForm;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.CharacterSplit;
import dev.puna.tokenizer.split.Metaspace;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.vocabulary.Unigram;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Unigram as GGUF describes it, with the normalization of SentencePiece.
 *
 * @param known the normalization, if it is told as such; null if {@code stages} say it
 * @param stages what cuts the text
 */
public record UnigramForm(@Nullable Options known, List<PreTokenizer> stages) implements GgufForm {
  /** One whose normalization is told as SentencePiece does. */
  public UnigramForm(Options known) {
    this(known, List.of());
  }

  /** One whose normalization is told in the steps of tokenizer.json. */
  public UnigramForm(List<PreTokenizer> stages) {
    this(null, stages);
  }

  @Override
  public SequencedMap<String, Object> pairs(Pipeline.Parts parts, int rows) {
    Options options = known == null ? options(parts.normalizer()) : known;
    if (!(parts.model() instanceof Unigram unigram)) {
      throw GgufForm.inexpressible("it is no Unigram");
    }
    int[] types = ByteLevelForm.types(parts);
    types[parts.unknown()] = PieceType.UNKNOWN.number();
    GgufPairs pairs =
        new GgufPairs("t5", "default", parts.pieces().list(), types, rows)
            .scores(unigram.scores())
            .more("add_space_prefix", options.addDummyPrefix())
            .more("remove_extra_whitespaces", options.removeExtraWhitespaces());
    Charsmap charsmap = options.charsmap();
    if (charsmap != null) {
      pairs.more("precompiled_charsmap", charsmap.bytes());
    }
    return pairs.with(parts.special());
  }

  /** Spaces at the ends and all but one in a row go together or stay together in SentencePiece. */
  private Options options(@Nullable Normalizer normalizer) {
    Charsmap charsmap = null;
    boolean strips = stages.contains(CharacterSplit.whiteSpace());
    boolean collapses = strips;
    for (Normalizer step : Normalizer.steps(normalizer)) {
      switch (step) {
        case Precompiled(Charsmap replacements) -> charsmap = replacements;
        case Rewriting.Strip strip -> strips |= strip.right();
        case Replace replace when isSpaces(replace) -> collapses = true;
        default -> throw GgufForm.inexpressible("it rewrites texts before cutting them");
      }
    }
    Metaspace space = space();
    boolean prefix = space.prepend() != Metaspace.Prepend.NEVER;
    if (strips != collapses || prefix && !strips) {
      throw GgufForm.inexpressible("it treats spaces in a way of its own");
    }
    return new Options(
        prefix, strips, true, false, false, SentencePieceVocabulary.UNK_SURFACE, charsmap);
  }

  private static boolean isSpaces(Replace replace) {
    boolean toSpace =
        replace.content().equals(" ")
            || replace.content().equals(String.valueOf(SentencePieceVocabulary.SPACE));
    return toSpace && replace.literal().isEmpty();
  }

  private Metaspace space() {
    Metaspace space = null;
    for (PreTokenizer stage : stages) {
      if (stage instanceof Metaspace metaspace) {
        space = metaspace;
      } else if (!CharacterSplit.whiteSpace().equals(stage)) {
        throw GgufForm.inexpressible("it cuts texts into words");
      }
    }
    if (space == null || space.replacement() != SentencePieceVocabulary.SPACE) {
      throw GgufForm.inexpressible("it does not write spaces as U+2581");
    }
    return space;
  }
}
