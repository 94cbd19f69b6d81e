package dev.puna.tokenizer;

import dev.puna.formats.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Writes SentencePiece's own file, usually named {@code tokenizer.model}: a protobuf message {@code
 * ModelProto} of sentencepiece_model.proto, which has the numbers of the fields.
 */
public final class SentencePieceModelWriter {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private SentencePieceModelWriter() {}

  /**
   * Writes a vocabulary.
   *
   * @throws dev.puna.tensor.PunaException if the file cannot be written
   */
  public static void write(SentencePieceVocabulary vocabulary, Path file) {
    AtomicFile.write(file, AtomicFile.Body.of(bytes(vocabulary)));
  }

  /** The file's bytes. */
  public static byte[] bytes(SentencePieceVocabulary v) {
    Message model = new Message();
    for (int id = 0; id < v.size(); id++) {
      Message piece = new Message();
      piece.text(1, v.pieces().get(id));
      piece.real(2, v.scores()[id]);
      piece.number(3, v.types()[id].number());
      model.message(1, piece);
    }
    model.message(2, trainer(v));
    model.message(3, normalizer(v.options()));
    return model.out.toByteArray();
  }

  private static Message trainer(SentencePieceVocabulary v) {
    Message trainer = new Message();
    trainer.number(3, v.kind().number());
    trainer.number(4, v.size());
    trainer.flag(24, v.options().whitespaceAsSuffix());
    trainer.flag(35, v.options().byteFallback());
    Special s = v.special();
    trainer.number(40, s.unk().orElse(-1));
    trainer.number(41, s.bos().orElse(-1));
    trainer.number(42, s.eos().orElse(-1));
    trainer.number(43, s.pad().orElse(-1));
    trainer.text(44, v.options().unkSurface());
    // Names count for readers, not ids.
    name(trainer, 45, s.unk(), v);
    name(trainer, 46, s.bos(), v);
    name(trainer, 47, s.eos(), v);
    name(trainer, 48, s.pad(), v);
    return trainer;
  }

  private static void name(Message trainer, int field, OptionalInt id, SentencePieceVocabulary v) {
    id.ifPresent(known -> trainer.text(field, v.pieces().get(known)));
  }

  private static Message normalizer(SentencePieceVocabulary.Options options) {
    Message normalizer = new Message();
    Charsmap charsmap = options.charsmap();
    normalizer.text(1, charsmap == null ? "identity" : "user_defined");
    if (charsmap != null) {
      normalizer.bytes(2, charsmap.bytes());
    }
    normalizer.flag(3, options.addDummyPrefix());
    normalizer.flag(4, options.removeExtraWhitespaces());
    normalizer.flag(5, options.escapeWhitespaces());
    return normalizer;
  }

  /** A message of protobuf; see "Encoding" in its documentation. */
  private static final class Message {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void number(int field, long value) {
      varint((long) field << 3 | VARINT);
      varint(value);
    }

    void flag(int field, boolean value) {
      number(field, value ? 1 : 0);
    }

    void real(int field, float value) {
      varint((long) field << 3 | FIXED32);
      int bits = Float.floatToRawIntBits(value);
      for (int i = 0; i < 4; i++) {
        out.write(bits >>> 8 * i);
      }
    }

    void text(int field, String value) {
      bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    void message(int field, Message value) {
      bytes(field, value.out.toByteArray());
    }

    void bytes(int field, byte[] value) {
      varint((long) field << 3 | BYTES);
      varint(value.length);
      out.writeBytes(value);
    }

    private void varint(long value) {
      long rest = value;
      for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
        out.write((int) rest & 0x7F | 0x80);
      }
      out.write((int) rest);
    }
  }
}
