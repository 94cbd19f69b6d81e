package dev.puna.model;

import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * What a model is: its parts in words, its sizes, how its weights are stored.
 *
 * @param name what to call it: a file's, a folder's or a preset's name
 * @param types the weights by the type they are stored in; empty if only a configuration is known
 */
public record Description(
    String name, Family family, Spec spec, Program program, SequencedMap<DType, Stored> types) {

  /**
   * Weights stored in one type.
   *
   * @param tensors how many
   * @param parameters how many numbers they hold
   */
  public record Stored(int tensors, long parameters, long bytes) {
    private Stored plus(Stored other) {
      return new Stored(
          tensors + other.tensors, parameters + other.parameters, bytes + other.bytes);
    }
  }

  /** Consecutive equal layers, {@code first} to {@code first + count - 1}. */
  public record Group(int first, int count, Spec.Layer layer) {}

  public Description {
    types = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(types));
  }

  public static Description of(Checkpoint checkpoint) {
    Map<DType, Stored> types = new TreeMap<>();
    if (checkpoint.hasWeights()) {
      for (Weight weight : checkpoint.program().weights()) {
        DType type = checkpoint.type(weight);
        long elements = weight.elements();
        types.merge(type, new Stored(1, elements, type.bytes(elements)), Stored::plus);
      }
    }
    return new Description(
        name(checkpoint.path()),
        checkpoint.family(),
        checkpoint.spec(),
        checkpoint.program(),
        new LinkedHashMap<>(types));
  }

  /** A model of which only the configuration is known, such as a preset. */
  public static Description of(String name, Family family, Spec spec, Program program) {
    return new Description(name, family, spec, program, new LinkedHashMap<>());
  }

  private static String name(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString();
  }

  public long parameters() {
    return program.parameters();
  }

  /** The layers in order, equal neighbours together. */
  public List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < spec.layers().size(); i++) {
      Spec.Layer layer = spec.layers().get(i);
      if (!groups.isEmpty() && groups.getLast().layer.equals(layer)) {
        Group last = groups.removeLast();
        groups.add(new Group(last.first, last.count + 1, layer));
      } else {
        groups.add(new Group(i, 1, layer));
      }
    }
    return Collections.unmodifiableList(groups);
  }

  /** Which layers are equal, wherever they stand: their numbers, in order of first appearance. */
  SequencedMap<Spec.Layer, List<Integer>> kinds() {
    SequencedMap<Spec.Layer, List<Integer>> kinds = new LinkedHashMap<>();
    for (int i = 0; i < spec.layers().size(); i++) {
      kinds.computeIfAbsent(spec.layers().get(i), x -> new ArrayList<>()).add(i);
    }
    return kinds;
  }

  /** Whether the embedding table serves as the output projection. */
  boolean tied() {
    return switch (spec.head()) {
      case Spec.Logits logits -> logits.tied();
      case Spec.Pooled pooled -> false;
    };
  }

  /** Size of the weights as stored; empty if only a configuration is known. */
  public Optional<Long> weightBytes() {
    return types.isEmpty()
        ? Optional.empty()
        : Optional.of(types.values().stream().mapToLong(Stored::bytes).sum());
  }

  /** Numbers that all layers keep of each token of a sequence. */
  public long kvNumbersPerToken() {
    return program.states().stream()
        .mapToLong(
            state ->
                switch (state) {
                  case StateSpec.PerToken s -> (long) s.keyCols() + s.valueCols();
                  case StateSpec.PerSequence s -> 0L;
                })
        .sum();
  }

  /** Maps, lists, numbers and texts, ready for a JSON writer. */
  public SequencedMap<String, Object> toJson() {
    return DescriptionJson.of(this);
  }

  /** About twenty aligned lines. */
  public String toText() {
    return DescriptionText.of(this);
  }

  /** Models side by side, one column each. */
  public static String table(List<Description> models) {
    return DescriptionText.table(models);
  }
}
