package dev.puna.cpu;

import dev.puna.cpu.kernels.RowKernels;
import dev.puna.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys or values of the step's rows to their slots. Bound by memory.
 *
 * @param layer number of the layer's state
 * @param keys whether x are keys
 */
record StoreKernel(int layer, boolean keys, Matrix x) implements Kernel {
  private static final @Nullable RowKernels ROWS = RowKernels.best();

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    CpuState state = pass.state();
    int size = state.type() == DType.F16 ? 2 : 4;
    for (int t = fromRow; t < toRow; t++) {
      int slot = pass.step().slot(t);
      long to = keys ? state.key(layer, slot) : state.value(layer, slot);
      long from = x.at(worker, t, fromCol);
      store(pass.scratch(worker), from, toCol - fromCol, to + (long) size * fromCol, size == 2);
    }
  }

  private static void store(Scratch scratch, long from, int count, long to, boolean half) {
    if (!half) {
      Memory.copy(from, to, 4L * count);
      return;
    }
    int whole = ROWS == null ? 0 : ROWS.halves(scratch.address, from, to, count);
    for (int c = whole; c < count; c++) {
      Memory.i16(to + 2L * c, Float.floatToFloat16(Memory.f32(from + 4L * c)));
    }
  }
}
