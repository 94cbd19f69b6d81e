package dev.puna.formats;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The mapped files of a checkpoint and the tensors in them; closing unmaps all. */
final class MappedShards implements TensorFile {
  private final Path path;
  private final List<MappedFile> files = new ArrayList<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, OtherTensor> others = new LinkedHashMap<>();

  MappedShards(Path path) {
    this.path = path;
  }

  /** Maps one more file. */
  MappedFile map(Path file) {
    MappedFile mapped = MappedFile.open(file, opened -> opened);
    files.add(mapped);
    return mapped;
  }

  void add(StoredTensor tensor) {
    tensors.put(tensor.name(), tensor);
  }

  void add(OtherTensor tensor) {
    others.put(tensor.name(), tensor);
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public SequencedMap<String, OtherTensor> others() {
    return Collections.unmodifiableSequencedMap(others);
  }

  @Override
  public void close() {
    files.forEach(MappedFile::close);
  }
}
