package dev.puna.cpu;

import dev.puna.tensor.DType;

/**
 * Writes keys or values of the step's rows to their slots. Bound by memory.
 *
 * @param layer number of the layer's state
 * @param keys whether x are keys
 */
record StoreKernel(int layer, boolean keys, Matrix x) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    CpuState state = pass.state();
    int size = state.type() == DType.F16 ? 2 : 4;
    for (int t = fromRow; t < toRow; t++) {
      int slot = pass.step().slot(t);
      long to = keys ? state.key(layer, slot) : state.value(layer, slot);
      store(x.at(worker, t, fromCol), toCol - fromCol, to + (long) size * fromCol, size == 2);
    }
  }

  private static void store(long from, int count, long to, boolean half) {
    if (!half) {
      Memory.copy(from, to, 4L * count);
      return;
    }
    for (int c = 0; c < count; c++) {
      Memory.i16(to + 2L * c, Float.floatToFloat16(Memory.f32(from + 4L * c)));
    }
  }
}
