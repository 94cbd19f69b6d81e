package dev.puna.tokenizer.gguf;

import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.normalize.Bert;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.GgufForm;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.CharacterSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/**
 * WordPiece as GGUF describes it: what begins a word has U+2581 in front.
 *
 * @param prefix what pieces begin with that go on within a word; empty if they have GGUF's form
 */
public record WordPieceForm(String prefix) implements GgufForm {
  @Override
  public SequencedMap<String, Object> pairs(Pipeline.Parts parts, int rows) {
    if (!(parts.normalizer() instanceof Bert normalizer)
        || !normalizer.cleansText()
        || !normalizer.isolatesHan()
        || !CharacterSplit.isBert(parts.preTokenizer())) {
      throw GgufForm.inexpressible("its words are not BERT's");
    }
    int[] types = ByteLevelForm.types(parts);
    List<String> tokens = new ArrayList<>();
    for (int id = 0; id < types.length; id++) {
      String piece = parts.pieces().get(id);
      tokens.add(types[id] == PieceType.NORMAL.number() ? marked(piece) : piece);
    }
    GgufPairs pairs = new GgufPairs("bert", "default", tokens, types, rows);
    pairs.more("token_type_count", 2);
    pairs.more("normalizer.lowercase", normalizer.lowers());
    pairs.more("normalizer.strip_accents", normalizer.stripsAccents());
    parts.special().bos().ifPresent(id -> pairs.more("cls_token_id", id));
    // Misspelled in the format itself.
    parts.special().eos().ifPresent(id -> pairs.more("seperator_token_id", id));
    for (AddedToken token : parts.added()) {
      if (token.content().equals("[MASK]")) {
        pairs.more("mask_token_id", token.id());
      }
    }
    return pairs.with(parts.special());
  }

  private String marked(String piece) {
    if (piece.isEmpty() || prefix.isEmpty()) {
      return piece;
    }
    return piece.startsWith(prefix) ? piece.substring(prefix.length()) : GgufWordPiece.MARK + piece;
  }
}
