package dev.puna.formats;

import java.nio.file.Path;
import java.util.SequencedMap;

/**
 * A file (or several) of named tensors, mapped, never copied. Closing unmaps: no tensor may be used
 * after that.
 */
public interface TensorFile extends AutoCloseable {
  /** What was opened: a file, or the folder of a checkpoint in several files. */
  Path path();

  /** The tensors by name, in file order: of GGUF the order of its entries, of others the bytes. */
  SequencedMap<String, StoredTensor> tensors();

  @Override
  void close();
}
