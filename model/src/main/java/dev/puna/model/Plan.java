package dev.puna.model;

import dev.puna.program.MemoryPlan;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/**
 * Memory of running or training a model, counted from its program before anything is loaded.
 *
 * @param parameters number of parameters; a tied weight counts once
 * @param weights bytes of weights by the type they are stored in
 * @param parts bytes by purpose, weights among them
 */
public record Plan(long parameters, Map<DType, Long> weights, SequencedMap<Part, Long> parts) {

  /** What memory is for. */
  public enum Part {
    WEIGHTS,
    KV_CACHE,
    ADAPTERS,
    GRADIENTS,
    OPTIMIZER,
    ACTIVATIONS
  }

  /** Which weights are trained. */
  public sealed interface Training {
    /** All of them. */
    record Full() implements Training {}

    /** Low-rank updates of the query and value projections (Hu et al. 2021). */
    record Lora(int rank) implements Training {}
  }

  /**
   * How gradients become updates, by what it keeps of each trained parameter.
   *
   * <p>{@code SGD} keeps nothing, {@code MOMENTUM} one moment (heavy-ball SGD, Lion, Muon), {@code
   * ADAMW} two.
   */
  public enum Optimizer {
    SGD(0),
    MOMENTUM(1),
    ADAMW(2);

    private final int moments;

    Optimizer(int moments) {
      this.moments = moments;
    }
  }

  public long total() {
    return parts.values().stream().mapToLong(Long::longValue).sum();
  }

  public long bytes(Part part) {
    return parts.getOrDefault(part, 0L);
  }

  /**
   * Running a model.
   *
   * @param typeOf how each weight is stored
   * @param context tokens of a sequence
   * @param batch sequences at once
   * @param rows most tokens in a step
   * @param kvType how keys and values are stored
   */
  public static Plan inference(
      Program program,
      Function<Weight, DType> typeOf,
      int context,
      int batch,
      int rows,
      DType kvType) {
    SequencedMap<Part, Long> parts = new LinkedHashMap<>();
    Map<DType, Long> weights = weights(program, typeOf);
    parts.put(Part.WEIGHTS, sum(weights));
    parts.put(Part.KV_CACHE, kvCache(program, context, batch, kvType));
    int tokens = (int) Math.min(rows, (long) context * batch);
    long activations = MemoryPlan.of(program, tokens, Math.min(tokens, batch)).bytes();
    parts.put(Part.ACTIVATIONS, activations);
    return new Plan(program.parameters(), weights, parts);
  }

  /**
   * Training a model in single precision, without recomputing activations; the weights are frozen
   * where only adapters are trained. Every token has a target.
   */
  public static Plan training(
      Program program,
      Function<Weight, DType> typeOf,
      int context,
      int batch,
      Training training,
      Optimizer optimizer) {
    SequencedMap<Part, Long> parts = new LinkedHashMap<>();
    Map<DType, Long> weights = weights(program, typeOf);
    parts.put(Part.WEIGHTS, sum(weights));
    long trained =
        switch (training) {
          case Training.Full full -> program.parameters();
          case Training.Lora lora -> adapters(program, lora.rank());
        };
    parts.put(Part.ADAPTERS, training instanceof Training.Lora ? trained * Float.BYTES : 0);
    parts.put(Part.GRADIENTS, trained * Float.BYTES);
    parts.put(Part.OPTIMIZER, trained * Float.BYTES * optimizer.moments);
    int tokens = Math.multiplyExact(context, batch);
    parts.put(Part.ACTIVATIONS, kept(program, tokens, training));
    return new Plan(program.parameters(), weights, parts);
  }

  /**
   * The types of a model whose matrices are stored as {@code type}: vectors stay F32, and rows that
   * the type's blocks do not divide fall back to F16, as when a file is quantized.
   */
  public static Function<Weight, DType> stored(DType type) {
    return w -> w.rows() == 1 ? DType.F32 : type.divides(w.cols()) ? type : DType.F16;
  }

  private static Map<DType, Long> weights(Program program, Function<Weight, DType> typeOf) {
    Map<DType, Long> bytes = new EnumMap<>(DType.class);
    for (Weight w : program.weights()) {
      DType type = typeOf.apply(w);
      bytes.merge(type, type.bytes(w.elements()), Math::addExact);
    }
    return bytes;
  }

  private static long sum(Map<DType, Long> bytes) {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static long kvCache(Program program, int context, int batch, DType type) {
    long perToken = 0;
    long whole = 0;
    for (StateSpec state : program.kept().values()) {
      switch (state) {
        case StateSpec.PerToken s ->
            perToken += kvBytes(type, s.keyCols()) + kvBytes(type, s.valueCols());
        case StateSpec.PerSequence s -> whole += 2L * Float.BYTES * s.floats(); // read, written
      }
    }
    long perSequence = Math.addExact(Math.multiplyExact(perToken, (long) context), whole);
    return Math.multiplyExact(perSequence, (long) batch);
  }

  private static long kvBytes(DType type, int cols) {
    if (!type.divides(cols)) {
      throw new PunaException(
          "a row of " + cols + " keys is not whole blocks of " + type, "use --kv-type F16");
    }
    return type.bytes(cols);
  }

  private static long adapters(Program program, int rank) {
    return program.weights().stream()
        .filter(Plan::adapted)
        .mapToLong(w -> (long) rank * ((long) w.rows() + w.cols()))
        .sum();
  }

  private static boolean adapted(Weight w) {
    return w.name().endsWith("attn_q.weight") || w.name().endsWith("attn_v.weight");
  }

  /** The most memory that values take while those live on which the backward pass reads. */
  private static long kept(Program program, int tokens, Training training) {
    Set<Value> kept = new LinkedHashSet<>(program.results());
    for (Op op : program.ops()) {
      kept.addAll(
          switch (op) {
            case Op.Linear o -> trains(training, o.weight()) ? List.of(o.x()) : List.<Value>of();
            case Op.Embed o -> List.<Value>of();
            case Op.Sinusoid o -> List.<Value>of();
            case Op.Rope o -> List.<Value>of();
            case Op.Add o -> List.<Value>of();
            case Op.Scale o -> List.<Value>of();
            case Op.Slice o -> List.<Value>of();
            case Op.Join o -> List.<Value>of();
            case Op.SelectRows o -> List.<Value>of();
            default -> op.in(); // a product's or a function's slope is made of what went in
          });
    }
    List<List<Op>> groups = program.ops().stream().map(List::of).toList();
    return MemoryPlan.of(groups, new ArrayList<>(kept), tokens, tokens, op -> true).bytes();
  }

  private static boolean trains(Training training, Weight weight) {
    return switch (training) {
      case Training.Full full -> true;
      case Training.Lora lora -> adapted(weight);
    };
  }
}
