package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/**
 * Streams a GGUF file, version 3, little-endian (ggml's docs/gguf.md): metadata in the given order,
 * then tensors in the given order, aligned to 32 bytes.
 */
public final class GgufWriter {
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  /** ggml keeps names in 64 bytes, the terminating zero among them. */
  private static final int LONGEST_NAME = 63;

  private static final int MOST_DIMENSIONS = 4;

  private GgufWriter() {}

  /**
   * A tensor to be written.
   *
   * @param shape outermost first; one to four dimensions, none of them 0
   */
  public record Entry(String name, DType type, List<Long> shape) {
    public Entry {
      shape = List.copyOf(shape);
    }

    /** Encoded size. */
    long bytes() {
      return type.bytes(StoredTensor.elements(shape));
    }
  }

  /**
   * Writes a whole file. It is written beside the target, forced to disk, and renamed; nothing is
   * left behind on failure.
   *
   * <p>Metadata values become: String STRING; Boolean BOOL; Integer UINT32 (negative: INT32); Long
   * UINT64 (negative: INT64); Float FLOAT32; Double FLOAT64; byte[] INT8, int[] INT32, long[]
   * INT64, float[] FLOAT32, double[] FLOAT64, boolean[] BOOL, a list STRING arrays; a list of
   * arrays or lists an array of arrays; {@link GgufValue} is copied. The key {@code
   * general.alignment} is left out: it describes the file the metadata came from, and this one has
   * the default.
   *
   * @param tensor is asked for each entry in turn, and must return that tensor encoded as declared;
   *     what it returned before is no longer needed then, so one tensor at a time is in memory
   * @throws PunaException if a tensor does not fit GGUF's limits, or the file cannot be written
   * @throws IllegalArgumentException on a metadata value of another type, or a tensor of another
   *     size than declared
   */
  public static void write(
      Path target,
      SequencedMap<String, ?> metadata,
      List<Entry> tensors,
      Function<Entry, MemorySegment> tensor) {
    ByteBuffer header = header(target, metadata, tensors);
    AtomicFile.write(
        target,
        out -> {
          Channels.write(out, header);
          writeData(out, tensors, tensor);
        });
  }

  private static ByteBuffer header(
      Path target, SequencedMap<String, ?> metadata, List<Entry> tensors) {
    GgufEncoder encoder = new GgufEncoder();
    encoder.bytes("GGUF".getBytes(StandardCharsets.US_ASCII)).i32(VERSION);
    boolean alignment = metadata.containsKey("general.alignment");
    encoder.i64(tensors.size()).i64(metadata.size() - (alignment ? 1 : 0));
    metadata.forEach(
        (key, value) -> {
          if (!key.equals("general.alignment")) {
            encoder.string(key).typed(value);
          }
        });
    long offset = 0;
    Set<String> names = new HashSet<>();
    for (Entry entry : tensors) {
      check(target, entry);
      if (!names.add(entry.name)) {
        throw new PunaException(
            "cannot write %s: two tensors are named '%s'".formatted(target, entry.name),
            "rename one of them");
      }
      encoder.string(entry.name).i32(entry.shape.size());
      entry.shape.reversed().forEach(encoder::i64);
      encoder.i32(GgmlType.id(entry.type)).i64(offset);
      offset = Math.addExact(offset, aligned(entry.bytes()));
    }
    return encoder.padded(ALIGNMENT);
  }

  private static void check(Path target, Entry entry) {
    String tensor = "cannot write %s: tensor '%s'".formatted(target, entry.name);
    int length = entry.name.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > LONGEST_NAME) {
      throw new PunaException(
          tensor + " has a name of " + length + " bytes", "GGUF names have 1 to " + LONGEST_NAME);
    }
    List<Long> shape = entry.shape;
    if (shape.isEmpty() || shape.size() > MOST_DIMENSIONS || shape.stream().anyMatch(n -> n < 1)) {
      throw new PunaException(
          tensor + " has the shape " + shape, "GGUF takes 1 to 4 dimensions, each at least 1");
    }
    if (!entry.type.divides(shape.getLast())) {
      throw new PunaException(
          "%s has rows of %d numbers, not whole blocks of %s"
              .formatted(tensor, shape.getLast(), entry.type),
          "store it in a type without blocks, such as F16");
    }
  }

  private static void writeData(
      FileChannel out, List<Entry> tensors, Function<Entry, MemorySegment> tensor)
      throws IOException {
    ByteBuffer chunk = Channels.chunk();
    for (Entry entry : tensors) {
      MemorySegment data = tensor.apply(entry);
      if (data.byteSize() != entry.bytes()) {
        throw new IllegalArgumentException(
            "tensor '%s' of %s %s has %d bytes instead of %d"
                .formatted(entry.name, entry.type, entry.shape, data.byteSize(), entry.bytes()));
      }
      Channels.write(out, data, chunk);
      Channels.write(out, ByteBuffer.allocate((int) (aligned(data.byteSize()) - data.byteSize())));
    }
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }
}
