package dev.puna.formats;

import dev.puna.formats.Pickled.TensorView;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor whose numbers do not lie one after another, such as a transposed matrix.
 *
 * @param view inside the storage in every number
 * @param type one without blocks
 * @param storage the bytes that it is a view of
 */
record StridedView(TensorView view, DType type, MemorySegment storage) {
  /** The numbers in row-major order. */
  MemorySegment gather(Arena arena) {
    List<Long> shape = view.shape();
    long cols = shape.getLast();
    long stride = view.strides().getLast();
    int size = type.blockBytes();
    return Rows.make(
        arena,
        type,
        StoredTensor.rows(shape),
        cols,
        (from, to, target) -> {
          for (long row = from; row < to; row++) {
            long at = first(row);
            for (long c = 0; c < cols; c++) {
              MemorySegment.copy(
                  storage, (at + c * stride) * size, target, (row * cols + c) * size, size);
            }
          }
        });
  }

  /** Where a row of the matrix that the tensor makes begins, in numbers. */
  private long first(long row) {
    long at = view.offset();
    for (int i = view.shape().size() - 2; i >= 0; i--) {
      long dimension = view.shape().get(i);
      at += row % dimension * view.strides().get(i);
      row /= dimension;
    }
    return at;
  }
}
