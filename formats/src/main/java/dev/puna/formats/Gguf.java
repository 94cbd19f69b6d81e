package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.SequencedMap;

/**
 * A GGUF file, version 2 or 3, little-endian, as ggml's docs/gguf.md specifies it. Only the header
 * is read; the tensors are slices of the mapped file. Dimensions, which GGUF stores innermost
 * first, are given outermost first.
 */
public final class Gguf implements TensorFile {
  private final MappedFile file;
  private final GgufMetadata metadata;
  private final SequencedMap<String, GgufValue> encodedMetadata;
  private final SequencedMap<String, StoredTensor> tensors;

  private Gguf(MappedFile file) {
    GgufReader reader = new GgufReader(file);
    reader.read();
    this.file = file;
    this.metadata = reader.metadata();
    this.encodedMetadata = reader.encoded();
    this.tensors = reader.tensors();
  }

  /**
   * Maps a file and reads its header.
   *
   * @throws PunaException if it is not GGUF, is damaged, or holds a type that is not supported
   */
  public static Gguf open(Path file) {
    return MappedFile.open(file, Gguf::new);
  }

  @Override
  public Path path() {
    return file.path();
  }

  /** The key-value pairs. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /**
   * The key-value pairs as the file encodes them, in file order, for {@link GgufWriter} to copy.
   * The values are slices of the mapped file.
   */
  public SequencedMap<String, GgufValue> encodedMetadata() {
    return encodedMetadata;
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public void close() {
    file.close();
  }
}
