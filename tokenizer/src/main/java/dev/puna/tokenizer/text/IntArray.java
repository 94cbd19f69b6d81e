package dev.puna.tokenizer.text;

import java.util.Arrays;

/** Integers that grow at the end. */
public final class IntArray {
  private int[] values = new int[64];
  private int size;

  public void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  /** Appends some of the elements of an array. */
  public void add(int[] more, int from, int to) {
    reserve(to - from);
    System.arraycopy(more, from, values, size, to - from);
    size += to - from;
  }

  private void reserve(int more) {
    if (values.length - size < more) {
      values = Arrays.copyOf(values, Math.max(size + more, 2 * values.length));
    }
  }

  public int size() {
    return size;
  }

  public int get(int index) {
    return values[index];
  }

  public void set(int index, int value) {
    values[index] = value;
  }

  /** Takes off the end all but the first elements. */
  public void truncate(int newSize) {
    size = newSize;
  }

  public int removeLast() {
    return values[--size];
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public int[] toArray() {
    return Arrays.copyOf(values, size);
  }

  /** A copy of some of the elements. */
  public int[] toArray(int from, int to) {
    return Arrays.copyOfRange(values, from, to);
  }
}
