package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * One pass of a model over given tokens, with everything that can be seen of it.
 *
 * @param logits at every position, [T][V]
 * @param hidden what each layer hands on, [layers][T][D]; empty unless asked for
 */
public record Forward(float[][] logits, float[][][] hidden) {
  private static final int BLOCK = 32;
  private static final int CHUNK = 128;

  /**
   * Computes the logits at every position. Rotations that depend on length are made for the whole
   * input's.
   *
   * @throws dev.puna.tensor.PunaException if an id is not in the vocabulary, or numbers go bad
   */
  public static Forward of(Checkpoint checkpoint, int[] ids, Options options, boolean hidden) {
    Engine.checkPrompt(ids, checkpoint.spec().vocab());
    int blocks = KvPool.blocks(ids.length, BLOCK);
    boolean whole = checkpoint.program().looksAhead();
    int rows = whole ? ids.length : Math.min(ids.length, CHUNK);
    if (!options.force()) {
      Memory.require(checkpoint, ids.length, options, rows, Memory.available());
    }
    Limits limits = new Limits(rows, rows, 1, blocks, BLOCK);
    try (Backend backend = Backends.choose(options.device())) {
      backend.threads(options.threads());
      try (Weights weights = backend.load(checkpoint, checkpoint.program().weights());
          State state =
              backend.state(checkpoint.program().states(), options.kvType(), blocks, BLOCK, 2);
          Executable executable = backend.compile(checkpoint.program(), weights, limits);
          Step step = new Step(limits)) {
        return new Pass(checkpoint, ids, executable, state, step, hidden).run();
      }
    }
  }

  /** The chunks of one pass. */
  private static final class Pass {
    private final int[] ids;
    private final Spec.Reading reading;
    private final Executable executable;
    private final State state;
    private final Step step;
    private final float[][] logits;
    private final float[][][] hidden;
    private final Map<String, float[][]> layers = new HashMap<>();

    Pass(
        Checkpoint checkpoint,
        int[] ids,
        Executable executable,
        State state,
        Step step,
        boolean hidden) {
      this.ids = ids;
      reading = checkpoint.spec().reading();
      this.executable = executable;
      this.state = state;
      this.step = step;
      logits = new float[ids.length][checkpoint.spec().vocab()];
      int count = hidden ? checkpoint.spec().layers().size() : 0;
      this.hidden = new float[count][ids.length][checkpoint.spec().width()];
      for (int i = 0; i < count; i++) {
        layers.put(Decoder.layerOut(checkpoint.spec(), i), this.hidden[i]);
      }
    }

    Forward run() {
      TokenPlaces places = TokenPlaces.of(reading, ids);
      int from = -1; // of the two places for what the sequence keeps as a whole
      int[] table = new int[KvPool.blocks(ids.length, BLOCK)];
      for (int i = 0; i < table.length; i++) {
        table[i] = i;
      }
      for (int first = 0; first < ids.length; first += step.limits().rows()) {
        int end = Math.min(ids.length, first + step.limits().rows());
        step.clear();
        step.sequence(table, table.length);
        step.readWhole(places.prefix());
        step.places(from, from == 0 ? 1 : 0);
        from = from == 0 ? 1 : 0;
        for (int t = first; t < end; t++) {
          step.add(ids[t], t, ids.length, places.place(t), places.second(t), true);
        }
        chunk(first, end);
      }
      return new Forward(logits, hidden);
    }

    private void chunk(int from, int to) {
      if (layers.isEmpty()) {
        executable.run(step, state);
      } else {
        executable.trace(
            step,
            state,
            (value, rows, data) -> {
              float[][] target = layers.get(value.name());
              if (target != null) {
                copy(data, target, from, to);
              }
            });
      }
      copy(executable.result(Decoder.LOGITS), logits, from, to);
      for (int t = from; t < to; t++) {
        if (!Finite.all(logits[t])) {
          throw Finite.explain(executable, step, state);
        }
      }
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
