package dev.puna.tokenizer.gguf;

import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the keys {@code tokenizer.ggml.*} that all kinds of tokenizers have. Their meaning and what
 * holds in their absence is from the GGUF specification and llama.cpp's llama-vocab.cpp.
 */
public final class GgufKeys {
  public static final String MEND = "fetch the file again, or convert the model again";

  private static final String PREFIX = "tokenizer.ggml.";
  private static final OptionalInt NONE = OptionalInt.empty();

  private final String where;
  private final GgufMetadata metadata;
  private final List<String> tokens;

  /** Throws {@link PunaException} if there is no vocabulary. */
  public GgufKeys(String where, GgufMetadata metadata) {
    this.where = where;
    this.metadata = metadata;
    List<String> found = metadata.texts(PREFIX + "tokens");
    if (found == null) {
      throw new PunaException(where + " carries no tokenizer", "give one with --tokenizer FILE");
    }
    tokens = found;
  }

  /** The file, for messages. */
  public String where() {
    return where;
  }

  /** The kind of tokenizer. */
  public String model() {
    return metadata.text(PREFIX + "model");
  }

  public List<String> tokens() {
    return tokens;
  }

  public int size() {
    return tokens.size();
  }

  public String text(String key, String otherwise) {
    String text = metadata.text(PREFIX + key, otherwise);
    return text == null ? otherwise : text;
  }

  public boolean flag(String key, boolean otherwise) {
    return metadata.flag(PREFIX + key, otherwise);
  }

  public @Nullable List<String> texts(String key) {
    return metadata.texts(PREFIX + key);
  }

  /** Scores of all tokens; zeros if the file has none. */
  public float[] scores() {
    float[] scores = metadata.numbers(PREFIX + "scores");
    requireSize("scores", scores == null ? size() : scores.length);
    return scores == null ? new float[size()] : scores;
  }

  /** Bytes that are stored as integers; empty if there are none. */
  public byte[] bytes(String key) {
    int[] values = metadata.integers(PREFIX + key);
    if (values == null) {
      return new byte[0];
    }
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** Whether the file says what each token is for. */
  public boolean hasTypes() {
    return metadata.has(PREFIX + "token_type");
  }

  /** What each token is for; normal if the file does not say. */
  public PieceType[] types() {
    int[] numbers = metadata.integers(PREFIX + "token_type");
    requireSize("token_type", numbers == null ? size() : numbers.length);
    PieceType[] types = new PieceType[size()];
    for (int id = 0; id < types.length; id++) {
      // 0 is "undefined"; llama.cpp lets such tokens take part in merging.
      int number = numbers == null || numbers[id] == 0 ? 1 : numbers[id];
      PieceType type = PieceType.of(number);
      if (type == null) {
        throw new PunaException(
            "%s: token %d has the unknown type %d".formatted(where, id, number), MEND);
      }
      types[id] = type;
    }
    return types;
  }

  private void requireSize(String key, int size) {
    if (size != tokens.size()) {
      throw new PunaException(
          "%s: %s%s has %d values for %d tokens".formatted(where, PREFIX, key, size, tokens.size()),
          MEND);
    }
  }

  /**
   * The id of a special token; -1, or its unsigned form, means "none" in some files.
   *
   * @param name such as "bos"
   * @param otherwise what holds in its absence; -1 for none
   */
  public OptionalInt id(String name, int otherwise) {
    String key = PREFIX + name + "_token_id";
    long given = metadata.integer(key, -1);
    if (given < 0 || given > Integer.MAX_VALUE) {
      return otherwise < 0 || otherwise >= size() ? NONE : OptionalInt.of(otherwise);
    }
    if (given < size()) {
      return OptionalInt.of((int) given);
    }
    if (name.equals("padding")) {
      return NONE; // llama.cpp's converters have written such ones
    }
    throw new PunaException(
        "%s: %s is %d, but there are %d tokens".formatted(where, key, given, size()), MEND);
  }

  /** The first of several ids that is given. */
  public OptionalInt id(List<String> names, int otherwise) {
    for (String name : names) {
      OptionalInt id = id(name, -1);
      if (id.isPresent()) {
        return id;
      }
    }
    return otherwise < 0 || otherwise >= size() ? NONE : OptionalInt.of(otherwise);
  }

  /** The special tokens. */
  public Special special(
      OptionalInt bos, OptionalInt eos, OptionalInt unk, int pad, boolean addBos, boolean addEos) {
    return new Special(
        bos,
        eos,
        unk,
        id("padding", pad),
        flag("add_bos_token", addBos) && bos.isPresent(),
        flag("add_eos_token", addEos) && eos.isPresent());
  }

  /** Tokens that are found in the text itself: control and user-defined ones, and the unknown. */
  public List<AddedToken> added(PieceType[] types) {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < types.length; id++) {
      switch (types[id]) {
        case CONTROL, UNKNOWN -> added.add(AddedToken.plain(id, tokens.get(id), true));
        case USER_DEFINED -> added.add(AddedToken.plain(id, tokens.get(id), false));
        case NORMAL, UNUSED, BYTE -> {}
      }
    }
    return added;
  }
}
