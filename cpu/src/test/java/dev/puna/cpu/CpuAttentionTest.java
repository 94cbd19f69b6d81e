package dev.puna.cpu;

import dev.puna.program.AttentionContract;
import dev.puna.program.Backend;

/** The contract with more workers than some regions have work for. */
class CpuAttentionTest extends AttentionContract {
  @Override
  protected Backend backend() {
    CpuBackend backend = new CpuBackend();
    backend.threads(3);
    return backend;
  }
}
