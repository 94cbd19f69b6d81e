package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A GGUF file, version 2 or 3, little-endian, as ggml's docs/gguf.md specifies it; or all parts of
 * a split one, whichever of them is named. Only the headers are read; the tensors are slices of the
 * mapped files. Dimensions, which GGUF stores innermost first, are given outermost first.
 */
public final class Gguf implements TensorFile {
  private final Path path;
  private final List<MappedFile> files = new ArrayList<>();
  private final List<GgufReader> parts = new ArrayList<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

  private Gguf(Path path) {
    this.path = path;
  }

  /** Whether a file is, or at least claims to be by its name, one of this kind. */
  public static boolean is(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(4);
      return new String(magic, StandardCharsets.ISO_8859_1).equals("GGUF")
          || file.toString().endsWith(".gguf");
    } catch (IOException e) {
      throw MappedFile.unreadable(file, e);
    }
  }

  /**
   * Maps a file and reads its header; of a split file, all parts, which lie in one folder.
   *
   * @throws PunaException if it is not GGUF, is damaged, lacks a part, or holds a type that is not
   *     supported
   */
  public static Gguf open(Path file) {
    Gguf opened = new Gguf(file);
    try {
      GgufReader named = opened.add(file);
      GgufSplit split = GgufSplit.of(named.metadata());
      if (split.count() > 1) {
        opened.addAll(split, file);
      }
      opened.parts.forEach(opened::addTensors);
      split.checkTensors(file, opened.tensors.size());
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private GgufReader add(Path file) {
    MappedFile mapped = MappedFile.open(file, opened -> opened);
    files.add(mapped);
    GgufReader reader = new GgufReader(mapped);
    reader.read();
    parts.add(reader);
    return reader;
  }

  /** Opens the parts anew in their order; the one that was named first is only one of them. */
  private void addAll(GgufSplit split, Path named) {
    close();
    files.clear();
    parts.clear();
    for (int i = 0; i < split.count(); i++) {
      Path part = split.part(named, i);
      if (!Files.exists(part)) {
        throw new PunaException(
            "%s is split, and its part %s is missing".formatted(named, part.getFileName()),
            "put all %d parts into one folder".formatted(split.count()));
      }
      GgufSplit own = GgufSplit.of(add(part).metadata());
      if (own.number() != i || own.count() != split.count()) {
        throw new PunaException(
            "%s calls itself part %d of %d".formatted(part, own.number() + 1, own.count()),
            "the parts are from different models, or renamed; get all of them again");
      }
    }
  }

  private void addTensors(GgufReader part) {
    part.tensors()
        .forEach(
            (name, tensor) -> {
              if (tensors.putIfAbsent(name, tensor) != null) {
                throw new PunaException(
                    "%s has two tensors named '%s'".formatted(path, name),
                    "the parts are from different models; get all of them again");
              }
            });
  }

  @Override
  public Path path() {
    return path;
  }

  /** The key-value pairs; of a split file those of its first part. */
  public GgufMetadata metadata() {
    return parts.getFirst().metadata();
  }

  /**
   * The key-value pairs as the file encodes them, in file order, for {@link GgufWriter} to copy.
   * The values are slices of the mapped file. What says that the file is split is left out.
   */
  public SequencedMap<String, GgufValue> encodedMetadata() {
    SequencedMap<String, GgufValue> encoded = new LinkedHashMap<>(parts.getFirst().encoded());
    encoded.keySet().removeAll(GgufSplit.KEYS);
    return Collections.unmodifiableSequencedMap(encoded);
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void close() {
    files.forEach(MappedFile::close);
  }
}
