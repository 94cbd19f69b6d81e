package dev.puna.tokenizer.gguf;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Special;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** Writes the keys {@code tokenizer.ggml.*} that all kinds of tokenizers have. */
public final class GgufPairs {
  private static final String PREFIX = "tokenizer.ggml.";

  private final SequencedMap<String, Object> pairs = new LinkedHashMap<>();
  private final SequencedMap<String, Object> more = new LinkedHashMap<>();
  private final int[] types;

  /**
   * Begins with the kind and the pieces.
   *
   * @param model what GGUF calls the kind
   * @param pre the name of the pre-tokenizer
   * @param pieces as the file has them
   * @param types {@link PieceType#number} of each
   * @param rows the rows of the embedding table; unused pieces fill up to them
   * @throws PunaException if there are more pieces than rows
   */
  public GgufPairs(String model, String pre, List<String> pieces, int[] types, int rows) {
    if (pieces.size() > rows) {
      throw new PunaException(
          "the tokenizer has %d pieces, the model's embedding table %d rows"
              .formatted(pieces.size(), rows),
          "take the tokenizer that belongs to the model");
    }
    List<String> all = new ArrayList<>(pieces);
    int[] allTypes = Arrays.copyOf(types, rows);
    for (int id = 0; id < rows; id++) {
      if (id == all.size()) {
        all.add("");
      }
      if (all.get(id).isEmpty()) {
        all.set(id, "[PAD" + id + "]");
        allTypes[id] = PieceType.UNUSED.number();
      }
    }
    put("model", model);
    put("pre", pre);
    put("tokens", all);
    this.types = allTypes;
  }

  /** One more pair, under {@code tokenizer.ggml.}, behind the special tokens. */
  public GgufPairs more(String key, Object value) {
    more.put(PREFIX + key, value);
    return this;
  }

  private void put(String key, Object value) {
    pairs.put(PREFIX + key, value);
  }

  /** Scores, 0 for what fills up. */
  public GgufPairs scores(float[] scores) {
    put("scores", Arrays.copyOf(scores, types.length));
    return this;
  }

  /** All pairs, with the ids of special tokens and whether texts begin and end with them. */
  public SequencedMap<String, Object> with(Special special) {
    put("token_type", types);
    id("bos", special.bos());
    id("eos", special.eos());
    id("unknown", special.unk());
    id("padding", special.pad());
    put("add_bos_token", special.addBos());
    put("add_eos_token", special.addEos());
    pairs.putAll(more);
    return pairs;
  }

  private void id(String name, OptionalInt id) {
    id.ifPresent(value -> put(name + "_token_id", value));
  }

  /** The pairs of a SentencePiece vocabulary for byte pair encoding. */
  public static SequencedMap<String, Object> of(SentencePieceVocabulary v, int rows) {
    if (v.options().charsmap() != null) {
      throw new PunaException(
          "GGUF cannot express this tokenizer's normalization", "run the checkpoint as it is");
    }
    GgufPairs pairs =
        new GgufPairs("llama", "default", v.pieces(), v.ggmlTypes(), Math.max(rows, v.size()));
    pairs.scores(v.scores()).more("add_space_prefix", v.options().addDummyPrefix());
    if (v.options().removeExtraWhitespaces()) {
      pairs.more("remove_extra_whitespaces", true);
    }
    return pairs.with(v.special());
  }

  /** The pairs of a Unigram vocabulary of SentencePiece. */
  public static SequencedMap<String, Object> ofUnigram(SentencePieceVocabulary v, int rows) {
    if (v.options().byteFallback() || v.options().whitespaceAsSuffix()) {
      throw new PunaException(
          "GGUF cannot express this tokenizer: it is a Unigram "
              + (v.options().byteFallback()
                  ? "that falls back on bytes"
                  : "with spaces as suffixes"),
          "run the checkpoint as it is");
    }
    GgufPairs pairs =
        new GgufPairs("t5", "default", v.pieces(), v.ggmlTypes(), Math.max(rows, v.size()))
            .scores(v.scores())
            .more("add_space_prefix", v.options().addDummyPrefix())
            .more("remove_extra_whitespaces", v.options().removeExtraWhitespaces());
    Charsmap charsmap = v.options().charsmap();
    if (charsmap != null) {
      pairs.more("precompiled_charsmap", charsmap.bytes());
    }
    return pairs.with(v.special());
  }
}
