package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A PyTorch checkpoint ({@code .bin}, {@code .pth}, {@code .pt}): one file that {@code torch.save}
 * wrote, or the shards that an index lists. A pickle is a program; here it is read as data, and one
 * that names anything that weights do not need is refused by that name.
 *
 * <p>Numbers are slices of the mapped file. Only a matrix that is stored transposed, or in double
 * precision, is made when asked for.
 */
public final class PyTorch implements TensorFile {
  private static final String INDEX = "pytorch_model.bin.index.json";
  private static final String SINGLE = "pytorch_model.bin";

  private final Path path;
  private final List<MappedFile> files = new ArrayList<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, OtherTensor> others = new LinkedHashMap<>();

  private PyTorch(Path path) {
    this.path = path;
  }

  /**
   * Maps a file, the shards of an index (its name ends in .json), or the checkpoint in a folder:
   * pytorch_model.bin.index.json if present, else pytorch_model.bin.
   *
   * @throws PunaException if a file is missing, damaged, not what the index says, or wants to run
   *     something
   */
  public static PyTorch open(Path fileOrFolder) {
    Path file = Files.isDirectory(fileOrFolder) ? choose(fileOrFolder) : fileOrFolder;
    PyTorch opened = new PyTorch(fileOrFolder);
    try {
      if (file.toString().endsWith(".json")) {
        ShardIndex.read(file)
            .forEach(
                shard -> {
                  TorchTensors read = opened.add(shard.file());
                  shard.check(read.tensors().keySet(), read.others().keySet());
                });
      } else {
        opened.add(file);
      }
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private static Path choose(Path folder) {
    Path index = folder.resolve(INDEX);
    return Files.exists(index) ? index : folder.resolve(SINGLE);
  }

  private TorchTensors add(Path file) {
    MappedFile mapped = MappedFile.open(file, opened -> opened);
    files.add(mapped);
    TorchTensors read = TorchTensors.read(mapped);
    tensors.putAll(read.tensors());
    others.putAll(read.others());
    return read;
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
