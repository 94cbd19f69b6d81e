package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The weights of Meta's own LLaMA releases: consolidated.00.pth and so on, each with the part of
 * every matrix that one of the GPUs works on (fairscale's model parallel layers). Where there are
 * several, a matrix is merged when it is asked for.
 */
public final class Consolidated implements TensorFile {
  private static final Pattern NAME = Pattern.compile("consolidated\\.(\\d{2})\\.pth");

  private final Path folder;
  private final long width;
  private final long keyRows;
  private final List<PyTorch> shards = new ArrayList<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

  /** How a matrix is divided among the shards. */
  private enum Split {
    /** Layers whose outputs are divided. */
    ROWS,
    /** Layers whose inputs are. */
    COLUMNS,
    /** Everybody has all of it. */
    NONE
  }

  private Consolidated(Path folder, long width, long keyRows) {
    this.folder = folder;
    this.width = width;
    this.keyRows = keyRows;
  }

  /** Whether a folder holds such files. */
  public static boolean isIn(Path folder) {
    return !files(folder).isEmpty();
  }

  /**
   * Opens all of a folder's shards.
   *
   * @param width columns of the residual stream: tells whether the embedding table is divided by
   *     columns (LLaMA 1 and 2) or by rows (LLaMA 3)
   * @param keyRows rows of a key or value projection: with more shards than key heads, several
   *     shards hold the same ones
   * @throws PunaException if a shard is missing, damaged, or unlike the others
   */
  public static Consolidated open(Path folder, long width, long keyRows) {
    Consolidated opened = new Consolidated(folder, width, keyRows);
    try {
      for (Path file : files(folder)) {
        opened.shards.add(PyTorch.open(file));
      }
      opened.shards.getFirst().tensors().keySet().forEach(opened::add);
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  /** The shards in their order; none may be missing in between. */
  private static List<Path> files(Path folder) {
    TreeMap<Integer, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(
          file -> {
            Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
            if (name.matches()) {
              found.put(Integer.parseInt(name.group(1)), file);
            }
          });
    } catch (IOException e) {
      throw MappedFile.unreadable(folder, e);
    }
    for (int i = 0; i < found.size(); i++) {
      if (!found.containsKey(i)) {
        throw new PunaException(
            "%s lacks consolidated.%02d.pth".formatted(folder, i), "get the whole checkpoint");
      }
    }
    return List.copyOf(found.values());
  }

  private void add(String name) {
    List<StoredTensor> parts = new ArrayList<>();
    StoredTensor first = Objects.requireNonNull(shards.getFirst().tensors().get(name));
    for (PyTorch shard : shards) {
      StoredTensor part = shard.tensors().get(name);
      if (part == null || !part.shape().equals(first.shape()) || part.type() != first.type()) {
        throw new PunaException(
            "%s has tensor '%s' otherwise than %s"
                .formatted(shard.path(), name, shards.getFirst().path().getFileName()),
            "the files are from different checkpoints; get all of them again");
      }
      parts.add(part);
    }
    tensors.put(name, merged(name, parts));
  }

  private StoredTensor merged(String name, List<StoredTensor> parts) {
    StoredTensor first = parts.getFirst();
    if (parts.size() == 1 || first.shape().size() != 2) {
      return first;
    }
    List<StoredTensor> distinct = isKey(name) ? distinct(name, parts) : parts;
    long rows = first.rows();
    long cols = first.columns();
    long count = distinct.size();
    return switch (split(name, cols)) {
      case NONE -> first;
      case ROWS ->
          new StoredTensor(
              name, first.type(), List.of(count * rows, cols), made(a -> stacked(distinct, a)));
      case COLUMNS ->
          new StoredTensor(
              name, first.type(), List.of(rows, count * cols), made(a -> abreast(distinct, a)));
    };
  }

  private static StoredTensor.Made made(StoredTensor.Made made) {
    return made;
  }

  private static boolean isKey(String name) {
    return name.endsWith(".wk.weight") || name.endsWith(".wv.weight");
  }

  /** One shard of each group that hold the same heads. */
  private List<StoredTensor> distinct(String name, List<StoredTensor> parts) {
    long rows = parts.getFirst().rows();
    long copies = rows == 0 ? 1 : parts.size() * rows / Math.max(1, keyRows);
    if (copies <= 1) {
      return parts;
    }
    if (copies * keyRows != parts.size() * rows || parts.size() % copies != 0) {
      throw new PunaException(
          "%s: %d shards with %d rows of %s make no projection of %d rows"
              .formatted(folder, parts.size(), rows, name, keyRows),
          "params.json and the weights do not belong together");
    }
    List<StoredTensor> distinct = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += (int) copies) {
      distinct.add(parts.get(i));
    }
    return distinct;
  }

  private Split split(String name, long cols) {
    String[] words = name.split("\\.");
    return switch (words[Math.max(0, words.length - 2)]) {
      case "wq", "wk", "wv", "w1", "w3", "output" -> Split.ROWS;
      case "wo", "w2" -> Split.COLUMNS;
      case "tok_embeddings" -> cols == width ? Split.ROWS : Split.COLUMNS;
      default -> Split.NONE;
    };
  }

  /** The parts below each other. */
  private static MemorySegment stacked(List<StoredTensor> parts, Arena arena) {
    long bytes = parts.getFirst().bytes();
    MemorySegment target = arena.allocate(Math.multiplyExact(bytes, parts.size()), 64);
    for (int i = 0; i < parts.size(); i++) {
      MemorySegment.copy(parts.get(i).data(arena), 0, target, i * bytes, bytes);
    }
    return target;
  }

  /** The parts beside each other. */
  private static MemorySegment abreast(List<StoredTensor> parts, Arena arena) {
    StoredTensor first = parts.getFirst();
    DType type = first.type();
    long bytes = type.bytes(first.columns());
    int count = parts.size();
    List<MemorySegment> data = parts.stream().map(part -> part.data(arena)).toList();
    return Rows.make(
        arena,
        type,
        first.rows(),
        first.columns() * count,
        (from, to, target) -> {
          for (long row = from; row < to; row++) {
            for (int i = 0; i < count; i++) {
              MemorySegment.copy(
                  data.get(i), row * bytes, target, (row * count + i) * bytes, bytes);
            }
          }
        });
  }

  @Override
  public Path path() {
    return folder;
  }

  /** Whole matrices under Meta's names. */
  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void close() {
    shards.forEach(PyTorch::close);
  }
}
