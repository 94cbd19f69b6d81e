package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.program.AdapterContract;
import dev.puna.program.Backend;
import dev.puna.tensor.DType;

/** The contract with more workers than some regions have work for. */
class CpuAdapterTest extends AdapterContract {
  @Override
  protected boolean roundsActivations(DType type) {
    return PanelLayout.of(type) != null;
  }

  @Override
  protected Backend backend() {
    CpuBackend backend = new CpuBackend();
    backend.threads(3);
    return backend;
  }
}
