package dev.puna.program;

import dev.puna.tensor.Tensor;

/** Weights as a backend holds them: mapped, repacked or uploaded. */
public interface Weights extends AutoCloseable {
  /** Memory held beside the checkpoint's mapping, in bytes. */
  long bytes();

  @Override
  void close();

  /** Where weights come from: a checkpoint, seen by canonical names and shapes. */
  interface Source {
    /**
     * The tensor of a weight, of exactly its shape.
     *
     * @throws dev.puna.tensor.PunaException if it is missing or has another shape
     */
    Tensor tensor(Weight weight);
  }
}
