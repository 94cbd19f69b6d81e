package dev.puna.tokenizer;

import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes a ModelProto, so that tests can have models of any kind. */
final class ModelWriter {
  private final ByteArrayOutputStream model = new ByteArrayOutputStream();
  private final ByteArrayOutputStream trainer = new ByteArrayOutputStream();
  private final ByteArrayOutputStream normalizer = new ByteArrayOutputStream();

  /** A BPE model with the usual special tokens that leaves spaces alone. */
  static ModelWriter bpe() {
    return of(2);
  }

  /** A model of a type of ModelProto with the usual special tokens that leaves spaces alone. */
  static ModelWriter of(int type) {
    return new ModelWriter()
        .trainer(3, type)
        .normalizer(4, 0)
        .piece("<unk>", 0, PieceType.UNKNOWN)
        .piece("<s>", 0, PieceType.CONTROL)
        .piece("</s>", 0, PieceType.CONTROL);
  }

  ModelWriter piece(String piece, float score, PieceType type) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    bytes(message, 1, piece.getBytes(StandardCharsets.UTF_8));
    varint(message, 2 << 3 | 5);
    message.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(score).array());
    varint(message, 3 << 3);
    varint(message, type.number());
    bytes(model, 1, message.toByteArray());
    return this;
  }

  /** Pieces made by merging, each with a lower score than the one before. */
  ModelWriter pieces(String... pieces) {
    for (int i = 0; i < pieces.length; i++) {
      piece(pieces[i], -i, PieceType.NORMAL);
    }
    return this;
  }

  ModelWriter allBytes() {
    for (int value = 0; value < 256; value++) {
      piece("<0x%02X>".formatted(value), 0, PieceType.BYTE);
    }
    return trainer(35, 1);
  }

  ModelWriter trainer(int field, long value) {
    varint(trainer, field << 3);
    varint(trainer, value);
    return this;
  }

  ModelWriter trainer(int field, String value) {
    bytes(trainer, field, value.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  ModelWriter normalizer(int field, long value) {
    varint(normalizer, field << 3);
    varint(normalizer, value);
    return this;
  }

  ModelWriter charsmap(byte[] blob) {
    bytes(normalizer, 2, blob);
    return this;
  }

  /** A field of the whole model, with raw contents. */
  ModelWriter model(int tag, byte[] raw) {
    varint(model, tag);
    model.writeBytes(raw);
    return this;
  }

  byte[] write() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(model.toByteArray());
    bytes(all, 2, trainer.toByteArray());
    bytes(all, 3, normalizer.toByteArray());
    return all.toByteArray();
  }

  SentencePieceTokenizer tokenizer() {
    return SentencePieceTokenizer.of(SentencePieceModel.vocabulary("tiny.model", write()));
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
    varint(out, field << 3 | 2);
    varint(out, value.length);
    out.writeBytes(value);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    for (; (value & ~0x7FL) != 0; value >>>= 7) {
      out.write((int) value & 0x7F | 0x80);
    }
    out.write((int) value);
  }
}
