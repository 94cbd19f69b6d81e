package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which part of a split model a GGUF file is, as llama.cpp's gguf-split writes it.
 *
 * @param number of the part, from 0
 * @param count of parts; 1 if the file is not split
 * @param tensors in all parts together; -1 if the file does not say
 */
record GgufSplit(long number, long count, long tensors) {
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  /** The keys that say it. */
  static final Set<String> KEYS = Set.of(NUMBER, COUNT, TENSORS);

  /** NAME-00001-of-00003.gguf: parts are counted from 1 in names. */
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(\\.gguf)");

  static GgufSplit of(GgufMetadata metadata) {
    return new GgufSplit(
        metadata.integer(NUMBER, 0),
        Math.max(1, metadata.integer(COUNT, 1)),
        metadata.integer(TENSORS, -1));
  }

  /** The path of part {@code i}, beside that part that was named. */
  Path part(Path named, int i) {
    Matcher name = NAME.matcher(String.valueOf(named.getFileName()));
    if (!name.matches() || Long.parseLong(name.group(3)) != count) {
      throw new PunaException(
          "%s is part %d of a model in %d files, but is not named like one"
              .formatted(named, number + 1, count),
          "its parts should be named NAME-00001-of-%05d.gguf and so on".formatted(count));
    }
    return named.resolveSibling(
        "%s-%05d-of-%05d%s".formatted(name.group(1), i + 1, count, name.group(4)));
  }

  void checkTensors(Path file, int found) {
    if (tensors >= 0 && tensors != found) {
      throw new PunaException(
          "%s has %d tensors in its parts instead of %d".formatted(file, found, tensors),
          "the parts are from different models; get all of them again");
    }
  }
}
