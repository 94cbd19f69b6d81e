package dev.puna.model;

import dev.puna.formats.GgufWriter;
import dev.puna.formats.ImportanceMatrix;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
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
  private final float @Nullable [] divisors;
  private final @Nullable ImportanceMatrix importance;
  private final TensorEncoder encoder = new TensorEncoder();

  private GgufExport(
      Checkpoint checkpoint,
      Function<Weight, DType> typeOf,
      @Nullable ImportanceMatrix importance,
      ObjLongConsumer<String> progress) {
    this.checkpoint = checkpoint;
    this.typeOf = typeOf;
    this.importance = importance;
    this.progress = progress;
    checkpoint.program().weights().forEach(w -> weights.put(w.name(), w));
    divisors = GgufExportMetadata.divisors(checkpoint.spec());
  }

  /**
   * @param type the type of most matrices, which the metadata names
   * @param typeOf how each weight is to be stored; see {@link Plan#stored}
   * @param importance may be null
   * @param progress told each tensor's name and bytes as it is written
   */
  public static void write(
      Checkpoint checkpoint,
      Path target,
      DType type,
      Function<Weight, DType> typeOf,
      @Nullable ImportanceMatrix importance,
      ObjLongConsumer<String> progress) {
    try (GgufExport export = new GgufExport(checkpoint, typeOf, importance, progress)) {
      GgufWriter.write(
          target, GgufExportMetadata.of(checkpoint, type), export.entries(), export::encoded);
    }
  }

  private List<GgufWriter.Entry> entries() {
    List<GgufWriter.Entry> entries = new ArrayList<>();
    if (divisors != null) {
      entries.add(
          new GgufWriter.Entry("rope_freqs.weight", DType.F32, List.of((long) divisors.length)));
    }
    for (Weight w : checkpoint.program().weights()) {
      List<Long> shape =
          w.rows() == 1 ? List.of((long) w.cols()) : List.of((long) w.rows(), (long) w.cols());
      entries.add(new GgufWriter.Entry(w.name(), typeOf.apply(w), shape));
    }
    return entries;
  }

  private MemorySegment encoded(GgufWriter.Entry entry) {
    progress.accept(entry.name(), entry.type().bytes(product(entry.shape())));
    Weight weight = weights.get(entry.name());
    if (weight == null) {
      return encoder.encode(Objects.requireNonNull(divisors), DType.F32);
    }
    float[] columns = importance == null ? null : importance.of(entry.name(), weight.cols(), 1);
    return encoder.encode(
        arena -> checkpoint.tensor(weight, arena),
        new TensorEncoder.How(
            entry.type(),
            RowOrder.of(checkpoint.spec(), weight, Rotation.Pairing.ADJACENT),
            columns));
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
