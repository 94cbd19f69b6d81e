package dev.puna.tokenizer;

import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer that the keys {@code tokenizer.ggml.*} of a GGUF file describe. Their meaning and
 * what holds in their absence is from the GGUF specification and llama.cpp's llama-vocab.cpp.
 */
public final class GgufVocabulary {
  private static final String MEND = "fetch the file again, or convert the model again";

  private static final String PREFIX = "tokenizer.ggml.";

  private static final OptionalInt NONE = OptionalInt.empty();

  private GgufVocabulary() {}

  /**
   * The tokenizer of a GGUF. Ids below zero count as absent: some converters write -1 for "none".
   *
   * @param where the file, for messages
   * @throws PunaException if there is none, values contradict each other, or it is of an unknown
   *     kind
   */
  public static Tokenizer read(String where, GgufMetadata metadata) {
    List<String> tokens = metadata.texts(PREFIX + "tokens");
    if (tokens == null) {
      throw new PunaException(where + " carries no tokenizer", "give one with --tokenizer FILE");
    }
    return of(
        where,
        metadata.text(PREFIX + "model"),
        tokens,
        metadata.numbers(PREFIX + "scores"),
        metadata.integers(PREFIX + "token_type"),
        given(metadata, "bos"),
        given(metadata, "eos"),
        given(metadata, "unknown"),
        given(metadata, "padding"),
        flag(metadata, "add_bos_token"),
        flag(metadata, "add_eos_token"),
        flag(metadata, "add_space_prefix"),
        flag(metadata, "remove_extra_whitespaces"));
  }

  private static OptionalInt given(GgufMetadata metadata, String name) {
    String key = PREFIX + name + "_token_id";
    long id = metadata.integer(key, -1);
    // -1, or its unsigned form, means "none" in some files
    return id < 0 || id > Integer.MAX_VALUE ? NONE : OptionalInt.of((int) id);
  }

  private static @Nullable Boolean flag(GgufMetadata metadata, String name) {
    return metadata.has(PREFIX + name) ? metadata.flag(PREFIX + name, false) : null;
  }

  static Tokenizer of(
      String where,
      String model,
      List<String> tokens,
      float @Nullable [] scores,
      int @Nullable [] tokenTypes,
      OptionalInt bos,
      OptionalInt eos,
      OptionalInt unk,
      OptionalInt pad,
      @Nullable Boolean addBos,
      @Nullable Boolean addEos,
      @Nullable Boolean addSpacePrefix,
      @Nullable Boolean removeExtraWhitespaces) {
    requireSupported(where, model);
    int size = tokens.size();
    requireSize(where, "scores", scores == null ? size : scores.length, size);
    requireSize(where, "token_type", tokenTypes == null ? size : tokenTypes.length, size);
    OptionalInt bosId = id(where, "bos", bos, 1, size);
    OptionalInt eosId = id(where, "eos", eos, 2, size);
    Special special =
        new Special(
            bosId,
            eosId,
            id(where, "unknown", unk, 0, size),
            pad.isPresent() && pad.getAsInt() >= size ? NONE : absent(pad),
            orElse(addBos, true) && bosId.isPresent(),
            orElse(addEos, false) && eosId.isPresent());

    VocabularyBuilder builder = new VocabularyBuilder(where, MEND);
    for (int id = 0; id < size; id++) {
      PieceType type =
          tokenTypes == null
              ? named(id, tokens.get(id), special)
              : numbered(where, id, tokenTypes[id]);
      builder.add(tokens.get(id), scores == null ? 0 : scores[id], type);
    }
    Options options = options(addSpacePrefix, removeExtraWhitespaces, builder.hasAllBytes());
    return new SentencePieceBpe(builder.build(options, special));
  }

  private static Options options(
      @Nullable Boolean addSpacePrefix, @Nullable Boolean removeExtraWhitespaces, boolean bytes) {
    return new Options(
        orElse(addSpacePrefix, true),
        orElse(removeExtraWhitespaces, false),
        true,
        false,
        bytes,
        SentencePieceVocabulary.UNK_SURFACE);
  }

  private static void requireSupported(String where, String model) {
    String kind =
        switch (model) {
          case "llama" -> "";
          case "gpt2" -> "byte-level BPE";
          case "bert" -> "WordPiece";
          case "t5" -> "SentencePiece Unigram";
          case "rwkv" -> "RWKV's tokenizer";
          case "none", "no_vocab" -> "no tokenizer at all";
          default -> "a tokenizer of its own kind";
        };
    if (!kind.isEmpty()) {
      throw new PunaException(
          "%s needs %s (tokenizer.ggml.model is '%s'), which is not supported yet"
              .formatted(where, kind, model),
          "take a model whose tokenizer.ggml.model is 'llama'");
    }
  }

  private static void requireSize(String where, String key, int size, int tokens) {
    if (size != tokens) {
      throw new PunaException(
          "%s: tokenizer.ggml.%s has %d values for %d tokens".formatted(where, key, size, tokens),
          MEND);
    }
  }

  /** The id that a key gives; what llama.cpp takes instead if there is none. */
  private static OptionalInt id(
      String where, String key, OptionalInt given, int otherwise, int size) {
    int id = absent(given).orElse(otherwise);
    if (id < size) {
      return OptionalInt.of(id);
    }
    if (absent(given).isEmpty()) {
      return NONE;
    }
    throw new PunaException(
        "%s: tokenizer.ggml.%s_token_id is %d, but there are %d tokens"
            .formatted(where, key, id, size),
        MEND);
  }

  private static OptionalInt absent(OptionalInt id) {
    return id.isPresent() && id.getAsInt() < 0 ? NONE : id;
  }

  private static PieceType numbered(String where, int id, int number) {
    // 0 is "undefined"; llama.cpp lets such tokens take part in merging.
    @Nullable PieceType type = number == 0 ? PieceType.NORMAL : PieceType.of(number);
    if (type == null) {
      throw new PunaException(
          "%s: token %d has the unknown type %d".formatted(where, id, number), MEND);
    }
    return type;
  }

  private static PieceType named(int id, String token, Special special) {
    OptionalInt self = OptionalInt.of(id);
    if (SentencePieceVocabulary.byteOf(token) >= 0) {
      return PieceType.BYTE;
    }
    if (self.equals(special.unk())) {
      return PieceType.UNKNOWN;
    }
    boolean control =
        self.equals(special.bos()) || self.equals(special.eos()) || self.equals(special.pad());
    return control ? PieceType.CONTROL : PieceType.NORMAL;
  }

  private static boolean orElse(@Nullable Boolean given, boolean otherwise) {
    return given == null ? otherwise : given;
  }
}
