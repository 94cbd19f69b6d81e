package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads little-endian values one after another; refuses to read past the end of the header. */
final class GgufCursor {
  /** Far above any real vocabulary; keeps a hostile file from filling the memory. */
  private static final long LONGEST_HEADER = 256L << 20;

  /** Some files embed a whole tokenizer.json, of up to 35 MB. */
  private static final int LONGEST_STRING = 64 << 20;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final MemorySegment data;
  private final long limit;
  private long at;
  private byte[] text = new byte[256];

  GgufCursor(MappedFile file) {
    this.file = file;
    this.data = file.data();
    this.limit = Math.min(file.size(), LONGEST_HEADER);
  }

  /** The position of the next byte to be read. */
  long at() {
    return at;
  }

  byte i8() {
    return data.get(JAVA_BYTE, advance(1));
  }

  short i16() {
    return data.get(SHORT, advance(2));
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

  /**
   * A count of things that follow.
   *
   * @param leastBytes the fewest bytes that each takes in the file
   * @param most the most that are sensible
   */
  int count(String things, int leastBytes, int most) {
    long start = at;
    long count = i64();
    if (count < 0 || count > (limit - at) / leastBytes) {
      throw file.damaged(
          "promises %s %s at byte %d, more than fit into it"
              .formatted(Long.toUnsignedString(count), things, start));
    }
    if (count > most) {
      throw new PunaException(
          "%s has %d %s".formatted(file.path(), count, things), "at most " + most + " can be read");
    }
    return (int) count;
  }

  /** A string; bytes that are not UTF-8 are replaced, since tokens may be parts of characters. */
  String string() {
    long start = at;
    long length = i64();
    if (length < 0 || length > limit - at) {
      throw file.damaged(
          "holds a string of %s bytes at byte %d, longer than the rest of it"
              .formatted(Long.toUnsignedString(length), start));
    }
    if (length > LONGEST_STRING) {
      throw new PunaException(
          "%s holds a string of %d bytes at byte %d".formatted(file.path(), length, start),
          "at most " + LONGEST_STRING + " can be read");
    }
    if (length > text.length) {
      text = new byte[(int) length];
    }
    MemorySegment.copy(data, JAVA_BYTE, advance(length), text, 0, (int) length);
    return new String(text, 0, (int) length, StandardCharsets.UTF_8);
  }

  private long advance(long bytes) {
    if (bytes > limit - at) {
      if (limit < file.size()) {
        throw new PunaException(
            "%s has more than %d bytes of metadata".formatted(file.path(), LONGEST_HEADER),
            "the file is damaged, or not a language model");
      }
      throw file.damaged("ends in the middle of its header, at byte " + at);
    }
    long from = at;
    at += bytes;
    return from;
  }
}
