package dev.puna.model;

import dev.puna.formats.GgufWriter;
import dev.puna.program.Heads;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint as GGUF v3, the way llama.cpp's converter lays its family out: canonical
 * names, metadata of {@link GgufExportMetadata}, and the rows of query and key projections in the
 * order of adjacent rotary pairs. Memory is bounded by one tensor.
 */
public final class GgufExport implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Function<Weight, DType> typeOf;
  private final ObjLongConsumer<String> progress;
  private final Map<String, Weight> weights = new HashMap<>();
  private final @Nullable List<Float> divisors;
  private Arena current = Arena.ofShared();

  private GgufExport(
      Checkpoint checkpoint, Function<Weight, DType> typeOf, ObjLongConsumer<String> progress) {
    this.checkpoint = checkpoint;
    this.typeOf = typeOf;
    this.progress = progress;
    checkpoint.program().weights().forEach(w -> weights.put(w.name(), w));
    divisors = GgufExportMetadata.divisors(checkpoint.spec());
  }

  /**
   * @param type the type of most matrices, which the metadata names
   * @param typeOf how each weight is to be stored; see {@link Plan#stored}
   * @param progress told each tensor's name and bytes as it is written
   */
  public static void write(
      Checkpoint checkpoint,
      Path target,
      DType type,
      Function<Weight, DType> typeOf,
      ObjLongConsumer<String> progress) {
    try (GgufExport export = new GgufExport(checkpoint, typeOf, progress)) {
      GgufWriter.write(
          target, GgufExportMetadata.of(checkpoint, type), export.entries(), export::encoded);
    }
  }

  private List<GgufWriter.Entry> entries() {
    List<GgufWriter.Entry> entries = new ArrayList<>();
    if (divisors != null) {
      entries.add(
          new GgufWriter.Entry("rope_freqs.weight", DType.F32, List.of((long) divisors.size())));
    }
    for (Weight w : checkpoint.program().weights()) {
      List<Long> shape =
          w.rows() == 1 ? List.of((long) w.cols()) : List.of((long) w.rows(), (long) w.cols());
      entries.add(new GgufWriter.Entry(w.name(), typeOf.apply(w), shape));
    }
    return entries;
  }

  @SuppressWarnings("MustBeClosed") // the arena lives until the next tensor, or close()
  private MemorySegment encoded(GgufWriter.Entry entry) {
    progress.accept(entry.name(), entry.type().bytes(product(entry.shape())));
    current.close(); // the tensor before this one has been written
    current = Arena.ofShared();
    Weight weight = weights.get(entry.name());
    if (weight == null) {
      return encodeDivisors();
    }
    Tensor source = checkpoint.tensor(weight, current);
    int[] order = rowOrder(weight);
    if (order == null && source.type() == entry.type()) {
      return source.data();
    }
    return weight.rows() == 1
        ? encodeVector(source, order, entry.type())
        : encodeMatrix(source, order, entry.type());
  }

  private MemorySegment encodeVector(Tensor source, int @Nullable [] order, DType type) {
    float[] x = source.toArray();
    float[] y = x.clone();
    for (int i = 0; order != null && i < y.length; i++) {
      y[i] = x[order[i]];
    }
    MemorySegment target = current.allocate(type.bytes(y.length), 64);
    type.encode(y, 0, y.length, target, 0);
    return target;
  }

  /** Rows are independent of each other: all cores take their share. */
  private MemorySegment encodeMatrix(Tensor source, int @Nullable [] order, DType type) {
    int rows = Math.toIntExact(source.rows());
    int cols = Math.toIntExact(source.cols());
    long rowBytes = type.bytes(cols);
    MemorySegment target = current.allocate(rows * rowBytes, 64);
    int chunk = Math.max(1, (1 << 16) / cols);
    IntStream.range(0, (rows + chunk - 1) / chunk)
        .parallel()
        .forEach(
            c -> {
              float[] row = new float[cols];
              for (int r = c * chunk; r < Math.min(rows, (c + 1) * chunk); r++) {
                source.row(order == null ? r : order[r], row, 0);
                type.encode(row, 0, cols, target, r * rowBytes);
              }
            });
    return target;
  }

  /**
   * From which row of the checkpoint each written row comes; null if the order stays.
   *
   * <p>Where columns i and i + size/2 of a head turn together, GGUF's llama wants them adjacent:
   * row 2i + half of a head is the checkpoint's row half·size/2 + i.
   */
  private int @Nullable [] rowOrder(Weight weight) {
    int layer = layer(weight.name());
    if (layer < 0) {
      return null;
    }
    return switch (checkpoint.spec().layers().get(layer).mixer()) {
      case Spec.Attention a -> {
        Heads h = a.heads();
        boolean query = weight.name().contains(".attn_q.");
        boolean key = weight.name().contains(".attn_k.");
        yield a.rotation().pairing() == Rotation.Pairing.HALVES && (query || key)
            ? adjacent(query ? h.query() : h.kv(), h.size(), a.rotation().size())
            : null;
      }
    };
  }

  private static int[] adjacent(int heads, int headSize, int turning) {
    int[] order = new int[heads * headSize];
    for (int row = 0; row < order.length; row++) {
      int in = row % headSize;
      int from = in < turning ? in % 2 * (turning / 2) + in / 2 : in;
      order[row] = row - in + from;
    }
    return order;
  }

  /** The number in "blk.3.attn_q.weight", or -1. */
  private static int layer(String name) {
    if (!name.startsWith("blk.")) {
      return -1;
    }
    return Integer.parseInt(name.substring(4, name.indexOf('.', 4)));
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  private MemorySegment encodeDivisors() {
    List<Float> values = Objects.requireNonNull(divisors);
    MemorySegment target = current.allocate(DType.F32.bytes(values.size()), 64);
    for (int i = 0; i < values.size(); i++) {
      DType.F32.encode(new float[] {values.get(i)}, 0, 1, target, 4L * i);
    }
    return target;
  }

  @Override
  public void close() {
    current.close();
  }
}
