package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.GgufMetadata;
import dev.puna.formats.GgufWriter;
import dev.puna.formats.ImportanceMatrix;
import dev.puna.formats.StoredTensor;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint as GGUF v3, the way llama.cpp's converter lays its family out: metadata of
 * {@link GgufExportMetadata}, tensors of {@link GgufTensors}, and the rows of query and key
 * projections in the order of the architecture's rotary pairs. Memory is bounded by one tensor.
 *
 * <p>Before anything is written, what is to be written is read back: a model that would become
 * another one is refused.
 */
public final class GgufExport implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final @Nullable ImportanceMatrix importance;
  private final ObjLongConsumer<String> progress;
  private final SequencedMap<String, GgufTensors.Plan> tensors;
  private final SequencedMap<String, Object> metadata;
  private final Spec target;
  private final TensorEncoder encoder = new TensorEncoder();

  private GgufExport(
      Checkpoint checkpoint,
      DType type,
      Function<Weight, DType> typeOf,
      @Nullable ImportanceMatrix importance,
      ObjLongConsumer<String> progress) {
    this.checkpoint = checkpoint;
    this.importance = importance;
    this.progress = progress;
    String architecture = checkpoint.family().ggufArchitecture();
    if (architecture == null) {
      throw new PunaException(
          "%s is of family %s, for which GGUF has no architecture"
              .formatted(checkpoint.path(), checkpoint.family().name()),
          "run the checkpoint as it is");
    }
    tensors = new GgufTensors(checkpoint, typeOf).plan();
    metadata = GgufExportMetadata.of(checkpoint, architecture, type);
    target = readBack(architecture);
  }

  /** The types that are stored: vectors and what decides much stay F32. */
  public static Function<Weight, DType> stored(DType type) {
    Function<Weight, DType> stored = Plan.stored(type);
    return w -> GgufQuantizer.keeps(w.name()) ? DType.F32 : stored.apply(w);
  }

  /**
   * @param type the type of most matrices, which the metadata names
   * @param typeOf how each weight is to be stored; see {@link #stored}
   * @param importance may be null
   * @param progress told each tensor's name and bytes as it is written
   * @throws PunaException if GGUF, or its architecture, cannot express the model
   */
  public static void write(
      Checkpoint checkpoint,
      Path target,
      DType type,
      Function<Weight, DType> typeOf,
      @Nullable ImportanceMatrix importance,
      ObjLongConsumer<String> progress) {
    try (GgufExport export = new GgufExport(checkpoint, type, typeOf, importance, progress)) {
      List<GgufWriter.Entry> entries = new ArrayList<>();
      export.tensors.forEach(
          (name, plan) -> entries.add(new GgufWriter.Entry(name, plan.type(), plan.shape())));
      GgufWriter.write(target, export.metadata, entries, export::encoded);
    }
  }

  /** The architecture as whoever opens the file will see it. */
  private Spec readBack(String architecture) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach((name, plan) -> stored.put(name, plan.tensor(name)));
    GgufMetadata pairs = GgufMetadata.of(checkpoint.path().toString(), metadata);
    Config config = GgufConfig.of(checkpoint.path() + " as GGUF", pairs, stored);
    Family family = Families.of(config);
    Spec read = family.spec(family.completed(config, stored.keySet()), Layout.GGUF);
    String difference = SpecDifference.between(rowsMade(checkpoint.spec()), read);
    if (difference != null) {
      throw new PunaException(
          "%s is not what GGUF's %s is (%s)".formatted(checkpoint.path(), architecture, difference),
          "run the checkpoint as it is");
    }
    return read;
  }

  /** The numbers are written as they are read, so rows have their length then. */
  private static Spec rowsMade(Spec spec) {
    return spec.head() instanceof Spec.Logits h && h.unit()
        ? spec.head(new Spec.Logits(h.tied(), h.bias(), h.scale(), h.cap()))
        : spec;
  }

  private MemorySegment encoded(GgufWriter.Entry entry) {
    GgufTensors.Plan plan = Objects.requireNonNull(tensors.get(entry.name()));
    progress.accept(entry.name(), entry.type().bytes(plan.elements()));
    if (plan.parts().isEmpty()) {
      return encoder.encode(plan.numbers(), DType.F32);
    }
    List<Function<Arena, Tensor>> sources = new ArrayList<>();
    List<TensorEncoder.How> hows = new ArrayList<>();
    long stacked = plan.shape().size() == 3 ? plan.shape().getFirst() : 1;
    float[] columns =
        importance == null ? null : importance.of(entry.name(), plan.shape().getLast(), stacked);
    for (Weight part : plan.parts()) {
      sources.add(arena -> checkpoint.tensor(part, arena));
      int[] order = RowOrder.of(checkpoint.spec(), part, target);
      hows.add(new TensorEncoder.How(entry.type(), order, columns));
    }
    return encoder.encode(sources, hows);
  }

  @Override
  public void close() {
    encoder.close();
  }
}
