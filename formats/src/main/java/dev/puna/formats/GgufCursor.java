package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Reads little-endian values one after another; refuses to read past the end of the header. */
final class GgufCursor {
  /** Far above any real vocabulary; keeps a hostile file from filling the memory. */
  private static final long LONGEST_HEADER = 256L << 20;

  /** Some files embed a whole tokenizer.json, of up to 35 MB. */
  private static final int LONGEST_STRING = 64 << 20;

  private static final int WINDOW = 1 << 16;

  private final MappedFile file;
  private final MemorySegment data;
  private final long limit;
  private long at;

  /**
   * A copy of the bytes from {@code windowFrom}: a header is read once, before anything is
   * compiled, and an interpreter reads an array some ten times as fast as a memory segment.
   */
  private final byte[] window = new byte[WINDOW];

  private long windowFrom;
  private int windowBytes;

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
    return window[windowed(1)];
  }

  short i16() {
    return (short) littleEndian(windowed(2), 2);
  }

  int i32() {
    return (int) littleEndian(windowed(4), 4);
  }

  long u32() {
    return Integer.toUnsignedLong(i32());
  }

  long i64() {
    return littleEndian(windowed(8), 8);
  }

  private long littleEndian(int from, int bytes) {
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | window[from + i] & 0xff;
    }
    return value;
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
    int bytes = (int) length;
    if (bytes <= WINDOW) {
      return new String(window, windowed(bytes), bytes, StandardCharsets.UTF_8);
    }
    byte[] text = new byte[bytes];
    MemorySegment.copy(data, JAVA_BYTE, advance(bytes), text, 0, bytes);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Where the next bytes, at most {@link #WINDOW}, are in the window. */
  private int windowed(int bytes) {
    long from = advance(bytes);
    if (from < windowFrom || from + bytes > windowFrom + windowBytes) {
      windowFrom = from;
      windowBytes = (int) Math.min(WINDOW, limit - from);
      MemorySegment.copy(data, JAVA_BYTE, from, window, 0, windowBytes);
    }
    return (int) (from - windowFrom);
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
