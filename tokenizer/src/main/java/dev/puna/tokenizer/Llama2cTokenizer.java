package dev.puna.tokenizer;

import dev.puna.tokenizer.SentencePieceVocabulary.Options;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.text.Utf8;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code tokenizer.bin} of llama2.c (tokenizer.py, {@code export}): the length of the
 * longest piece (i32), then for each piece its score (f32), its length (i32) and its bytes. All
 * little-endian; the number of pieces is not told, the file just ends.
 *
 * <p>Pieces have plain spaces for U+2581 and no types: the names say which are special.
 */
public final class Llama2cTokenizer {
  /** In files that hold bare bytes, byte 0 has this id, as in LLaMA's vocabulary. */
  private static final int FIRST_BYTE = 3;

  private Llama2cTokenizer() {}

  /**
   * The tokenizer of a file. Throws {@link dev.puna.tensor.PunaException} if the file is damaged.
   */
  public static Tokenizer read(Path file) {
    return new SentencePieceBpe(vocabulary(file));
  }

  /** The vocabulary of a file. Throws as {@link #read} does. */
  public static SentencePieceVocabulary vocabulary(Path file) {
    return vocabulary(file.toString(), TokenizerFile.read(file));
  }

  static SentencePieceVocabulary vocabulary(String where, byte[] file) {
    VocabularyBuilder builder = new VocabularyBuilder(where, TokenizerFile.FETCH_AGAIN);
    List<Entry> entries = entries(builder, file);
    boolean bareBytes = hasBareBytes(entries);
    for (int id = 0; id < entries.size(); id++) {
      Entry entry = entries.get(id);
      int value = id - FIRST_BYTE;
      if (bareBytes && value >= 0 && value < 256) {
        builder.add("<0x%02X>".formatted(value), entry.score, PieceType.BYTE);
      } else {
        add(builder, entry);
      }
    }
    OptionalInt bos = builder.find("<s>", PieceType.CONTROL);
    Special special =
        new Special(
            bos,
            builder.find("</s>", PieceType.CONTROL),
            builder.find("<unk>", PieceType.UNKNOWN),
            OptionalInt.empty(),
            bos.isPresent(),
            false);
    Options options =
        new Options(
            true, false, true, false, builder.hasAllBytes(), SentencePieceVocabulary.UNK_SURFACE);
    return builder.build(SentencePieceVocabulary.Kind.BPE, options, special);
  }

  private record Entry(String piece, float score) {}

  private static List<Entry> entries(VocabularyBuilder builder, byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<Entry> entries = new ArrayList<>();
    try {
      in.getInt();
      while (in.hasRemaining()) {
        float score = in.getFloat();
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
          throw builder.damaged(
              "not a tokenizer of llama2.c: piece %d claims %d bytes, %d are left"
                  .formatted(entries.size(), length, in.remaining()));
        }
        int from = in.position();
        @Nullable String piece = Utf8.string(file, from, from + length);
        if (piece == null) {
          throw builder.damaged(
              "not a tokenizer of llama2.c: piece %d is not UTF-8".formatted(entries.size()));
        }
        in.position(from + length);
        entries.add(new Entry(piece, score));
      }
    } catch (BufferUnderflowException e) {
      throw builder.damaged("not a tokenizer of llama2.c: it breaks off");
    }
    return entries;
  }

  /** Some exports hold the character U+00NN in place of {@code <0xNN>}. */
  private static boolean hasBareBytes(List<Entry> entries) {
    if (entries.size() < FIRST_BYTE + 256) {
      return false;
    }
    for (int value = 0; value < 256; value++) {
      if (!entries.get(FIRST_BYTE + value).piece.equals(String.valueOf((char) value))) {
        return false;
      }
    }
    return true;
  }

  private static void add(VocabularyBuilder builder, Entry entry) {
    switch (entry.piece) {
      case "<unk>" -> builder.add("<unk>", entry.score, PieceType.UNKNOWN);
      // run.c prints these as they are, so the export puts line breaks around them.
      case "\n<s>\n", "<s>" -> builder.add("<s>", entry.score, PieceType.CONTROL);
      case "\n</s>\n", "</s>" -> builder.add("</s>", entry.score, PieceType.CONTROL);
      default -> {
        boolean isByte = SentencePieceVocabulary.byteOf(entry.piece) >= 0;
        builder.add(
            entry.piece.replace(' ', SentencePieceVocabulary.SPACE),
            entry.score,
            isByte ? PieceType.BYTE : PieceType.NORMAL);
      }
    }
  }
}
