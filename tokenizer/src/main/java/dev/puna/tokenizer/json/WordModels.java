package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.gguf.ByteLevelForm;
import dev.puna.tokenizer.gguf.CharacterForm;
import dev.puna.tokenizer.gguf.UnigramForm;
import dev.puna.tokenizer.gguf.WordPieceForm;
import dev.puna.tokenizer.pipeline.GgufForm;
import dev.puna.tokenizer.split.ByteLevel;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.Sequence;
import dev.puna.tokenizer.vocabulary.ByteBpe;
import dev.puna.tokenizer.vocabulary.CharacterBpe;
import dev.puna.tokenizer.vocabulary.MergeTable;
import dev.puna.tokenizer.vocabulary.Pieces;
import dev.puna.tokenizer.vocabulary.Unigram;
import dev.puna.tokenizer.vocabulary.WordLevel;
import dev.puna.tokenizer.vocabulary.WordModel;
import dev.puna.tokenizer.vocabulary.WordPiece;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the vocabulary that the part "model" of a tokenizer.json describes. */
final class WordModels {
  private final ModelJson json;
  private final Config options;
  private final Pieces pieces;

  /** The stages before the vocabulary, without those that it does itself. */
  private List<PreTokenizer> stages;

  private final BitSet special;
  private final WordModel model;
  private int unknown = -1;
  private GgufForm gguf = GgufForm.none("it is of a kind of its own");

  /**
   * @param special ids that text must not become
   */
  WordModels(ModelJson json, Pieces pieces, List<PreTokenizer> stages, BitSet special) {
    this.special = special;
    this.json = json;
    this.pieces = pieces;
    this.stages = stages;
    options = json.options();
    model =
        switch (Kind.text(options, "type", json.merges().size() > 0 ? "BPE" : "WordPiece")) {
          case "BPE" -> bpe();
          case "WordPiece" -> wordPiece();
          case "WordLevel" -> {
            unknown = unknown(false);
            yield new WordLevel(pieces, unknown);
          }
          case "Unigram" -> unigram();
          default -> throw Kind.unknown(options);
        };
  }

  WordModel model() {
    return model;
  }

  /** The id of the unknown token; -1 for none. */
  int unknown() {
    return unknown;
  }

  GgufForm gguf() {
    return gguf;
  }

  @Nullable PreTokenizer preTokenizer() {
    if (stages.isEmpty()) {
      return null;
    }
    return stages.size() == 1 ? stages.getFirst() : new Sequence(stages);
  }

  private int unknown(boolean required) {
    String name = options.text("unk_token", null);
    int id = name == null ? -1 : pieces.find(name);
    if (id < 0 && (required || name != null && !name.isEmpty())) {
      throw new PunaException(
          "%s: the unknown token '%s' is no piece".formatted(options.where(), name),
          "get the file again");
    }
    return id;
  }

  private WordModel bpe() {
    if (options.get("dropout") instanceof Number dropout && dropout.doubleValue() != 0) {
      throw new PunaException(
          "%s: 'dropout' is %s: ids would be a matter of chance"
              .formatted(options.where(), dropout),
          "set it to null");
    }
    unknown = unknown(false);
    String prefix = Kind.text(options, "continuing_subword_prefix", "");
    String suffix = Kind.text(options, "end_of_word_suffix", "");
    boolean fuses = options.flag("fuse_unk", false);
    boolean ignoresMerges = options.flag("ignore_merges", false);
    MergeTable merges = json.merges().table(options.where(), pieces, prefix);
    boolean bytes = !stages.isEmpty() && stages.getLast() instanceof ByteLevel;
    if (bytes && prefix.isEmpty() && suffix.isEmpty()) {
      stages = stages.subList(0, stages.size() - 1);
      gguf = new ByteLevelForm(json::merges, stages, ignoresMerges);
      return new ByteBpe(pieces, merges, unknown, fuses, ignoresMerges);
    }
    int[] byteIds = options.flag("byte_fallback", false) ? pieces.byteIds() : new int[0];
    if (prefix.isEmpty() && suffix.isEmpty() && byteIds.length > 0) {
      gguf = new CharacterForm(json.merges(), stages);
    }
    return new CharacterBpe(
        pieces,
        merges,
        new CharacterBpe.Rules(unknown, fuses, byteIds, prefix, suffix, ignoresMerges),
        json.merges().uses(reserved(byteIds)));
  }

  private List<String> reserved(int[] byteIds) {
    List<String> names = new ArrayList<>();
    if (unknown >= 0) {
      names.add(pieces.get(unknown));
    }
    for (int id : byteIds) {
      if (id >= 0) {
        names.add(pieces.get(id));
      }
    }
    return names;
  }

  private WordModel wordPiece() {
    unknown = unknown(true);
    String prefix = Kind.text(options, "continuing_subword_prefix", "##");
    gguf = new WordPieceForm(prefix);
    return WordPiece.prefixed(
        pieces, prefix, unknown, options.positive("max_input_chars_per_word", 100));
  }

  private WordModel unigram() {
    unknown = options.integer("unk_id", -1);
    if (unknown >= pieces.size() || pieces.size() == 0) {
      throw new PunaException(
          "%s: the unknown token %d is none of %d pieces"
              .formatted(options.where(), unknown, pieces.size()),
          "get the file again");
    }
    double[] scores = json.scores();
    double worst = Double.POSITIVE_INFINITY;
    for (double score : scores) {
      worst = Math.min(worst, score);
    }
    if (Double.isNaN(worst)) {
      throw new PunaException(options.where() + ": a score is not a number", "get the file again");
    }
    int[] byteIds = options.flag("byte_fallback", false) ? pieces.byteIds() : new int[0];
    gguf = new UnigramForm(stages);
    return new Unigram(
        pieces,
        scores,
        id -> !special.get(id),
        worst,
        new Unigram.Rules(unknown, true, byteIds, Unigram.Sums.DOUBLE));
  }
}
