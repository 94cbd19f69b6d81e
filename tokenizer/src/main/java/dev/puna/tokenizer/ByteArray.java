package dev.puna.tokenizer;

import java.util.Arrays;

/** Bytes that grow at the end. */
final class ByteArray {
  private byte[] bytes;
  private int length;

  ByteArray(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  /** The bytes; valid up to {@link #length} and until the next change. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  void add(byte value) {
    reserve(1);
    bytes[length++] = value;
  }

  void add(byte[] values) {
    reserve(values.length);
    // Short ones only: a loop beats the call of arraycopy.
    for (byte value : values) {
      bytes[length++] = value;
    }
  }

  boolean endsWith(byte[] values) {
    return length >= values.length
        && Arrays.equals(bytes, length - values.length, length, values, 0, values.length);
  }

  void removeLast(int count) {
    length -= count;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      long wanted = Math.max((long) length + more, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
  }
}
