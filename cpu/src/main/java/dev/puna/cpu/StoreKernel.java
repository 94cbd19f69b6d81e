package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys or values of the step's rows to their slots. Bound by memory; in Q8_0 by the
 * rounding.
 *
 * @param layer number of the layer's state
 * @param keys whether x are keys
 */
record StoreKernel(int layer, boolean keys, Matrix x) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    CpuState state = pass.state();
    DType type = state.type();
    Scratch scratch = pass.scratch(worker);
    for (int t = fromRow; t < toRow; t++) {
      int slot = pass.step().slot(t);
      long row = keys ? state.key(layer, slot) : state.value(layer, slot);
      long from = x.at(worker, t, fromCol);
      store(type, scratch, from, toCol - fromCol, row + type.bytes(fromCol));
    }
  }

  /** Writes {@code count} numbers, whole blocks of the type. */
  static void store(DType type, Scratch scratch, long from, int count, long to) {
    switch (type) {
      case F32 -> Memory.copy(from, to, 4L * count);
      case F16 -> halves(scratch, from, count, to);
      case Q8_0 -> blocks(scratch, from, count, to);
      default -> throw new IllegalArgumentException("no keys and values of type " + type);
    }
  }

  private static void halves(Scratch scratch, long from, int count, long to) {
    int whole = ROWS == null ? 0 : ROWS.halves(scratch.address, from, to, count);
    for (int c = whole; c < count; c++) {
      Memory.i16(to + 2L * c, Float.floatToFloat16(Memory.f32(from + 4L * c)));
    }
  }

  private static void blocks(Scratch scratch, long from, int count, long to) {
    if (ROWS != null) {
      ROWS.encode(scratch.address, from, to, count);
      return;
    }
    int size = DType.Q8_0.blockSize(); // nobody needs scores now, of which there are more
    for (int c = 0; c < count; c += size) {
      for (int i = 0; i < size; i++) {
        scratch.scores[i] = Memory.f32(from + 4L * (c + i));
      }
      DType.Q8_0.encode(scratch.scores, 0, size, Memory.ALL, to + DType.Q8_0.bytes(c));
    }
  }
}
