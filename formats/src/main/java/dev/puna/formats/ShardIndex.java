package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A {@code model.safetensors.index.json}: which of the files beside it holds which tensor, under
 * {@code weight_map}.
 */
final class ShardIndex {
  private ShardIndex() {}

  /** The names of the tensors of each shard, by the shard's file name. */
  static SortedMap<String, Set<String>> read(Path file) {
    Config weights = Config.read(file).object("weight_map");
    if (weights == null || weights.keys().isEmpty()) {
      throw new PunaException(
          file + " has no weight_map", "name the index of a safetensors checkpoint");
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
