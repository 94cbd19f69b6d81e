package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Step;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * One pass of a model over given tokens, with everything that can be seen of it.
 *
 * @param output at every position: logits [T][V], or an encoder's rows [T][D]
 * @param hidden what each layer hands on, [layers][T][D]; empty unless asked for
 * @param last the last layer's rows, normalized, which logits are made of, [T][D]; empty unless
 *     asked for
 * @param pooled the first row behind a layer of its own, [D]; empty where a model has none
 * @param source the rows that a decoder attended to, [S][D]; empty without an encoder
 * @param sourceHidden what each of the encoder's layers hands on; empty unless asked for
 */
public record Forward(
    float[][] output,
    float[][][] hidden,
    float[][] last,
    float[] pooled,
    float[][] source,
    float[][][] sourceHidden) {
  private static final int BLOCK = 32;
  private static final int CHUNK = 128;

  /**
   * What a model reads.
   *
   * @param ids a text
   * @param decoderIds what the decoder has said so far, where the text is an encoder's
   * @param segments which of a pair of texts each token belongs to, or none
   */
  public record Input(int[] ids, int[] decoderIds, int[] segments) {
    public static Input of(int... ids) {
      return new Input(ids, new int[0], new int[0]);
    }
  }

  /** Logits at every position, [T][V]. */
  public float[][] logits() {
    return output;
  }

  /**
   * The last layer's rows, normalized, [T][D]: an encoder's output, or what a decoder makes its
   * logits of.
   *
   * @throws PunaException as {@link #of(Checkpoint, Input, Options, boolean)}
   */
  public static float[][] rows(Checkpoint checkpoint, int[] ids, Options options) {
    Spec spec = checkpoint.spec();
    if (spec.head() instanceof Spec.Pooled) {
      return of(checkpoint, ids, options, false).output;
    }
    if (spec.source() != null) {
      return of(checkpoint, ids, options, false).source;
    }
    return of(checkpoint, ids, options, true).last;
  }

  /** As {@link #of(Checkpoint, Input, Options, boolean)} of a single text. */
  public static Forward of(Checkpoint checkpoint, int[] ids, Options options, boolean hidden) {
    return of(checkpoint, Input.of(ids), options, hidden);
  }

  /**
   * Computes the output at every position. Rotations that depend on length are made for the whole
   * input's.
   *
   * @throws PunaException if an id is not in the vocabulary, or numbers go bad
   */
  public static Forward of(Checkpoint checkpoint, Input input, Options options, boolean hidden) {
    Spec spec = checkpoint.spec();
    Spec.Encoder encoder = spec.source();
    int[] own = encoder == null ? input.ids : opening(checkpoint, input.decoderIds);
    Engine.checkPrompt(input.ids, spec.vocab());
    Engine.checkPrompt(own, spec.vocab());
    checkSegments(spec, input);
    int length = Math.max(input.ids.length, own.length);
    int blocks = KvPool.blocks(length, BLOCK);
    boolean whole = checkpoint.program().looksAhead();
    int rows = whole ? own.length : Math.min(own.length, CHUNK);
    if (!options.force()) {
      Memory.require(checkpoint, length, options, rows, Memory.available());
    }
    int tables = encoder == null ? blocks : 2 * blocks;
    Limits limits = new Limits(rows, rows, 1, tables, BLOCK);
    Limits sourceLimits = new Limits(input.ids.length, input.ids.length, 1, tables, BLOCK);
    // whoever looks at numbers wants keys and values as they are, unless he says otherwise
    Options exact = options.kvType() == null ? options.kvType(DType.F32) : options;
    try (LoadedModel model = new LoadedModel(
            checkpoint, exact, new LoadedModel.Extent(limits, sourceLimits, tables, 2))) {
      float[][] source = new float[0][];
      float[][][] sourceHidden = new float[0][][];
      Pass pass = new Pass(model, input, own, spec, hidden);
      if (encoder != null) {
        sourceHidden = new float[hidden ? encoder.layers().size() : 0][input.ids.length][];
        source = pass.readSource(sourceHidden);
      }
      return pass.read(source, sourceHidden);
    }
  }

  private static int[] opening(Checkpoint checkpoint, int[] decoderIds) {
    return decoderIds.length > 0
        ? decoderIds
        : checkpoint.generation().opening().stream().mapToInt(Integer::intValue).toArray();
  }

  private static void checkSegments(Spec spec, Input input) {
    if (input.segments.length > 0 && input.segments.length != input.ids.length) {
      throw new PunaException(
          "%d segments for %d tokens".formatted(input.segments.length, input.ids.length),
          "give one for each token");
    }
    for (int segment : input.segments) {
      if (segment < 0 || segment >= Math.max(1, spec.embedding().segments())) {
        throw new PunaException(
            "segment " + segment + " of a model that has " + spec.embedding().segments(),
            "they are numbered from 0");
      }
    }
  }

  /** The chunks of one pass. */
  private static final class Pass {
    private final LoadedModel model;
    private final Input input;
    private final int[] own;
    private final Spec spec;
    private final boolean wantsHidden;
    private final int[] table;
    private final int[] sourceTable;

    Pass(LoadedModel model, Input input, int[] own, Spec spec, boolean wantsHidden) {
      this.model = model;
      this.input = input;
      this.own = own;
      this.spec = spec;
      this.wantsHidden = wantsHidden;
      int blocks = KvPool.blocks(own.length, BLOCK);
      table = table(0, blocks);
      sourceTable = table(blocks, KvPool.blocks(input.ids.length, BLOCK));
    }

    private static int[] table(int from, int count) {
      int[] table = new int[count];
      for (int i = 0; i < count; i++) {
        table[i] = from + i;
      }
      return table;
    }

    float[][] readSource(float[][][] hidden) {
      Step step = java.util.Objects.requireNonNull(model.sourceStep);
      Executable executable = java.util.Objects.requireNonNull(model.sourceExecutable);
      int[] ids = input.ids;
      step.clear();
      step.sequence(sourceTable, sourceTable.length);
      step.readWhole(ids.length);
      for (int t = 0; t < ids.length; t++) {
        step.add(ids[t], t, ids.length, true);
      }
      Map<String, float[][]> layers = new HashMap<>();
      for (int i = 0; i < hidden.length; i++) {
        hidden[i] = new float[ids.length][spec.width()];
        layers.put(Decoder.sourceLayerOut(i), hidden[i]);
      }
      float[][] rows = new float[ids.length][spec.width()];
      run(executable, step, layers, 0, ids.length);
      copy(executable.result(Decoder.HIDDEN), rows, 0, ids.length);
      return rows;
    }

    Forward read(float[][] source, float[][][] sourceHidden) {
      boolean scores = spec.head() instanceof Spec.Logits;
      float[][] output = new float[own.length][scores ? spec.vocab() : spec.width()];
      int count = wantsHidden ? spec.layers().size() : 0;
      float[][][] hidden = new float[count][own.length][spec.width()];
      Map<String, float[][]> layers = new HashMap<>();
      for (int i = 0; i < count; i++) {
        layers.put(Decoder.layerOut(spec, i), hidden[i]);
      }
      float[][] last = new float[wantsHidden ? own.length : 0][spec.width()];
      if (wantsHidden) {
        layers.put(Decoder.lastRows(spec), last);
      }
      TokenPlaces places = TokenPlaces.of(spec.reading(), own);
      Step step = model.step;
      for (int from = 0, chunk = 0; from < own.length; from += step.limits().rows(), chunk++) {
        int to = Math.min(own.length, from + step.limits().rows());
        step.clear();
        step.sequence(table, table.length);
        step.readWhole(places.prefix());
        step.places(chunk == 0 ? -1 : chunk % 2, (chunk + 1) % 2);
        if (source.length > 0) {
          step.source(sourceTable, sourceTable.length, source.length);
        }
        for (int t = from; t < to; t++) {
          int second = input.segments.length > 0 ? input.segments[t] : places.second(t);
          step.add(own[t], t, own.length, places.place(t), second, true);
        }
        run(model.executable, step, layers, from, to);
        copy(model.executable.result(scores ? Decoder.LOGITS : Decoder.HIDDEN), output, from, to);
        for (int t = from; t < to; t++) {
          if (!Finite.all(output[t])) {
            throw Finite.explain(model.executable, step, model.state);
          }
        }
      }
      return new Forward(output, hidden, last, pooled(), source, sourceHidden);
    }

    private float[] pooled() {
      if (!(spec.head() instanceof Spec.Pooled pooled) || !pooled.dense()) {
        return new float[0];
      }
      float[][] first = new float[1][spec.width()];
      copy(model.executable.result(Decoder.POOLED), first, 0, 1);
      return first[0];
    }

    private void run(
        Executable executable, Step step, Map<String, float[][]> layers, int from, int to) {
      if (layers.isEmpty()) {
        executable.run(step, model.state);
        return;
      }
      executable.trace(
          step,
          model.state,
          (value, rows, data) -> {
            float[][] target = layers.get(value.name());
            if (target != null) {
              copy(data, target, from, to);
            }
          });
    }

    private static void copy(MemorySegment rows, float[][] target, int from, int to) {
      for (int t = from; t < to; t++) {
        long at = (long) (t - from) * target[t].length * Float.BYTES;
        MemorySegment.copy(
            rows, ValueLayout.JAVA_FLOAT_UNALIGNED, at, target[t], 0, target[t].length);
      }
    }
  }
}
