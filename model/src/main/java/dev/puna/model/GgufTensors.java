package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tensors of a GGUF file: their names, what they are joined of, and their dimensions. */
final class GgufTensors {
  private final Checkpoint checkpoint;
  private final Spec spec;
  private final Function<Weight, DType> typeOf;
  private final SequencedMap<String, Plan> plans = new LinkedHashMap<>();

  GgufTensors(Checkpoint checkpoint, Function<Weight, DType> typeOf) {
    this.checkpoint = checkpoint;
    this.spec = checkpoint.spec();
    this.typeOf = typeOf;
  }

  /**
   * A tensor to be written.
   *
   * @param shape outermost first
   * @param parts one below the other; none where the numbers stand in no checkpoint
   */
  record Plan(DType type, List<Long> shape, List<Weight> parts, float[] numbers) {
    long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** As a reader will find it, though without the numbers that come from the checkpoint. */
    StoredTensor tensor(String name) {
      return new StoredTensor(
          name,
          DType.F32,
          shape,
          (StoredTensor.Made)
              arena -> {
                MemorySegment data = arena.allocate(DType.F32.bytes(elements()), 64);
                DType.F32.encode(numbers, 0, numbers.length, data, 0);
                return data;
              });
    }
  }

  SequencedMap<String, Plan> plan() {
    ropeTables();
    WeightNames names = checkpoint.family().ggufNames(spec);
    SequencedMap<String, List<Weight>> joined = new LinkedHashMap<>();
    for (Weight w : checkpoint.weights()) {
      joined.computeIfAbsent(names.source(w.name()).name(), _ -> new ArrayList<>()).add(w);
    }
    joined.forEach(
        (name, parts) -> {
          parts.sort(Comparator.comparingLong(w -> names.source(w.name()).from()));
          Weight first = parts.getFirst();
          List<Long> shape = parts.size() == 1 ? shape(first) : joined(parts);
          plans.put(name, new Plan(typeOf.apply(first), shape, List.copyOf(parts), new float[0]));
        });
    return plans;
  }

  private static List<Long> joined(List<Weight> parts) {
    Weight first = parts.getFirst();
    return first.rows() == 1
        ? List.of(parts.stream().mapToLong(Weight::cols).sum())
        : List.of(parts.stream().mapToLong(Weight::rows).sum(), (long) first.cols());
  }

  /** Matrices of experts and of heads are stacked; a vector may be so many heads' or groups'. */
  private List<Long> shape(Weight w) {
    int stacked = stacked(w);
    long rows = w.rows();
    long cols = w.cols();
    if (stacked == 0) {
      return rows == 1 ? List.of(cols) : List.of(rows, cols);
    }
    return rows == 1
        ? List.of((long) stacked, cols / stacked)
        : List.of((long) stacked, rows / stacked, cols);
  }

  private int stacked(Weight w) {
    int layer = RowOrder.layer(w.name());
    if (layer < 0) {
      return 0;
    }
    Spec.Layer l = spec.layers().get(layer);
    String name = w.name().substring(w.name().indexOf('.', 4) + 1);
    if (name.endsWith("_exps.weight") && l.ffn() instanceof Spec.Experts e) {
      return e.routing().experts();
    }
    return switch (l.mixer()) {
      case Spec.LatentAttention a ->
          name.equals("attn_k_b.weight") || name.equals("attn_v_b.weight") ? a.heads() : 0;
      case Spec.Attention a -> {
        boolean each =
            a.qkNorm() instanceof Spec.QkNorm n && n.span() == Spec.QkNorm.Span.EACH_HEAD;
        yield each && name.matches("attn_[qk]_norm\\.weight") ? w.cols() / a.heads().size() : 0;
      }
      case Spec.Mamba2 m ->
          switch (name) {
            case "ssm_a", "ssm_d" -> w.rows() == 1 ? m.space().heads() : 0;
            case "ssm_norm.weight" -> m.space().groups();
            default -> 0;
          };
      case Spec.Mamba m -> 0;
    };
  }

  // ---- rotary tables ----

  private void ropeTables() {
    for (Spec.Layer layer : spec.layers()) {
      if (layer.mixer() instanceof Spec.Attention a && !a.rotations().isEmpty()) {
        Rotation r = a.rotations().getFirst();
        if (r.scaling() instanceof RopeScaling.LongRope longRope) {
          table("rope_factors_long.weight", floats(longRope.beyond()));
          table("rope_factors_short.weight", floats(longRope.within()));
          return;
        }
        float[] divisors = divisors(r);
        if (divisors != null) {
          table("rope_freqs.weight", divisors);
          return;
        }
      }
    }
  }

  private void table(String name, float[] numbers) {
    plans.put(name, new Plan(DType.F32, List.of((long) numbers.length), List.of(), numbers));
  }

  private static float[] floats(List<Float> list) {
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
    }
    return floats;
  }

  /** Per-pair divisors of the rotary frequencies, where that is how GGUF expresses the scaling. */
  private static float @Nullable [] divisors(Rotation r) {
    return switch (r.scaling()) {
      case RopeScaling.Divided divided -> floats(divided.divisors());
      case RopeScaling.Llama3 llama3 -> {
        double[] plain = new RopeScaling.None().frequencies(r.base(), r.size(), 0);
        double[] scaled = llama3.frequencies(r.base(), r.size(), 0);
        float[] ratio = new float[plain.length];
        for (int i = 0; i < ratio.length; i++) {
          ratio[i] = (float) (plain[i] / scaled[i]);
        }
        yield ratio;
      }
      case RopeScaling.None none -> null;
      case RopeScaling.Linear linear -> null;
      case RopeScaling.Dynamic dynamic -> null;
      case RopeScaling.Yarn yarn -> null;
      case RopeScaling.Half half -> null;
      case RopeScaling.Stepped stepped -> null;
      case RopeScaling.LongRope longRope -> null;
    };
  }
}
