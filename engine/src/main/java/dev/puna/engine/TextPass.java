package dev.puna.engine;

import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Executable;
import dev.puna.program.Step;
import dev.puna.program.Value;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Objects;

/**
 * Reads one text through a loaded model, step after step of at most as many rows as it was made
 * for, and keeps rows of whatever values are asked for. Rotations that depend on length are made
 * for the whole text's.
 */
final class TextPass {
  private final LoadedModel model;
  private final Forward.Input input;
  private final int[] own;
  private final Room room;
  private final TokenPlaces places;
  private final Spec spec;
  private boolean hasSource;

  /**
   * @param own what the decoder reads, or the only program
   * @param room that is big enough for it
   * @throws dev.puna.tensor.PunaException if the text is not of the form that the model reads
   */
  TextPass(LoadedModel model, Forward.Input input, int[] own, Room room) {
    this.model = model;
    this.input = input;
    this.own = own;
    this.room = room;
    spec = model.checkpoint.spec();
    places = TokenPlaces.of(spec.reading(), own);
    int blockSize = model.step.limits().blockSize();
    Room.require(room.blocks(), own.length, blockSize);
    require(places.prefix(), model.step);
    if (model.sourceStep != null) {
      Room.require(room.sourceBlocks(), input.ids().length, blockSize);
      require(input.ids().length, model.sourceStep);
    }
  }

  /**
   * @throws PunaException if more tokens have to be read at once than a step takes
   */
  static void require(int tokens, Step step) {
    if (tokens > step.limits().rows()) {
      throw new PunaException(
          "a text of %d tokens that is read at once, where %d may be"
              .formatted(tokens, step.limits().rows()),
          "shorten it or enlarge the context (-c)");
    }
  }

  /** Length of the part of the text that is read as a whole. */
  int prefix() {
    return places.prefix();
  }

  /** Looks at what a step has computed. */
  interface Watcher {
    /** Rows [from, to) of the text have been read by the step that is still there. */
    void step(int from, int to);
  }

  /**
   * Lets the encoder read, in one step.
   *
   * @param kept values of which rows are wanted, and where to: [S][cols]
   * @return its rows, [S][D]
   */
  float[][] readSource(Map<Value, float[][]> kept) {
    Step step = Objects.requireNonNull(model.sourceStep);
    Executable executable = Objects.requireNonNull(model.sourceExecutable);
    int[] ids = input.ids();
    step.clear();
    step.sequence(room.sourceBlocks(), room.sourceBlocks().length);
    step.readWhole(ids.length);
    step.choose(input.adapter());
    int wanted = step.limits().outputs();
    for (int t = 0; t < ids.length; t++) {
      step.add(ids[t], t, ids.length, t < wanted);
    }
    float[][] rows = new float[ids.length][spec.width()];
    run(executable, step, kept, 0, ids.length);
    copy(executable.result(Decoder.HIDDEN), rows, 0, ids.length);
    hasSource = true;
    return rows;
  }

  /**
   * Reads the text. Results are wanted of as many rows of a step, from its first one on, as it has
   * room for.
   *
   * @param kept values of which rows are wanted, and where to: [T][cols]
   */
  void read(Map<Value, float[][]> kept, Watcher watcher) {
    Step step = model.step;
    int rows = step.limits().rows();
    for (int from = 0, number = 0; from < own.length; from += rows, number++) {
      int to = Math.min(own.length, from + rows);
      step.clear();
      step.sequence(room.blocks(), room.blocks().length);
      step.readWhole(places.prefix());
      step.choose(input.adapter());
      int place = room.place();
      step.places(number == 0 ? -1 : place + number % 2, place + (number + 1) % 2);
      if (hasSource) {
        step.source(room.sourceBlocks(), room.sourceBlocks().length, input.ids().length);
      }
      for (int t = from; t < to; t++) {
        int second = input.segments().length > 0 ? input.segments()[t] : places.second(t);
        boolean wanted = t - from < step.limits().outputs();
        step.add(own[t], t, own.length, places.place(t), second, wanted);
      }
      run(model.executable, step, kept, from, to);
      watcher.step(from, to);
    }
  }

  private void run(Executable executable, Step step, Map<Value, float[][]> kept, int from, int to) {
    if (kept.isEmpty()) {
      executable.run(step, model.state);
      return;
    }
    executable.trace(
        step,
        model.state,
        (value, rows, data) -> {
          float[][] target = kept.get(value);
          if (target != null) {
            copy(data, target, from, from + rows);
          }
        });
  }

  /** Rows from the first on to [from, to) of the target. */
  static void copy(MemorySegment rows, float[][] target, int from, int to) {
    for (int t = from; t < to; t++) {
      long at = (long) (t - from) * target[t].length * Float.BYTES;
      MemorySegment.copy(
          rows, ValueLayout.JAVA_FLOAT_UNALIGNED, at, target[t], 0, target[t].length);
    }
  }
}
