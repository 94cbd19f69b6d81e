package dev.puna.tokenizer.gguf;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.SentencePieceText;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.decode.ByteFallback;
import dev.puna.tokenizer.decode.Decoder;
import dev.puna.tokenizer.decode.PieceDecoder;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.Unigram;
import java.util.List;
import java.util.OptionalInt;

/** Unigram from a GGUF file: {@code tokenizer.ggml.model} is "t5". */
public final class GgufUnigram {
  // What T5's vocabularies have and llama.cpp takes if a file does not say.
  private static final int EOS = 1;
  private static final int UNKNOWN = 2;
  private static final int PADDING = 0;

  private GgufUnigram() {}

  /** The tokenizer; throws {@link PunaException} if it is damaged. */
  public static Tokenizer read(GgufKeys keys) {
    Pieces pieces = new Pieces(keys.tokens().toArray(String[]::new));
    PieceType[] types = keys.types();
    OptionalInt unk = keys.id("unknown", UNKNOWN);
    if (unk.isEmpty()) {
      throw new PunaException(keys.where() + " has no unknown token", GgufKeys.MEND);
    }
    byte[] charsmap = keys.bytes("precompiled_charsmap");
    SentencePieceVocabulary.Options options =
        new SentencePieceVocabulary.Options(
            keys.flag("add_space_prefix", false),
            keys.flag("remove_extra_whitespaces", false),
            true,
            false,
            false,
            SentencePieceVocabulary.UNK_SURFACE,
            charsmap.length == 0 ? null : new Charsmap(keys.where(), charsmap));
    String space = String.valueOf(SentencePieceVocabulary.SPACE);
    return new Pipeline(
        new Pipeline.Parts(
            pieces,
            keys.added(types),
            new SentencePieceText(options),
            null,
            model(keys, pieces, types, unk.getAsInt()),
            new Decoder.Sequence(
                List.of(
                    new ByteFallback(), PieceDecoder.metaspace(space, options.addDummyPrefix()))),
            keys.special(keys.id("bos", -1), keys.id("eos", EOS), unk, PADDING, false, true),
            unk.getAsInt(),
            new UnigramForm(options)));
  }

  private static Unigram model(GgufKeys keys, Pieces pieces, PieceType[] types, int unknown) {
    float[] given = keys.scores();
    double[] scores = new double[given.length];
    double worst = 0;
    for (int id = 0; id < scores.length; id++) {
      if (Float.isNaN(given[id])) {
        throw new PunaException(
            "%s: the score of token %d is not a number".formatted(keys.where(), id), GgufKeys.MEND);
      }
      // llama.cpp prefers user-defined tokens to all others.
      scores[id] = types[id] == PieceType.USER_DEFINED ? 0 : given[id];
      worst = types[id] == PieceType.NORMAL ? Math.min(worst, given[id]) : worst;
    }
    return new Unigram(
        pieces,
        scores,
        id -> isFromText(types[id]),
        worst,
        new Unigram.Rules(unknown, true, new int[0], Unigram.Sums.DOUBLE));
  }

  private static boolean isFromText(PieceType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> true;
      case UNKNOWN, CONTROL, BYTE -> false;
    };
  }
}
