package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.program.Program;
import dev.puna.program.StateSpec;
import dev.puna.program.Updates;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a model is: its parts in words, its sizes, how its weights are stored.
 *
 * @param name what to call it: a file's, a folder's or a preset's name
 * @param programs the encoder's, if it has one, and the decoder's
 * @param types the weights by the type they are stored in; empty if only a configuration is known
 */
public record Description(
    String name,
    Family family,
    Spec spec,
    List<Program> programs,
    SequencedMap<DType, Stored> types) {

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
    programs = List.copyOf(programs);
    types = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(types));
  }

  public static Description of(Checkpoint checkpoint) {
    Map<DType, Stored> types = new TreeMap<>();
    if (checkpoint.hasWeights()) {
      for (Weight weight : checkpoint.weights()) {
        DType type = checkpoint.type(weight);
        long elements = weight.elements();
        types.merge(type, new Stored(1, elements, type.bytes(elements)), Stored::plus);
      }
    }
    return new Description(
        name(checkpoint.path()),
        checkpoint.family(),
        checkpoint.spec(),
        checkpoint.programs(),
        new LinkedHashMap<>(types));
  }

  /** A model of which only the architecture is known. */
  public static Description of(String name, Family family, Spec spec) {
    return new Description(name, family, spec, programs(family, spec), new LinkedHashMap<>());
  }

  /**
   * A well-known model, from its published configuration.
   *
   * @throws dev.puna.tensor.PunaException if there is no preset of that name
   */
  public static Description preset(String name) {
    Config config = Presets.config(name);
    Family family = Families.of(config);
    return of(name, family, family.spec(config, Layout.HUGGING_FACE));
  }

  /** The forward passes of an architecture. */
  static List<Program> programs(Family family, Spec spec) {
    return Programs.record(family, spec, weight -> Updates.NONE).all();
  }

  private static String name(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString();
  }

  public long parameters() {
    return ParameterCount.of(programs).total();
  }

  /** What all its programs read. */
  List<Weight> weights() {
    Set<Weight> all = new LinkedHashSet<>();
    programs.forEach(p -> all.addAll(p.weights()));
    return List.copyOf(all);
  }

  /** Its stacks in the order in which they run. */
  List<Stack> stacks() {
    Stack source = Stack.source(spec);
    return source == null ? List.of(stack()) : List.of(source, stack());
  }

  /** The stack whose rows leave the model. */
  Stack stack() {
    return Stack.of(spec);
  }

  /** The layers in order, equal neighbours together. */
  public List<Group> groups() {
    return groups(stack());
  }

  static List<Group> groups(Stack stack) {
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < stack.layers().size(); i++) {
      Spec.Layer layer = stack.layers().get(i);
      if (!groups.isEmpty() && groups.getLast().layer.equals(layer)) {
        Group last = groups.removeLast();
        groups.add(new Group(last.first, last.count + 1, layer));
      } else {
        groups.add(new Group(i, 1, layer));
      }
    }
    return Collections.unmodifiableList(groups);
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
    return Program.states(programs).stream()
        .mapToLong(
            state ->
                switch (state) {
                  case StateSpec.PerToken s -> (long) s.keyCols() + s.valueCols();
                  case StateSpec.PerSequence s -> 0L;
                })
        .sum();
  }

  /** Numbers that all layers keep of a sequence of any length. */
  public long stateNumbers() {
    return Program.states(programs).stream()
        .mapToLong(
            state ->
                switch (state) {
                  case StateSpec.PerToken s -> 0L;
                  case StateSpec.PerSequence s -> s.floats();
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

  /** Models below each other: the article's comparison, then their sizes. */
  public static String table(List<Description> models) {
    return DescriptionTable.of(models);
  }
}
