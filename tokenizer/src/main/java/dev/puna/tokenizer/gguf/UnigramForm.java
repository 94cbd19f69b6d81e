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
            .put("add_space_prefix", options.addDummyPrefix())
            .put("remove_extra_whitespaces", options.removeExtraWhitespaces());
    Charsmap charsmap = options.charsmap();
    if (charsmap != null) {
      pairs.put("precompiled_charsmap", charsmap.bytes());
    }
    return pairs.with(parts.special());
  }

  private Options options(@Nullable Normalizer normalizer) {
    Charsmap charsmap = null;
    boolean removesSpaces = false;
    List<Normalizer> steps =
        switch (normalizer) {
          case null -> List.of();
          case Normalizer.Sequence sequence -> sequence.stages();
          default -> List.of(normalizer);
        };
    for (Normalizer step : steps) {
      switch (step) {
        case Precompiled(Charsmap replacements) -> charsmap = replacements;
        case Rewriting.Strip strip -> removesSpaces = true;
        case Replace replace when replace.literal().isEmpty() && replace.content().isBlank() ->
            removesSpaces = true;
        default -> throw GgufForm.inexpressible("it rewrites texts before cutting them");
      }
    }
    Metaspace space = null;
    for (PreTokenizer stage : stages) {
      switch (stage) {
        case Metaspace metaspace -> space = metaspace;
        case CharacterSplit split when split.equals(CharacterSplit.whiteSpace()) ->
            removesSpaces = true;
        default -> throw GgufForm.inexpressible("it cuts texts into words");
      }
    }
    if (space == null || space.replacement() != SentencePieceVocabulary.SPACE) {
      throw GgufForm.inexpressible("it does not write spaces as U+2581");
    }
    return new Options(
        space.prepend() != Metaspace.Prepend.NEVER,
        removesSpaces,
        true,
        false,
        false,
        SentencePieceVocabulary.UNK_SURFACE,
        charsmap);
  }
}
