package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.program.LowRank;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Rotation;
import dev.puna.program.Updates;
import dev.puna.program.Weight;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Adapters put on a checkpoint. The update of a linear op is recorded beside it, so that the base
 * stays mapped as it is; that of any other weight, or all of them if so asked, is merged into the
 * stored tensor. What sequences choose from is always beside.
 */
final class AdaptedWeights {
  private final List<Adapter> adapters;
  private final Contents.Placing placing;
  private final WeightNames names;
  private final Set<String> linear = new HashSet<>();
  private final Function<Weight, int @Nullable []> order;
  private final Map<String, List<@Nullable LowRank>> updates = new LinkedHashMap<>();
  private final SequencedMap<String, StoredTensor> parts = new LinkedHashMap<>();

  /**
   * @param names from the names of the adapters' base to canonical ones
   * @param base the program without adapters
   * @param order from which of their rows each row of the checkpoint's layout comes; null: the same
   */
  AdaptedWeights(
      List<Adapter> adapters,
      Contents.Placing placing,
      WeightNames names,
      List<Program> base,
      Function<Weight, int @Nullable []> order) {
    this.adapters = adapters;
    this.placing = placing;
    this.names = names;
    this.order = order;
    for (Program program : base) {
      for (Op op : program.ops()) {
        if (op instanceof Op.Linear l) {
          linear.add(l.weight().name());
        }
      }
    }
  }

  /** How the rows of one layout's query and key projections come from another's. */
  static int @Nullable [] order(Spec from, Spec to, Weight weight) {
    Rotation.Pairing pairing =
        to.layers().getFirst().mixer() instanceof Spec.Attention a && !a.rotations().isEmpty()
            ? a.rotations().getFirst().pairing()
            : Rotation.Pairing.HALVES;
    return RowOrder.of(from, weight, pairing);
  }

  /** The stored tensors, those that cannot be updated beside their op merged. */
  Map<String, StoredTensor> stored(Map<String, StoredTensor> stored, boolean sameNames) {
    Map<String, StoredTensor> all = new LinkedHashMap<>(stored);
    for (Adapter adapter : adapters) {
      adapter
          .updates()
          .forEach(
              (module, update) -> {
                if (placing == Contents.Placing.MERGED || !besideOps(module)) {
                  requireMerging(adapter, module);
                  String name = stored(all, module);
                  if (name == null || !sameNames) {
                    throw new PunaException(
                        "%s: the update of %s cannot be put on this checkpoint"
                            .formatted(adapter.folder(), module),
                        "put it on the checkpoint that it was trained on");
                  }
                  StoredTensor weight = Objects.requireNonNull(all.get(name));
                  all.put(name, new MergedUpdate(update, transposed(module)).of(weight));
                }
              });
    }
    return all;
  }

  /** What a sequence chooses is never part of the weights, which all have in common. */
  private void requireMerging(Adapter adapter, String module) {
    if (placing == Contents.Placing.CHOSEN) {
      throw new PunaException(
          "%s: the update of %s cannot be chosen by each sequence: it would change the weight of all"
              .formatted(adapter.folder(), module),
          "put it on the whole model, or merge it (puna run --lora, puna convert --lora)");
    }
  }

  private @Nullable String stored(Map<String, StoredTensor> stored, String module) {
    for (String name : names.spellings(module + ".weight")) {
      if (stored.containsKey(name)) {
        return name;
      }
    }
    return null;
  }

  private boolean besideOps(String module) {
    List<WeightNames.Placed> places = names.placed(module + ".weight");
    return !places.isEmpty()
        && places.stream()
            .allMatch(
                p ->
                    linear.contains(p.canonical())
                        && p.changes().stream().allMatch(this::takesRows));
  }

  private boolean takesRows(Change change) {
    return switch (change) {
      case Change.Rows rows -> true;
      case Change.Last last -> true;
      case Change.Transposed t -> t.rows() == 0;
      default -> false;
    };
  }

  private boolean transposed(String module) {
    return names.placed(module + ".weight").stream()
        .anyMatch(
            p ->
                p.changes().stream()
                    .anyMatch(c -> c instanceof Change.Transposed t && t.rows() == 0));
  }

  /** Finds the updates beside ops. */
  void beside(Function<Weight, StoredTensor> base, List<Weight> weights) {
    Map<String, Weight> known = new LinkedHashMap<>();
    weights.forEach(w -> known.put(w.name(), w));
    for (int i = 0; i < adapters.size() && placing != Contents.Placing.MERGED; i++) {
      Adapter adapter = adapters.get(i);
      for (Map.Entry<String, Adapter.Update> e : adapter.updates().entrySet()) {
        if (besideOps(e.getKey())) {
          for (WeightNames.Placed place : names.placed(e.getKey() + ".weight")) {
            Weight weight = Objects.requireNonNull(known.get(place.canonical()));
            add(adapter, e.getKey(), i, weight, place.changes(), base);
          }
        }
      }
    }
  }

  private void add(
      Adapter adapter,
      String module,
      int number,
      Weight weight,
      List<Change> changes,
      Function<Weight, StoredTensor> base) {
    Adapter.Update update = Objects.requireNonNull(adapter.updates().get(module));
    int[] rows = order.apply(weight);
    StoredTensor b = selected(update.b(), changes, rows);
    StoredTensor a = update.a();
    if (a.columns() != weight.cols() || b.rows() != weight.rows()) {
      throw adapter.misfit(module, base.apply(weight));
    }
    Weight low = new Weight(weight.name() + ".lora_a." + number, (int) a.rows(), weight.cols());
    Weight high = new Weight(weight.name() + ".lora_b." + number, weight.rows(), (int) a.rows());
    parts.put(low.name(), a);
    parts.put(high.name(), b);
    Weight magnitude = null;
    if (update.magnitude() != null) {
      magnitude = Weight.vector(weight.name() + ".lora_magnitude." + number, weight.rows());
      StoredTensor m = update.magnitude();
      StoredTensor vector =
          new StoredTensor(m.name(), m.type(), List.of(m.elements()), m.content());
      parts.put(
          magnitude.name(),
          MergedUpdate.factors(
              base.apply(weight), a, b, update.scale(), selected(vector, changes, rows)));
    }
    List<@Nullable LowRank> all =
        updates.computeIfAbsent(
            weight.name(), _ -> new ArrayList<>(Collections.nCopies(adapters.size(), null)));
    all.set(number, new LowRank(low, high, update.scale(), magnitude));
    if (placing == Contents.Placing.BESIDE) {
      requireCompany(adapter, every(all));
    }
  }

  private static void requireCompany(Adapter adapter, List<LowRank> all) {
    if (all.size() > 1 && all.stream().anyMatch(u -> u.magnitude() != null)) {
      throw new PunaException(
          adapter.folder() + ": DoRA beside another adapter of the same weights",
          "merge one of them first");
    }
  }

  private static List<LowRank> every(List<@Nullable LowRank> byAdapter) {
    return byAdapter.stream().flatMap(Stream::ofNullable).toList();
  }

  /** Rows as a weight takes them of what is stored; whoever stores inputs as rows does so alone. */
  private static StoredTensor selected(
      StoredTensor tensor, List<Change> changes, int @Nullable [] rows) {
    StoredTensor selected = tensor;
    for (Change change : changes) {
      selected = change instanceof Change.Transposed ? selected : change.of(selected);
    }
    return rows == null ? selected : new Change.Ordered(rows).of(selected);
  }

  Updates updates(Weight weight) {
    List<@Nullable LowRank> all = updates.get(weight.name());
    if (all == null) {
      return Updates.NONE;
    }
    return placing == Contents.Placing.CHOSEN
        ? new Updates.Chosen(all)
        : new Updates.Every(every(all));
  }

  /** The tensors of the updates, by the names of their weights. */
  SequencedMap<String, StoredTensor> parts() {
    return parts;
  }
}
