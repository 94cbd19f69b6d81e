package dev.puna.tokenizer;

import dev.puna.formats.GgufMetadata;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.gguf.GgufBpe;
import dev.puna.tokenizer.gguf.GgufKeys;
import dev.puna.tokenizer.gguf.GgufUnigram;
import dev.puna.tokenizer.gguf.GgufWordPiece;
import java.util.OptionalInt;

/** The tokenizer that the keys {@code tokenizer.ggml.*} of a GGUF file describe. */
public final class GgufVocabulary {
  // What LLaMA's vocabulary has and llama.cpp takes if a file does not say.
  private static final int BOS = 1;
  private static final int EOS = 2;
  private static final int UNKNOWN = 0;

  private GgufVocabulary() {}

  /**
   * The tokenizer of a GGUF.
   *
   * @param where the file, for messages
   * @throws PunaException if there is none, values contradict each other, or it is of an unknown
   *     kind
   */
  public static Tokenizer read(String where, GgufMetadata metadata) {
    GgufKeys keys = new GgufKeys(where, metadata);
    return switch (keys.model()) {
      case "llama" -> sentencePiece(keys);
      case "gpt2" -> GgufBpe.read(keys);
      case "bert" -> GgufWordPiece.read(keys);
      case "t5" -> GgufUnigram.read(keys);
      case "none", "no_vocab" -> throw unsupported(keys, "no tokenizer at all");
      default -> throw unsupported(keys, "a tokenizer of its own kind");
    };
  }

  private static PunaException unsupported(GgufKeys keys, String kind) {
    return new PunaException(
        "%s needs %s (tokenizer.ggml.model is '%s'), which is not supported"
            .formatted(keys.where(), kind, keys.model()),
        "take a model whose tokenizer.ggml.model is 'llama', 'gpt2', 'bert' or 't5'");
  }

  private static Tokenizer sentencePiece(GgufKeys keys) {
    float[] scores = keys.scores();
    Special special =
        keys.special(
            keys.id("bos", BOS), keys.id("eos", EOS), keys.id("unknown", UNKNOWN), -1, true, false);
    PieceType[] types = keys.types();
    VocabularyBuilder builder = new VocabularyBuilder(keys.where(), GgufKeys.MEND);
    for (int id = 0; id < types.length; id++) {
      String token = keys.tokens().get(id);
      builder.add(token, scores[id], keys.hasTypes() ? types[id] : named(id, token, special));
    }
    Options options =
        new Options(
            keys.flag("add_space_prefix", true),
            keys.flag("remove_extra_whitespaces", false),
            true,
            false,
            builder.hasAllBytes(),
            SentencePieceVocabulary.UNK_SURFACE);
    return new SentencePieceBpe(builder.build(SentencePieceVocabulary.Kind.BPE, options, special));
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
}
