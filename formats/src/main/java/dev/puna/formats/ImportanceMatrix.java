package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much each column of each matrix counts: the mean square of the activations that met it on a
 * text, as llama.cpp's llama-imatrix collects it. Both its forms are read: a GGUF file with sums
 * and counts, and the older .dat file (int32 number of entries; for each the name as int32 length
 * and bytes, int32 calls, int32 number of values, the values as float32 sums over the calls).
 */
public final class ImportanceMatrix {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int MOST_ENTRIES = 1 << 20;
  private static final int LONGEST_NAME = 4096;
  private static final String SUMS = ".in_sum2";
  private static final String COUNTS = ".counts";

  private final Path path;
  private final Map<String, float[]> values;

  private ImportanceMatrix(Path path, Map<String, float[]> values) {
    this.path = path;
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @throws PunaException if it is no importance matrix, or damaged
   */
  public static ImportanceMatrix read(Path file) {
    FileKind kind =
        MappedFile.open(
            file,
            mapped -> {
              try (mapped) {
                return FileKind.of(mapped.data());
              }
            });
    if (kind == FileKind.GGUF) {
      try (Gguf gguf = Gguf.open(file)) {
        return new ImportanceMatrix(file, means(gguf));
      }
    }
    return MappedFile.open(
        file,
        mapped -> {
          try (mapped) {
            return new ImportanceMatrix(file, new Reader(mapped).entries());
          }
        });
  }

  /**
   * The importance of a matrix's columns, or of those of several stacked matrices one after the
   * other; null if the file has none for it.
   *
   * @param name GGUF's name of the matrix
   * @throws PunaException if it has another number of columns
   */
  public float @Nullable [] of(String name, long columns, long matrices) {
    float[] found = values.get(name);
    if (found != null && found.length != columns * matrices) {
      throw new PunaException(
          "%s has %d columns for %s, which has %d"
              .formatted(path, found.length, name, columns * matrices),
          "it was made with another model");
    }
    return found;
  }

  /** Means of squares, which are one where a matrix met nothing (an expert that was not chosen). */
  private static Map<String, float[]> means(Gguf file) {
    Map<String, float[]> means = new HashMap<>();
    for (StoredTensor sums : file.tensors().values()) {
      if (!sums.name().endsWith(SUMS)) {
        continue;
      }
      String name = sums.name().substring(0, sums.name().length() - SUMS.length());
      StoredTensor counts = file.tensors().get(name + COUNTS);
      if (counts == null || counts.elements() != sums.rows()) {
        throw new PunaException(
            file.path() + " has no counts for " + name, "collect the importance matrix again");
      }
      means.put(name, mean(file.path(), name, sums, counts.matrix().toArray()));
    }
    if (means.isEmpty()) {
      throw new PunaException(
          file.path() + " is no importance matrix", "collect one with llama-imatrix");
    }
    return means;
  }

  private static float[] mean(Path file, String name, StoredTensor sums, float[] counts) {
    float[] mean = sums.matrix().toArray();
    int cols = Math.toIntExact(sums.columns());
    for (int i = 0; i < mean.length; i++) {
      float count = counts[i / cols];
      mean[i] = count > 0 ? mean[i] / count : 1;
    }
    return checked(file, name, mean);
  }

  private static float[] checked(Path file, String name, float[] values) {
    for (float value : values) {
      if (!(value >= 0 && value <= Float.MAX_VALUE)) {
        throw new PunaException(
            "%s holds %s for a column of %s".formatted(file, value, name),
            "the file is damaged; collect the importance matrix again");
      }
    }
    return values;
  }

  /** The older form. */
  private static final class Reader {
    private final MappedFile file;
    private long at;

    Reader(MappedFile file) {
      this.file = file;
    }

    Map<String, float[]> entries() {
      int count = size("entries", MOST_ENTRIES);
      if (count == 0) {
        throw FileKind.refuse(file, "an importance matrix");
      }
      Map<String, float[]> all = new HashMap<>();
      for (int i = 0; i < count; i++) {
        int length = size("a name", LONGEST_NAME);
        need(length);
        byte[] name = file.data().asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        at += length;
        entry(new String(name, StandardCharsets.UTF_8), all);
      }
      return all;
    }

    private void entry(String name, Map<String, float[]> all) {
      int calls = size("calls", Integer.MAX_VALUE);
      int length = size("values", Integer.MAX_VALUE);
      need(4L * length);
      float[] values = file.data().asSlice(at, 4L * length).toArray(FLOAT);
      at += 4L * length;
      for (int i = 0; i < length && calls > 0; i++) {
        values[i] /= calls;
      }
      all.put(name, checked(file.path(), name, values));
    }

    private int size(String what, int most) {
      need(4);
      int value = file.data().get(INT, at);
      at += 4;
      if (value < 0 || value > most) {
        throw file.damaged("is no importance matrix: the number of " + what + " is " + value);
      }
      return value;
    }

    private void need(long bytes) {
      if (bytes > file.size() - at) {
        throw file.damaged("ends in the middle of its importance matrix");
      }
    }
  }
}
