package dev.puna.tokenizer.files;

import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.ByteLevelDecoder;
import dev.puna.tokenizer.gguf.ByteLevelForm;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.vocabulary.ByteBpe;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.RankedPieces;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Byte-level BPE whose merges follow from ids.
 *
 * @param where the file, for messages
 * @param pieces of text, in the alphabet of bytes, and added ones
 * @param first the first id that is made of text
 * @param last the id behind the last one that is
 * @param added tokens that are found in the text itself
 * @param expression what cuts the text into words
 */
record Ranks(
    String where,
    String[] pieces,
    int first,
    int last,
    List<AddedToken> added,
    @Nullable Normalizer normalizer,
    String expression) {
  Tokenizer tokenizer(Special special) {
    Pieces all = new Pieces(pieces);
    RankedPieces ranked = new RankedPieces(where, all, first, last);
    // A word that is a piece is taken as it is, even if no merging would make it.
    ByteBpe model = new ByteBpe(all, ranked.table(), -1, false, true);
    PatternSplit split = PatternSplit.isolating(where, expression);
    return new Pipeline(
        new Pipeline.Parts(
            all,
            added,
            normalizer,
            split,
            model,
            new ByteLevelDecoder(),
            special,
            -1,
            new ByteLevelForm(ranked::list, List.of(split), true)));
  }
}
