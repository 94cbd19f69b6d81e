package dev.puna.cpu;

import dev.puna.program.Backend;
import dev.puna.program.RowOpContract;

/** The contract with more workers than some regions have work for. */
class CpuRowOpTest extends RowOpContract {
  @Override
  protected Backend backend() {
    CpuBackend backend = new CpuBackend();
    backend.threads(3);
    return backend;
  }
}
