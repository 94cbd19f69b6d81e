package dev.puna.tokenizer.gguf;

import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.Replace;
import dev.puna.tokenizer.normalize.Rewriting;
import dev.puna.tokenizer.pipeline.GgufForm;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.Behavior;
import dev.puna.tokenizer.split.Metaspace;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.vocabulary.MergeList;
import dev.puna.tokenizer.vocabulary.Pieces;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * BPE of characters with bytes for unknown ones, as SentencePiece has it and GGUF describes it: the
 * rank of the first merge that makes a piece becomes its score. One that puts a space in front only
 * where there is none becomes one that always does: GGUF has no other.
 *
 * @param merges the merges
 * @param stages what cuts the text
 */
public record CharacterForm(MergeList merges, List<PreTokenizer> stages) implements GgufForm {
  private static final String SPACE = String.valueOf(SentencePieceVocabulary.SPACE);

  @Override
  public SequencedMap<String, Object> pairs(Pipeline.Parts parts, int rows) {
    boolean prefix = addsPrefix(parts.normalizer());
    Pieces pieces = parts.pieces();
    int[] bytes = pieces.byteIds();
    if (Arrays.stream(bytes).anyMatch(id -> id < 0)) {
      throw GgufForm.inexpressible("some of the 256 bytes are no pieces");
    }
    int[] types = ByteLevelForm.types(parts);
    for (int id : bytes) {
      types[id] = PieceType.BYTE.number();
    }
    if (parts.unknown() >= 0) {
      types[parts.unknown()] = PieceType.UNKNOWN.number();
    }
    return new GgufPairs("llama", "default", pieces.list(), types, rows)
        .scores(scores(pieces))
        .more("add_space_prefix", prefix)
        .with(parts.special());
  }

  /** Whether a space is put in front of texts; throws if more than that is done to them. */
  private boolean addsPrefix(@Nullable Normalizer normalizer) {
    boolean prefix = false;
    boolean spaces = false;
    for (Normalizer step : Normalizer.steps(normalizer)) {
      switch (step) {
        case Rewriting.Prepend(String text) when text.equals(SPACE) -> prefix = true;
        case Replace(String old, var pattern, String text)
            when old.equals(" ") && text.equals(SPACE) ->
            spaces = true;
        default -> throw GgufForm.inexpressible("it rewrites texts before cutting them");
      }
    }
    for (PreTokenizer stage : stages) {
      if (stage instanceof Metaspace meta && !meta.cuts() && !spaces) {
        prefix = meta.prepend() != Metaspace.Prepend.NEVER;
        spaces = true;
      } else if (!(spaces && cutsAtSpacesOnly(stage))) {
        throw GgufForm.inexpressible("it cuts texts into words");
      }
    }
    if (!spaces) {
      throw GgufForm.inexpressible("it does not write spaces as U+2581");
    }
    return prefix;
  }

  /** Where spaces have become U+2581 there is nothing left for it to cut. */
  private static boolean cutsAtSpacesOnly(PreTokenizer stage) {
    return stage instanceof PatternSplit split
        && split.isLiteral(" ")
        && split.behavior() == Behavior.MERGED_WITH_PREVIOUS
        && !split.inverted();
  }

  private float[] scores(Pieces pieces) {
    // Behind all that merging makes, in the order of ids.
    float[] scores = new float[pieces.size()];
    Arrays.fill(scores, Float.NEGATIVE_INFINITY);
    int next = 0;
    for (int into : merges.made(pieces)) {
      if (scores[into] == Float.NEGATIVE_INFINITY) {
        scores[into] = -next++;
      }
    }
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] == Float.NEGATIVE_INFINITY) {
        scores[id] = -next++;
      }
    }
    return scores;
  }
}
