package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
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
  private final SequencedMap<String, OtherTensor> others = new LinkedHashMap<>();

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

  /** Tensors of floating-point numbers; shards in the order of their names. */
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
    switch (entry) {
      case SafetensorsHeader.Weights w -> tensors.put(w.name(), w.tensor());
      case SafetensorsHeader.Others o -> others.put(o.name(), o.tensor());
    }
  }

  private void addShards(Path index) {
    for (ShardIndex.Shard shard : ShardIndex.read(index)) {
      List<SafetensorsHeader.Entry> entries = add(shard.file());
      shard.check(entries.stream().map(SafetensorsHeader.Entry::name).toList());
      entries.forEach(this::add);
    }
  }
}
