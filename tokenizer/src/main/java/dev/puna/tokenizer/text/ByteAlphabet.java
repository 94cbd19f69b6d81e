package dev.puna.tokenizer.text;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The characters that stand for bytes in the vocabularies of byte-level BPE, as GPT-2's encoder.py
 * has them: a printable character of Latin-1 for its own number, U+0100 onwards for the others.
 */
public final class ByteAlphabet {
  private static final int[] CHARACTERS = new int[256];
  private static final int[] BYTES = new int[0x144];

  static {
    Arrays.fill(BYTES, -1);
    int others = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
      CHARACTERS[value] = printable ? value : others++;
      BYTES[CHARACTERS[value]] = value;
    }
  }

  private ByteAlphabet() {}

  /** The character of a byte. */
  public static int character(int value) {
    return CHARACTERS[value & 0xFF];
  }

  /** The byte that a character stands for; -1 for none. */
  public static int value(int character) {
    return character < BYTES.length ? BYTES[character] : -1;
  }

  /** The bytes that a piece stands for; null if one of its characters stands for none. */
  public static byte @Nullable [] bytes(String piece) {
    byte[] bytes = new byte[piece.length()];
    for (int i = 0; i < bytes.length; i++) {
      int value = value(piece.charAt(i));
      if (value < 0) {
        return null;
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  /** The piece that stands for bytes. */
  public static String piece(byte[] bytes) {
    StringBuilder piece = new StringBuilder(bytes.length);
    for (byte value : bytes) {
      piece.append((char) character(value));
    }
    return piece.toString();
  }
}
