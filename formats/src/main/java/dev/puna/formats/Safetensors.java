package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A safetensors checkpoint: one file, or the shards that an index file lists (the format is that of
 * the huggingface/safetensors README). Only headers are read; the tensors are slices of the mapped
 * files.
 */
public final class Safetensors implements TensorFile {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";

  private final Path path;
  private final List<MappedFile> files = new ArrayList<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, String> otherTypes = new LinkedHashMap<>();

  private Safetensors(Path path) {
    this.path = path;
  }

  /**
   * Maps a file, the shards of an index file (its name ends in .json), or the checkpoint in a
   * folder: model.safetensors.index.json if present, else model.safetensors, else the only
   * *.safetensors.
   *
   * @throws PunaException if a file is missing, damaged, or not what the index says
   */
  public static Safetensors open(Path fileOrFolder) {
    Path file = Files.isDirectory(fileOrFolder) ? choose(fileOrFolder) : fileOrFolder;
    Safetensors opened = new Safetensors(fileOrFolder);
    try {
      if (file.toString().endsWith(".json")) {
        opened.addShards(file);
      } else {
        opened.add(file).forEach(opened::add);
      }
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  @Override
  public Path path() {
    return path;
  }

  /** Tensors of type F32, F16 and BF16; shards in the order of their names. */
  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /** The tensors of types that are not supported (I64, F8_E4M3, ...): name and type. */
  public Map<String, String> otherTypes() {
    return Collections.unmodifiableMap(otherTypes);
  }

  @Override
  public void close() {
    files.forEach(MappedFile::close);
  }

  private static Path choose(Path folder) {
    for (String name : List.of(INDEX, SINGLE)) {
      if (Files.exists(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found =
          files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
      if (found.size() == 1) {
        return found.getFirst();
      }
      throw found.isEmpty()
          ? new PunaException(
              "the folder " + folder + " has no .safetensors file", "name one that has")
          : new PunaException(
              "the folder %s has %d .safetensors files and no %s"
                  .formatted(folder, found.size(), INDEX),
              "name one of the files");
    } catch (IOException e) {
      throw MappedFile.unreadable(folder, e);
    }
  }

  private List<SafetensorsHeader.Entry> add(Path file) {
    MappedFile mapped = MappedFile.open(file, opened -> opened);
    files.add(mapped);
    return SafetensorsHeader.read(mapped);
  }

  private void add(SafetensorsHeader.Entry entry) {
    if (entry.tensor() == null) {
      otherTypes.put(entry.name(), entry.dtype());
    } else {
      tensors.put(entry.name(), entry.tensor());
    }
  }

  private void addShards(Path index) {
    Path folder = index.toAbsolutePath().getParent();
    if (folder == null) {
      throw new PunaException(index + " is in no folder", "check the path");
    }
    ShardIndex.read(index)
        .forEach((name, promised) -> addShard(index, folder.resolve(name), promised));
  }

  private void addShard(Path index, Path shard, Set<String> promised) {
    if (!Files.exists(shard)) {
      throw new PunaException(
          "the shard %s, which %s lists, is missing".formatted(shard, index),
          "download the whole checkpoint");
    }
    List<SafetensorsHeader.Entry> entries = add(shard);
    for (SafetensorsHeader.Entry entry : entries) {
      if (!promised.remove(entry.name())) {
        throw new PunaException(
            "%s holds tensor '%s', which %s does not list there"
                .formatted(shard, entry.name(), index),
            "the files are from different checkpoints; get all of them again");
      }
      add(entry);
    }
    if (!promised.isEmpty()) {
      throw new PunaException(
          "%s lacks tensor '%s', which %s lists there"
              .formatted(shard, promised.iterator().next(), index),
          "the files are from different checkpoints; get all of them again");
    }
  }
}
