package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/**
 * Streams a safetensors checkpoint: model.safetensors, or where that would be too large
 * model-00001-of-0000N.safetensors and so on with model.safetensors.index.json, as transformers
 * writes them.
 */
public final class SafetensorsWriter {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private SafetensorsWriter() {}

  /**
   * A tensor to be written.
   *
   * @param type F32, F16 or BF16
   * @param shape outermost first
   */
  public record Entry(String name, DType type, List<Long> shape) {
    public Entry {
      shape = List.copyOf(shape);
    }

    long bytes() {
      return type.bytes(StoredTensor.elements(shape));
    }
  }

  /**
   * Writes a checkpoint into a folder. All files are complete before the first gets its name;
   * nothing is left behind on failure.
   *
   * @param shardBytes most bytes of tensors in a file; a larger tensor has a file of its own
   * @param tensor is asked for each entry, one after another in an order of its own, and must
   *     return that tensor encoded as declared; what it returned before is no longer needed then
   * @throws PunaException if a type or a name cannot be stored, the folder holds another
   *     checkpoint, or a file cannot be written
   * @throws IllegalArgumentException on a tensor of another size than declared
   */
  public static void write(
      Path folder, List<Entry> tensors, long shardBytes, Function<Entry, MemorySegment> tensor) {
    check(folder, tensors);
    List<List<Entry>> shards = shards(tensors, shardBytes);
    String other = shards.size() == 1 ? INDEX : SINGLE;
    if (Files.exists(folder.resolve(other))) {
      throw new PunaException(
          folder + " already holds a checkpoint with " + other, "choose an empty folder");
    }
    SequencedMap<Path, AtomicFile.Body> files = new LinkedHashMap<>();
    SequencedMap<String, String> weightMap = new LinkedHashMap<>();
    for (int i = 0; i < shards.size(); i++) {
      List<Entry> shard = shards.get(i);
      String name =
          shards.size() == 1
              ? SINGLE
              : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      shard.forEach(entry -> weightMap.put(entry.name, name));
      files.put(folder.resolve(name), out -> writeShard(out, shard, tensor));
    }
    if (shards.size() > 1) {
      long total = tensors.stream().mapToLong(Entry::bytes).sum();
      byte[] index =
          Json.write(Map.of("metadata", Map.of("total_size", total), "weight_map", weightMap));
      files.put(folder.resolve(INDEX), AtomicFile.Body.of(index));
    }
    AtomicFile.writeAll(files);
  }

  private static void check(Path folder, List<Entry> tensors) {
    Set<String> names = new HashSet<>();
    for (Entry entry : tensors) {
      if (!names.add(entry.name) || entry.name.equals("__metadata__")) {
        throw new PunaException(
            "cannot write %s: the name '%s' is taken".formatted(folder, entry.name),
            "rename one of the tensors");
      }
      if (entry.type != DType.F32 && entry.type != DType.F16 && entry.type != DType.BF16) {
        throw new PunaException(
            "cannot write %s: safetensors has no type %s, which tensor '%s' is of"
                .formatted(folder, entry.type, entry.name),
            "write F32, F16 or BF16, or a GGUF file");
      }
    }
  }

  private static List<List<Entry>> shards(List<Entry> tensors, long shardBytes) {
    List<List<Entry>> shards = new ArrayList<>(List.of(new ArrayList<>()));
    long size = 0;
    for (Entry entry : tensors) {
      if (size > 0 && entry.bytes() > shardBytes - size) {
        shards.add(new ArrayList<>());
        size = 0;
      }
      shards.getLast().add(entry);
      size += entry.bytes();
    }
    // Larger numbers first: so each lies at a multiple of its size.
    shards.forEach(shard -> shard.sort(Comparator.comparingInt(e -> -e.type.blockBytes())));
    return shards;
  }

  private static void writeShard(
      FileChannel out, List<Entry> shard, Function<Entry, MemorySegment> tensor)
      throws IOException {
    Channels.write(out, header(shard));
    ByteBuffer chunk = Channels.chunk();
    for (Entry entry : shard) {
      MemorySegment data = tensor.apply(entry);
      if (data.byteSize() != entry.bytes()) {
        throw new IllegalArgumentException(
            "tensor '%s' of %s %s has %d bytes instead of %d"
                .formatted(entry.name, entry.type, entry.shape, data.byteSize(), entry.bytes()));
      }
      Channels.write(out, data, chunk);
    }
  }

  /** The header's length, then JSON, filled up with spaces to whole eights. */
  private static ByteBuffer header(List<Entry> shard) {
    SequencedMap<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "pt"));
    long at = 0;
    for (Entry entry : shard) {
      SequencedMap<String, Object> fields = new LinkedHashMap<>();
      fields.put("dtype", entry.type.name());
      fields.put("shape", entry.shape);
      fields.put("data_offsets", List.of(at, at + entry.bytes()));
      header.put(entry.name, fields);
      at += entry.bytes();
    }
    byte[] json = Json.write(header);
    int padding = -json.length & 7;
    return ByteBuffer.allocate(8 + json.length + padding)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length + padding)
        .put(json)
        .put(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII))
        .flip();
  }
}
