package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.program.AttentionWeights;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Scores;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The values of a program that an {@link Insight} is made of, found in its ops, and the rows of
 * them that a pass keeps.
 */
final class LayerRows {
  /** What of a layer is looked at. */
  private static final class Found {
    @Nullable Value out;
    Op.@Nullable Attend attend;
    Op.@Nullable AttendSource cross;
  }

  private final Insight.Wanted wanted;
  private final TreeMap<Integer, Found> found = new TreeMap<>();

  /** What an encoder keeps for the decoder's layers, by state. */
  private final Map<Integer, Value> keys = new HashMap<>();

  private final Map<Value, float[][]> kept = new HashMap<>();

  /**
   * @param name of what a layer hands on, by which layers are told apart
   * @param rows of the text
   */
  LayerRows(
      Program program, int layers, IntFunction<String> name, Insight.Wanted wanted, int rows) {
    this.wanted = wanted;
    int layer = 0;
    for (Op op : program.ops()) {
      if (op instanceof Op.Keep k && wanted.attention()) {
        keys.put(k.state(), k.k());
        keep(k.k(), rows);
      }
      if (layer < layers && wanted.layer(layer)) {
        look(op, found.computeIfAbsent(layer, _ -> new Found()), rows);
      }
      if (layer < layers && op.out().name().equals(name.apply(layer))) {
        if (wanted.layer(layer)) {
          Objects.requireNonNull(found.get(layer)).out = op.out();
          keep(op.out(), rows);
        }
        layer++;
      }
    }
  }

  private void look(Op op, Found in, int rows) {
    if (op instanceof Op.Attend a && wanted.attention()) {
      in.attend = a;
      keep(a.q(), rows);
      keep(a.k(), rows);
    }
    if (op instanceof Op.AttendSource a && wanted.attention()) {
      in.cross = a;
      keep(a.q(), rows);
    }
  }

  private void keep(Value value, int rows) {
    kept.computeIfAbsent(value, v -> new float[rows][v.cols()]);
  }

  /** The values, and where to their rows go. */
  Map<Value, float[][]> kept() {
    return kept;
  }

  /** Bytes of all rows that would be kept. */
  static long bytes(Checkpoint checkpoint, Forward.Input input, Insight.Wanted wanted) {
    int layers = checkpoint.spec().layers().size();
    long longest = Math.max(input.ids().length, input.own(checkpoint).length);
    long columns = 0;
    for (Program program : checkpoint.programs()) {
      for (Op op : program.ops()) {
        columns +=
            switch (op) {
              case Op.Attend a when wanted.attention() -> a.q().cols() + a.k().cols();
              case Op.AttendSource a when wanted.attention() -> a.q().cols();
              case Op.Keep k when wanted.attention() -> k.k().cols();
              default -> 0;
            };
      }
      columns += (long) layers * checkpoint.spec().width();
    }
    int share = wanted.layers().isEmpty() ? layers : Math.min(layers, wanted.layers().size());
    return Float.BYTES * longest * columns / layers * share;
  }

  void requireFinite(LoadedModel model) {
    for (Found layer : found.values()) {
      for (float[] row : rows(layer.out)) {
        if (!Finite.all(row)) {
          throw Finite.explain(model.executable, model.step, model.state);
        }
      }
    }
  }

  private float[][] rows(@Nullable Value value) {
    return Objects.requireNonNull(kept.get(Objects.requireNonNull(value)));
  }

  /** The model's head applied to what each layer hands on. */
  List<List<List<TokenLogProb>>> lenses(LoadedModel model, int adapter) {
    LogSoftmax softmax = new LogSoftmax(wanted.lens());
    List<List<List<TokenLogProb>>> all = new ArrayList<>();
    for (Found layer : found.values()) {
      List<List<TokenLogProb>> guesses = new ArrayList<>();
      model
          .head()
          .run(
              rows(layer.out),
              adapter,
              model.state,
              false,
              (row, logits, _) -> {
                softmax.read(logits, 0);
                guesses.add(softmax.top());
              });
      all.add(guesses);
    }
    return all;
  }

  /**
   * What was seen.
   *
   * @param prefix length of the part of the text that was read as a whole
   * @param source what was kept of the encoder's pass
   * @param lenses of each layer; none: not asked for
   */
  List<Insight.Layer> layers(
      LoadedModel model,
      int prefix,
      Optional<LayerRows> source,
      List<List<List<TokenLogProb>>> lenses) {
    List<Insight.Layer> layers = new ArrayList<>();
    found.forEach(
        (number, layer) ->
            layers.add(
                new Insight.Layer(
                    number,
                    wanted.hidden() ? rows(layer.out) : new float[0][],
                    mixing(model, layer.attend, prefix),
                    Optional.ofNullable(layer.cross).map(c -> cross(model, c, source)),
                    lenses.isEmpty() ? List.of() : lenses.get(layers.size()))));
    return List.copyOf(layers);
  }

  private Insight.Mixing mixing(LoadedModel model, Op.@Nullable Attend op, int prefix) {
    if (op == null) {
      return wanted.attention() ? new Insight.Recurrence() : new Insight.NotAsked();
    }
    AttentionWeights weights =
        new AttentionWeights(
            op.heads(),
            op.scores(),
            numbers(model.checkpoint, op.table()),
            numbers(model.checkpoint, op.sinks()));
    return new AttentionMap(weights, op.mask(), prefix, rows(op.q()), rows(op.k()), model.kvType);
  }

  private AttentionMap cross(LoadedModel model, Op.AttendSource op, Optional<LayerRows> source) {
    LayerRows from = source.orElseThrow();
    AttentionWeights weights = new AttentionWeights(op.heads(), Scores.PLAIN, null, null);
    float[][] k = from.rows(from.keys.get(op.state()));
    return new AttentionMap(weights, null, 0, rows(op.q()), k, model.kvType);
  }

  private static float @Nullable [] numbers(Checkpoint checkpoint, @Nullable Weight weight) {
    return weight == null ? null : checkpoint.tensor(weight).toArray();
  }
}
