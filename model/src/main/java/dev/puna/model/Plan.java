package dev.puna.model;

import dev.puna.program.MemoryPlan;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
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
 * @param count how many parameters there are
 * @param weights bytes of weights by the type they are stored in
 * @param parts bytes by purpose, weights among them
 */
public record Plan(ParameterCount count, Map<DType, Long> weights, SequencedMap<Part, Long> parts) {

  /** What memory is for. */
  public enum Part {
    WEIGHTS,
    KV_CACHE,
    /** What sequences keep as a whole, however long they are. */
    STATE,
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

  /** Number of parameters; a tied weight counts once. */
  public long parameters() {
    return count.total();
  }

  public long total() {
    return parts.values().stream().mapToLong(Long::longValue).sum();
  }

  public long bytes(Part part) {
    return parts.getOrDefault(part, 0L);
  }

  /**
   * Running a model of one program.
   *
   * @param typeOf how each weight is stored
   * @param context tokens of a sequence
   * @param batch sequences at once
   * @param rows most tokens in a step
   * @param kvType how keys and values are stored
   * @throws dev.puna.tensor.PunaException if their heads are not whole blocks of this type
   */
  public static Plan inference(
      Program program,
      Function<Weight, DType> typeOf,
      int context,
      int batch,
      int rows,
      DType kvType) {
    return inference(List.of(program), typeOf, context, batch, rows, kvType);
  }

  /**
   * Running a model of an encoder and a decoder, each on so many tokens of a sequence; they run
   * after each other.
   */
  public static Plan inference(
      List<Program> programs,
      Function<Weight, DType> typeOf,
      int context,
      int batch,
      int rows,
      DType kvType) {
    SequencedMap<Part, Long> parts = new LinkedHashMap<>();
    Map<DType, Long> weights = weights(programs, typeOf);
    parts.put(Part.WEIGHTS, sum(weights));
    parts.put(Part.KV_CACHE, kvCache(programs, context, batch, kvType));
    parts.put(Part.STATE, state(programs, batch));
    int tokens = (int) Math.min(rows, (long) context * batch);
    long activations = 0;
    for (Program program : programs) {
      MemoryPlan plan = MemoryPlan.of(program, tokens, Math.min(tokens, batch));
      activations = Math.max(activations, plan.bytes());
    }
    parts.put(Part.ACTIVATIONS, activations);
    return new Plan(ParameterCount.of(programs), weights, parts);
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
    return training(List.of(program), typeOf, context, batch, training, optimizer);
  }

  /** Likewise of an encoder and a decoder, both of which keep their activations. */
  public static Plan training(
      List<Program> programs,
      Function<Weight, DType> typeOf,
      int context,
      int batch,
      Training training,
      Optimizer optimizer) {
    ParameterCount count = ParameterCount.of(programs);
    SequencedMap<Part, Long> parts = new LinkedHashMap<>();
    Map<DType, Long> weights = weights(programs, typeOf);
    parts.put(Part.WEIGHTS, sum(weights));
    long trained =
        switch (training) {
          case Training.Full full -> count.total();
          case Training.Lora lora -> adapters(programs, lora.rank());
        };
    parts.put(Part.ADAPTERS, training instanceof Training.Lora ? trained * Float.BYTES : 0);
    parts.put(Part.GRADIENTS, trained * Float.BYTES);
    parts.put(Part.OPTIMIZER, trained * Float.BYTES * optimizer.moments);
    int tokens = Math.multiplyExact(context, batch);
    long kept = 0;
    for (Program program : programs) {
      kept = Math.addExact(kept, kept(program, tokens, training));
    }
    parts.put(Part.ACTIVATIONS, kept);
    return new Plan(count, weights, parts);
  }

  /**
   * The types of a model whose matrices are stored as {@code type}: vectors stay F32, and rows that
   * the type's blocks do not divide fall back to F16, as when a file is quantized.
   */
  public static Function<Weight, DType> stored(DType type) {
    return w -> w.rows() == 1 ? DType.F32 : type.divides(w.cols()) ? type : DType.F16;
  }

  private static Set<Weight> weights(List<Program> programs) {
    Set<Weight> all = new LinkedHashSet<>();
    programs.forEach(p -> all.addAll(p.weights()));
    return all;
  }

  private static Map<DType, Long> weights(List<Program> programs, Function<Weight, DType> typeOf) {
    Map<DType, Long> bytes = new EnumMap<>(DType.class);
    for (Weight w : weights(programs)) {
      DType type = typeOf.apply(w);
      bytes.merge(type, type.bytes(w.elements()), Math::addExact);
    }
    return bytes;
  }

  private static long sum(Map<DType, Long> bytes) {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static long kvCache(List<Program> programs, int context, int batch, DType type) {
    long perToken = 0;
    for (StateSpec state : Program.states(programs)) {
      if (state instanceof StateSpec.PerToken s) {
        perToken += s.keyBytes(type) + s.valueBytes(type);
      }
    }
    return Math.multiplyExact(Math.multiplyExact(perToken, (long) context), (long) batch);
  }

  private static long state(List<Program> programs, int batch) {
    long whole = 0;
    for (StateSpec state : Program.states(programs)) {
      if (state instanceof StateSpec.PerSequence s) {
        whole += 2L * Float.BYTES * s.floats(); // what is read, and what is written
      }
    }
    return Math.multiplyExact(whole, (long) batch);
  }

  private static long adapters(List<Program> programs, int rank) {
    return weights(programs).stream()
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
