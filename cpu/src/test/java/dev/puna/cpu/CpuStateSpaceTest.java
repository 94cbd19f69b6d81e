package dev.puna.cpu;

import dev.puna.program.Backend;
import dev.puna.program.StateSpaceContract;

/** The contract with more workers than some regions have work for. */
class CpuStateSpaceTest extends StateSpaceContract {
  @Override
  protected Backend backend() {
    CpuBackend backend = new CpuBackend();
    backend.threads(3);
    return backend;
  }
}
