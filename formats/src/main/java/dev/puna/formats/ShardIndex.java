package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A {@code model.safetensors.index.json} or {@code pytorch_model.bin.index.json}: which of the
 * files beside it holds which tensor, under {@code weight_map}.
 */
final class ShardIndex {
  private ShardIndex() {}

  /**
   * One of the files.
   *
   * @param index the file that lists it
   * @param promised the names of its tensors
   */
  record Shard(Path index, Path file, Set<String> promised) {
    /** Refuses a shard that holds other tensors than promised. */
    @SafeVarargs
    final void check(Collection<String>... held) {
      Set<String> missing = new HashSet<>(promised);
      for (Collection<String> names : held) {
        for (String name : names) {
          if (!missing.remove(name)) {
            throw new PunaException(
                "%s holds tensor '%s', which %s does not list there".formatted(file, name, index),
                "the files are from different checkpoints; get all of them again");
          }
        }
      }
      if (!missing.isEmpty()) {
        throw new PunaException(
            "%s lacks tensor '%s', which %s lists there"
                .formatted(file, missing.iterator().next(), index),
            "the files are from different checkpoints; get all of them again");
      }
    }
  }

  /** The shards by the names of their files; all of them exist. */
  static List<Shard> read(Path index) {
    Path folder = index.toAbsolutePath().getParent();
    if (folder == null) {
      throw new PunaException(index + " is in no folder", "check the path");
    }
    List<Shard> shards = new ArrayList<>();
    weightMap(index)
        .forEach(
            (name, promised) -> {
              Path file = folder.resolve(name);
              if (!Files.exists(file)) {
                throw new PunaException(
                    "the shard %s, which %s lists, is missing".formatted(file, index),
                    "download the whole checkpoint");
              }
              shards.add(new Shard(index, file, promised));
            });
    return shards;
  }

  /** The names of the tensors of each shard, by the shard's file name. */
  private static SortedMap<String, Set<String>> weightMap(Path file) {
    Config weights = Config.read(file).object("weight_map");
    if (weights == null || weights.keys().isEmpty()) {
      throw new PunaException(file + " has no weight_map", "name the index of a checkpoint");
    }
    SortedMap<String, Set<String>> shards = new TreeMap<>();
    for (String tensor : weights.keys()) {
      String shard = weights.text(tensor);
      if (!isPlain(shard)) {
        throw new PunaException(
            "%s puts tensor '%s' into '%s'".formatted(file, tensor, shard),
            "only plain names of files in the same folder are allowed");
      }
      shards.computeIfAbsent(shard, _ -> new HashSet<>()).add(tensor);
    }
    return shards;
  }

  /** Whether the name can only mean a file in the folder itself, on any system. */
  private static boolean isPlain(String name) {
    if (name.isBlank() || name.equals(".") || name.contains("..")) {
      return false;
    }
    if (name.chars().anyMatch(c -> c == '/' || c == '\\' || c == ':')) {
      return false;
    }
    try {
      return !Path.of(name).isAbsolute();
    } catch (InvalidPathException _) {
      return false; // a zero character, or one that the system's encoding lacks
    }
  }
}
