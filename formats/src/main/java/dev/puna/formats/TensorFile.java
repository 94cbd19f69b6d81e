package dev.puna.formats;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A file (or several) of named tensors, mapped. Nothing is copied that lies in the file as it is
 * needed; the rest is made when asked for, see {@link StoredTensor#data}. Closing unmaps: no tensor
 * may be used after that.
 */
public interface TensorFile extends AutoCloseable {
  /** What was opened: a file, or the folder of a checkpoint in several files. */
  Path path();

  /**
   * The tensors by name, in file order: of GGUF the order of its entries, of PyTorch that of the
   * pickled dictionary, of others the bytes.
   */
  SequencedMap<String, StoredTensor> tensors();

  /** The tensors of types that are no weights as they stand, by name. */
  default SequencedMap<String, OtherTensor> others() {
    return Collections.unmodifiableSequencedMap(new LinkedHashMap<>());
  }

  @Override
  void close();
}
