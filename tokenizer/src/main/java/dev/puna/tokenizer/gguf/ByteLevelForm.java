package dev.puna.tokenizer.gguf;

import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.UnicodeForm;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.GgufForm;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.Sequence;
import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.CodePoints;
import dev.puna.tokenizer.text.IntArray;
import dev.puna.tokenizer.text.Utf8;
import dev.puna.tokenizer.vocabulary.ByteBpe;
import dev.puna.tokenizer.vocabulary.MergeList;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.WordModel;
import java.text.Normalizer.Form;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/**
 * Byte-level BPE as GGUF describes it. GGUF knows no normalization here: a model that wants texts
 * in NFC gets them as they are, as in llama.cpp.
 *
 * @param merges the merges
 * @param stages what cuts the text
 * @param ignoresMerges whether a word that is a piece is not made by merging
 */
public record ByteLevelForm(
    Supplier<MergeList> merges, List<PreTokenizer> stages, boolean ignoresMerges)
    implements GgufForm {
  @Override
  public SequencedMap<String, Object> pairs(Pipeline.Parts parts, int rows) {
    Normalizer normalizer = parts.normalizer();
    boolean plain =
        normalizer == null
            || normalizer instanceof UnicodeForm(Form form) && form == Form.NFC
            || normalizer instanceof Normalizer.Sequence(var none) && none.isEmpty();
    if (!plain) {
      throw GgufForm.inexpressible("it rewrites texts before cutting them");
    }
    MergeList list = merges.get();
    String pre = preTokenizer(parts, list);
    return new GgufPairs("gpt2", pre, parts.pieces().list(), types(parts), rows)
        .more("merges", list.lines())
        .with(parts.special());
  }

  /** The types of all pieces; those of added tokens say how they are found. */
  static int[] types(Pipeline.Parts parts) {
    int[] types = new int[parts.pieces().size()];
    Arrays.fill(types, PieceType.NORMAL.number());
    for (AddedToken token : parts.added()) {
      PieceType type = token.special() ? PieceType.CONTROL : PieceType.USER_DEFINED;
      types[token.id()] = type.number();
    }
    return types;
  }

  private String preTokenizer(Pipeline.Parts parts, MergeList list) {
    List<String> expressions =
        new Sequence(stages)
            .expressions()
            .orElseThrow(
                () -> GgufForm.inexpressible("it does more than cut texts by expressions"));
    Optional<String> name = PreTokenizerNames.of(expressions, ignoresMerges);
    if (name.isPresent()) {
      return name.get();
    }
    return PreTokenizerNames.of(expressions, !ignoresMerges)
        .filter(other -> mergesMakeAll(parts, list))
        .orElseThrow(
            () -> GgufForm.inexpressible("llama.cpp has no name for a pre-tokenizer like it"));
  }

  /** Whether each piece is what merging makes of its bytes: then merges are never ignored. */
  private static boolean mergesMakeAll(Pipeline.Parts parts, MergeList list) {
    Pieces pieces = parts.pieces();
    BitSet added = new BitSet();
    parts.added().forEach(token -> added.set(token.id()));
    IntArray ids = new IntArray();
    WordModel.Encoder merging =
        new ByteBpe(pieces, list.table("", pieces, ""), -1, false, false).encoder(ids);
    for (int id = 0; id < pieces.size(); id++) {
      byte[] bytes = added.get(id) ? null : ByteAlphabet.bytes(pieces.get(id));
      String text = bytes == null ? null : Utf8.string(bytes, 0, bytes.length);
      if (text == null || text.isEmpty()) {
        continue; // not a whole text, so never a word
      }
      int[] points = CodePoints.of(text);
      ids.truncate(0);
      merging.encode(points, 0, points.length);
      if (ids.size() != 1 || ids.get(0) != id) {
        return false;
      }
    }
    return true;
  }
}
