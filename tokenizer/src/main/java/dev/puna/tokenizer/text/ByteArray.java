package dev.puna.tokenizer.text;

import java.util.Arrays;

/** Bytes that grow at the end. */
public final class ByteArray {
  private byte[] bytes;
  private int length;

  public ByteArray(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  /** The bytes; valid up to {@link #length} and until the next change. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  public void add(byte value) {
    reserve(1);
    bytes[length++] = value;
  }

  public void add(byte[] values) {
    reserve(values.length);
    // Short ones only: a loop beats the call of arraycopy.
    for (byte value : values) {
      bytes[length++] = value;
    }
  }

  /** Appends some of the elements of an array. */
  public void add(byte[] values, int from, int to) {
    reserve(to - from);
    System.arraycopy(values, from, bytes, length, to - from);
    length += to - from;
  }

  /** Appends the UTF-8 of a code point. */
  public void addCodePoint(int point) {
    reserve(4);
    length += Utf8.encode(point, bytes, length);
  }

  /** Takes off the end all but the first bytes. */
  public void truncate(int newLength) {
    length = newLength;
  }

  public boolean endsWith(byte[] values) {
    return length >= values.length
        && Arrays.equals(bytes, length - values.length, length, values, 0, values.length);
  }

  public void removeLast(int count) {
    length -= count;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      long wanted = Math.max((long) length + more, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
  }
}
