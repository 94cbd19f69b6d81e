package dev.puna.tokenizer;

import static dev.puna.tokenizer.ProtobufReader.BYTES;
import static dev.puna.tokenizer.ProtobufReader.FIXED32;
import static dev.puna.tokenizer.ProtobufReader.VARINT;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * SentencePiece's own file, usually named {@code tokenizer.model}: a protobuf message {@code
 * ModelProto} of sentencepiece_model.proto. The numbers and defaults of fields are from there.
 */
public final class SentencePieceModel {
  private final String where;
  private final VocabularyBuilder pieces;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> seenReserved = new HashSet<>();

  // TrainerSpec
  private long modelType = 1;
  private boolean whitespaceAsSuffix;
  private boolean byteFallback;
  private String unkSurface = SentencePieceVocabulary.UNK_SURFACE;
  private String unkPiece = "<unk>";
  private String bosPiece = "<s>";
  private String eosPiece = "</s>";
  private String padPiece = "<pad>";

  // NormalizerSpec
  private boolean addDummyPrefix = true;
  private boolean removeExtraWhitespaces = true;
  private boolean escapeWhitespaces = true;
  private byte[] charsmap = {};

  private SentencePieceModel(String where) {
    this.where = where;
    this.pieces = new VocabularyBuilder(where, TokenizerFile.FETCH_AGAIN);
  }

  /**
   * The tokenizer of a file. Throws {@link PunaException} if the file is damaged or of a kind that
   * is not supported yet.
   */
  public static SentencePieceTokenizer read(Path file) {
    return SentencePieceTokenizer.of(vocabulary(file));
  }

  /** The vocabulary of a file. Throws {@link PunaException} as {@link #read} does. */
  public static SentencePieceVocabulary vocabulary(Path file) {
    return vocabulary(file.toString(), TokenizerFile.read(file));
  }

  static SentencePieceVocabulary vocabulary(String where, byte[] model) {
    SentencePieceModel parsed = new SentencePieceModel(where);
    parsed.model(new ProtobufReader(where, model));
    return parsed.build();
  }

  private void model(ProtobufReader in) {
    while (in.next()) {
      if (in.is(1, BYTES)) {
        piece(in.message());
      } else if (in.is(2, BYTES)) {
        trainer(in.message());
      } else if (in.is(3, BYTES)) {
        normalizer(in.message());
      } else if (in.is(5, BYTES)) {
        denormalizer(in.message());
      }
    }
  }

  private void piece(ProtobufReader in) {
    String piece = "";
    float score = 0;
    PieceType type = PieceType.NORMAL;
    while (in.next()) {
      if (in.is(1, BYTES)) {
        piece = in.checkedString();
      } else if (in.is(2, FIXED32)) {
        score = in.real();
      } else if (in.is(3, VARINT)) {
        // Protobuf treats a value that the enum does not have as an unknown field.
        @Nullable PieceType known = PieceType.of(in.number());
        type = known == null ? type : known;
      }
    }
    boolean reserved =
        type == PieceType.CONTROL || type == PieceType.UNKNOWN || type == PieceType.BYTE;
    if (piece.isEmpty() || !(reserved ? seenReserved : seen).add(piece)) {
      throw pieces.damaged(
          piece.isEmpty() ? "it has an empty piece" : "it has the piece '" + piece + "' twice");
    }
    pieces.add(piece, score, type);
  }

  private void trainer(ProtobufReader in) {
    while (in.next()) {
      if (in.is(3, VARINT)) {
        modelType = in.number();
      } else if (in.is(24, VARINT)) {
        whitespaceAsSuffix = in.flag();
      } else if (in.is(35, VARINT)) {
        byteFallback = in.flag();
      } else if (in.is(44, BYTES)) {
        unkSurface = in.string();
      } else if (in.is(45, BYTES)) {
        unkPiece = in.string();
      } else if (in.is(46, BYTES)) {
        bosPiece = in.string();
      } else if (in.is(47, BYTES)) {
        eosPiece = in.string();
      } else if (in.is(48, BYTES)) {
        padPiece = in.string();
      }
    }
  }

  private void normalizer(ProtobufReader in) {
    while (in.next()) {
      if (in.is(2, BYTES)) {
        charsmap = in.bytes();
      } else if (in.is(3, VARINT)) {
        addDummyPrefix = in.flag();
      } else if (in.is(4, VARINT)) {
        removeExtraWhitespaces = in.flag();
      } else if (in.is(5, VARINT)) {
        escapeWhitespaces = in.flag();
      }
    }
  }

  private void denormalizer(ProtobufReader in) {
    while (in.next()) {
      if (in.is(2, BYTES) && in.bytes().length > 0) {
        throw notYet("it replaces characters when decoding (denormalizer_spec)");
      }
    }
  }

  private SentencePieceVocabulary build() {
    Kind kind = kind();
    Options options =
        new Options(
            addDummyPrefix,
            removeExtraWhitespaces,
            escapeWhitespaces,
            whitespaceAsSuffix,
            byteFallback,
            unkSurface,
            charsmap.length == 0 ? null : new Charsmap(where, charsmap));
    // As SentencePieceProcessor does: the pieces' names say which they are, not bos_id and so on.
    OptionalInt bos = pieces.find(bosPiece, PieceType.CONTROL);
    Special special =
        new Special(
            bos,
            pieces.find(eosPiece, PieceType.CONTROL),
            pieces.find(unkPiece, PieceType.UNKNOWN),
            pieces.find(padPiece, PieceType.CONTROL),
            bos.isPresent(),
            false);
    return pieces.build(kind, options, special);
  }

  private Kind kind() {
    for (Kind kind : Kind.values()) {
      if (kind.number() == modelType) {
        return kind;
      }
    }
    throw notYet("it is " + (modelType == 3 ? "a Word model" : "a model of type " + modelType));
  }

  private PunaException notYet(String what) {
    return new PunaException(
        "%s: %s, which is not supported yet".formatted(where, what),
        "take a model with a Unigram or BPE tokenizer of SentencePiece");
  }
}
