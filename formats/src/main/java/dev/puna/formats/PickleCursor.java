package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the arguments of a pickle's opcodes; refuses to read past its end. */
final class PickleCursor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN); // alone among them

  /** Far above any checkpoint's, whose numbers lie outside of it. */
  private static final long LONGEST_PICKLE = 64L << 20;

  private static final int LONGEST_INTEGER = 255;
  private static final int LONGEST_LINE = 512;

  private final MappedFile file;
  private final MemorySegment data;
  private final long limit;
  private long at;

  PickleCursor(MappedFile file, MemorySegment data) {
    this.file = file;
    this.data = data;
    this.limit = Math.min(data.byteSize(), LONGEST_PICKLE);
  }

  long at() {
    return at;
  }

  int u8() {
    return data.get(JAVA_BYTE, advance(1)) & 255;
  }

  int u16() {
    return Short.toUnsignedInt(data.get(SHORT, advance(2)));
  }

  int i32() {
    return data.get(INT, advance(4));
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  long i64() {
    return data.get(LONG, advance(8));
  }

  double f64() {
    return data.get(DOUBLE, advance(8));
  }

  void skip(long bytes) {
    advance(bytes);
  }

  /** Text of so many bytes. */
  String text(long length) {
    long from = advance(length);
    return new String(data.asSlice(from, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** A line of text, without its end. */
  String line() {
    StringBuilder line = new StringBuilder();
    for (int c = u8(); c != '\n'; c = u8()) {
      if (line.length() == LONGEST_LINE) {
        throw damaged("has a name of more than " + LONGEST_LINE + " characters");
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /** An integer in two's complement. */
  Pickled integer(int length) {
    if (length < 0 || length > LONGEST_INTEGER) {
      throw damaged("has an integer of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = data.asSlice(advance(length), length).toArray(JAVA_BYTE);
    if (length > Long.BYTES) {
      return new Pickled.Wide(bytes);
    }
    long value = length > 0 && bytes[length - 1] < 0 ? -1 : 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 255;
    }
    return new Pickled.Whole(value);
  }

  /** The pickle is damaged: {@code what} completes a sentence about it. */
  PunaException damaged(String what) {
    return new PunaException(
        "%s: its pickle %s, near byte %d".formatted(file.path(), what, at),
        "the file is damaged, or no checkpoint; get the model anew, as safetensors if possible");
  }

  private long advance(long bytes) {
    if (bytes < 0 || bytes > limit - at) {
      throw limit < data.byteSize()
          ? damaged("has more than " + LONGEST_PICKLE + " bytes")
          : damaged("is cut short");
    }
    long from = at;
    at += bytes;
    return from;
  }
}
