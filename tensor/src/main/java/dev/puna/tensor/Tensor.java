package dev.puna.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of block-encoded numbers, row-major, in native or mapped memory; a row is a whole number
 * of blocks. A vector is a matrix of one row. The owner of {@code data} closes its arena.
 *
 * @param rows number of rows, at least 0
 * @param cols numbers in a row
 * @param data exactly {@code rows} encoded rows
 */
public record Tensor(DType type, long rows, long cols, MemorySegment data) {
  public Tensor {
    if (data.byteSize() != Math.multiplyExact(rows, type.bytes(cols))) {
      throw new IllegalArgumentException(
          "%d x %d numbers of %s do not fill %d bytes"
              .formatted(rows, cols, type, data.byteSize()));
    }
  }

  /** A matrix of single-precision numbers on the heap, [rows, values.length / rows]. */
  public static Tensor of(long rows, float... values) {
    return new Tensor(DType.F32, rows, values.length / rows, MemorySegment.ofArray(values));
  }

  /** Bytes of a row. */
  public long rowBytes() {
    return type.bytes(cols);
  }

  /** Rows [from, to), without copying. */
  public Tensor rows(long from, long to) {
    long row = rowBytes();
    return new Tensor(type, to - from, cols, data.asSlice(from * row, (to - from) * row));
  }

  /** Decodes row {@code row} into {@code target[at, at + cols)}. */
  public void row(long row, float[] target, int at) {
    type.decode(data, row * rowBytes(), target, at, Math.toIntExact(cols));
  }

  /** All numbers, decoded; for small tensors. */
  public float[] toArray() {
    float[] all = new float[Math.toIntExact(rows * cols)];
    type.decode(data, 0, all, 0, all.length);
    return all;
  }
}
