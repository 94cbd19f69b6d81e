package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.Value;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;

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
  private static final int CHUNK = 128;

  /**
   * What a model reads.
   *
   * @param ids a text
   * @param decoderIds what the decoder has said so far, where the text is an encoder's
   * @param segments which of a pair of texts each token belongs to, or none
   * @param adapter number of the adapter to read it with; -1: none
   */
  public record Input(int[] ids, int[] decoderIds, int[] segments, int adapter) {
    public Input(int[] ids, int[] decoderIds, int[] segments) {
      this(ids, decoderIds, segments, -1);
    }

    public static Input of(int... ids) {
      return new Input(ids, new int[0], new int[0]);
    }

    /**
     * What the decoder reads, or the only program.
     *
     * @throws PunaException if there is something that the model cannot read
     */
    int[] own(Checkpoint checkpoint) {
      Spec spec = checkpoint.spec();
      int[] own = spec.source() == null ? ids : opening(checkpoint);
      RequestChecks.checkPrompt(ids, spec.vocab());
      RequestChecks.checkPrompt(own, spec.vocab());
      checkSegments(spec);
      int adapters = checkpoint.selectable().size();
      if (adapter < -1 || adapter >= adapters) {
        throw new PunaException(
            "adapter %d of a model with %d".formatted(adapter, adapters),
            "they are numbered from 0");
      }
      return own;
    }

    private int[] opening(Checkpoint checkpoint) {
      return decoderIds.length > 0
          ? decoderIds
          : checkpoint.generation().opening().stream().mapToInt(Integer::intValue).toArray();
    }

    private void checkSegments(Spec spec) {
      if (segments.length > 0 && segments.length != ids.length) {
        throw new PunaException(
            "%d segments for %d tokens".formatted(segments.length, ids.length),
            "give one for each token");
      }
      for (int segment : segments) {
        if (segment < 0 || segment >= Math.max(1, spec.embedding().segments())) {
          throw new PunaException(
              "segment " + segment + " of a model that has " + spec.embedding().segments(),
              "they are numbered from 0");
        }
      }
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
    return TextRows.of(checkpoint, List.of(Input.of(ids)), options).getFirst();
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
    try (LoadedModel model = load(checkpoint, input, options, Integer.MAX_VALUE)) {
      return on(model, input, room(checkpoint, input), hidden);
    }
  }

  /**
   * The same by a model that is loaded, whose steps are as large as they are.
   *
   * @param room that nobody else uses meanwhile
   */
  static Forward on(LoadedModel model, Input input, Room room, boolean hidden) {
    int[] own = input.own(model.checkpoint);
    TextPass pass = new TextPass(model, input, own, room);
    Spec spec = model.checkpoint.spec();
    Spec.Encoder encoder = spec.source();
    float[][] source = new float[0][];
    float[][][] sourceHidden = new float[0][][];
    if (encoder != null) {
      Map<Value, float[][]> kept = new HashMap<>();
      Program program = Objects.requireNonNull(model.checkpoint.sourceProgram());
      int layers = hidden ? encoder.layers().size() : 0;
      sourceHidden =
          keep(kept, program, layers, Decoder::sourceLayerOut, input.ids.length, spec.width());
      source = pass.readSource(kept);
    }
    return new Reading(model, input, own, hidden).read(pass, source, sourceHidden);
  }

  /** Puts the outputs of layers among the values that are kept. */
  private static float[][][] keep(
      Map<Value, float[][]> kept,
      Program program,
      int layers,
      IntFunction<String> name,
      int rows,
      int width) {
    float[][][] hidden = new float[layers][rows][width];
    for (int i = 0; i < layers; i++) {
      kept.put(program.value(name.apply(i)), hidden[i]);
    }
    return hidden;
  }

  /**
   * Loads a model for one text.
   *
   * @param outputs rows of a step whose results are computed, at most
   */
  static LoadedModel load(Checkpoint checkpoint, Input input, Options options, int outputs) {
    int[] own = input.own(checkpoint);
    boolean encoder = checkpoint.spec().source() != null;
    int length = Math.max(input.ids.length, own.length);
    int blocks = KvPool.blocks(length, Sizes.BLOCK);
    int rows = checkpoint.program().looksAhead() ? own.length : Math.min(own.length, CHUNK);
    if (!options.force()) {
      Memory.require(checkpoint, length, options, rows, Memory.available());
    }
    int tables = encoder ? 2 * blocks : blocks;
    int results = Math.min(rows, outputs);
    Limits limits = new Limits(rows, results, 1, tables, Sizes.BLOCK);
    Limits sourceLimits = new Limits(input.ids.length, input.ids.length, 1, tables, Sizes.BLOCK);
    // whoever looks at numbers wants keys and values as they are, unless he says otherwise
    Options exact = options.kvType() == null ? options.kvType(DType.F32) : options;
    return new LoadedModel(checkpoint, exact, limits, sourceLimits);
  }

  /** Room for a text that has a state to itself. */
  static Room room(Checkpoint checkpoint, Input input) {
    int source = checkpoint.spec().source() == null ? 0 : input.ids.length;
    return Room.first(input.own(checkpoint).length, source, Sizes.BLOCK);
  }

  /** What is kept of a pass. */
  private static final class Reading {
    private final LoadedModel model;
    private final Input input;
    private final Spec spec;
    private final boolean scores;
    private final boolean wantsHidden;
    private final float[][] output;
    private final float[][] last;
    private final float[][][] hidden;
    private final Map<Value, float[][]> kept = new HashMap<>();

    /** The residual stream behind all layers, where results are not computed at every position. */
    private final float[][] stream;

    Reading(LoadedModel model, Input input, int[] own, boolean wantsHidden) {
      this.model = model;
      this.input = input;
      this.wantsHidden = wantsHidden;
      spec = model.checkpoint.spec();
      scores = spec.head() instanceof Spec.Logits;
      int length = own.length;
      int width = spec.width();
      int layers = spec.layers().size();
      Program program = model.checkpoint.program();
      Limits limits = model.step.limits();
      boolean everywhere = limits.outputs() >= Math.min(length, limits.rows());
      output = new float[length][scores ? spec.vocab() : width];
      last = new float[wantsHidden && scores ? length : 0][width];
      IntFunction<String> name = i -> Decoder.layerOut(spec, i);
      hidden = keep(kept, program, wantsHidden ? layers : 0, name, length, width);
      if (everywhere || !scores) {
        stream = new float[0][];
      } else if (wantsHidden) {
        stream = hidden[layers - 1];
      } else {
        stream = new float[length][width];
        kept.put(program.value(name.apply(layers - 1)), stream);
      }
      if (last.length > 0 && everywhere) {
        kept.put(program.value(Decoder.lastRows(spec)), last);
      }
    }

    Forward read(TextPass pass, float[][] source, float[][][] sourceHidden) {
      pass.read(kept, this::step);
      if (stream.length > 0) {
        model.head().run(stream, input.adapter, model.state, wantsHidden, this::row);
      }
      return new Forward(output, hidden, last, pooled(), source, sourceHidden);
    }

    private void step(int from, int to) {
      if (stream.length == 0) {
        String name = scores ? Decoder.LOGITS : Decoder.HIDDEN;
        TextPass.copy(model.executable.result(name), output, from, to);
      }
      float[][] computed = stream.length == 0 ? output : stream;
      for (int t = from; t < to; t++) {
        if (!Finite.all(computed[t])) {
          throw Finite.explain(model.executable, model.step, model.state);
        }
      }
    }

    private void row(int row, float[] logits, float[] normalized) {
      output[row] = logits.clone();
      if (wantsHidden) {
        last[row] = normalized.clone();
      }
    }

    private float[] pooled() {
      if (!(spec.head() instanceof Spec.Pooled pooled) || !pooled.dense()) {
        return new float[0];
      }
      float[][] first = new float[1][spec.width()];
      TextPass.copy(model.executable.result(Decoder.POOLED), first, 0, 1);
      return first[0];
    }
  }
}
