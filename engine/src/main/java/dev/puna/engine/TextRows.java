package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Limits;
import dev.puna.program.Step;
import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The last rows of texts, which {@link Pooling} makes their vectors of: what an encoder hands on,
 * or what a decoder makes its logits of. Several texts share a step.
 */
public final class TextRows {
  private static final int CHUNK = 512;

  /** Most texts that are read together. */
  private static final int TOGETHER = 16;

  private final LoadedModel model;
  private final LoadedModel.LastRows last;
  private final List<Text> texts = new ArrayList<>();

  /** A text and how much of it has been read. */
  private static final class Text {
    final Forward.Input input;
    final Room room;
    final TokenPlaces places;
    final float[][] rows;
    int done;
    int steps;

    Text(Forward.Input input, Room room, TokenPlaces places, int width) {
      this.input = input;
      this.room = room;
      this.places = places;
      rows = new float[input.ids().length][width];
    }

    int left() {
      return rows.length - done;
    }

    /** How many rows a step with room for some takes: a prefix is read in one. */
    int takes(int room) {
      int count = Math.min(left(), room);
      return done + count < places.prefix() ? 0 : count;
    }
  }

  private TextRows(LoadedModel model) {
    this.model = model;
    last = model.lastRows();
  }

  /**
   * Loads a model, and reads texts.
   *
   * @return each text's rows, [T][D]
   * @throws dev.puna.tensor.PunaException if the model cannot read one, or numbers go bad
   */
  public static List<float[][]> of(
      Checkpoint checkpoint, List<Forward.Input> texts, Options options) {
    List<float[][]> all = new ArrayList<>();
    if (texts.isEmpty()) {
      return all;
    }
    texts.forEach(t -> t.own(checkpoint));
    int together = Math.min(TOGETHER, texts.size());
    int longest = texts.stream().mapToInt(t -> t.ids().length).max().orElseThrow();
    int blocks = Math.multiplyExact(KvPool.blocks(longest, Sizes.BLOCK), together);
    int most = Math.max(longest, together);
    int rows = checkpoint.program().looksAhead() ? most : Math.min(most, CHUNK);
    Options exact = options.kvType() == null ? options.kvType(DType.F32) : options;
    if (!options.force()) {
      Options own = exact.parallel(together);
      Memory.require(checkpoint, longest, own, rows, Memory.available());
    }
    Limits limits = new Limits(rows, 1, together, blocks, Sizes.BLOCK);
    Limits sourceLimits = new Limits(longest, 1, 1, blocks, Sizes.BLOCK);
    try (LoadedModel model = new LoadedModel(checkpoint, exact, limits, sourceLimits)) {
      for (int from = 0; from < texts.size(); from += together) {
        List<Forward.Input> some = texts.subList(from, Math.min(texts.size(), from + together));
        all.addAll(on(model, some, rooms(some.size(), KvPool.blocks(longest, Sizes.BLOCK))));
      }
    }
    return all;
  }

  private static List<Room> rooms(int count, int blocksEach) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              int[] own = IntStream.range(i * blocksEach, (i + 1) * blocksEach).toArray();
              return new Room(own, own, 2 * i);
            })
        .toList();
  }

  /**
   * Reads texts by a model that is loaded.
   *
   * @param rooms of each text, which nobody else uses meanwhile; of an encoder that a decoder
   *     attends to, the blocks of the source count
   */
  static List<float[][]> on(LoadedModel model, List<Forward.Input> texts, List<Room> rooms) {
    TextRows reading = new TextRows(model);
    for (int i = 0; i < texts.size(); i++) {
      reading.add(texts.get(i), rooms.get(i));
    }
    List<Text> left = new ArrayList<>(reading.texts);
    while (!left.isEmpty()) {
      reading.step(left);
      left.removeIf(t -> t.left() == 0);
    }
    return reading.texts.stream().map(t -> t.rows).toList();
  }

  private void add(Forward.Input input, Room room) {
    input.own(model.checkpoint);
    TokenPlaces places = TokenPlaces.of(model.checkpoint.spec().reading(), input.ids());
    if (model.sourceExecutable != null) {
      places = new TokenPlaces.Plain(input.ids().length);
    }
    TextPass.require(places.prefix(), last.step());
    Room.require(blocks(room), input.ids().length, last.step().limits().blockSize());
    texts.add(new Text(input, room, places, model.checkpoint.spec().width()));
  }

  private int[] blocks(Room room) {
    return model.sourceExecutable != null ? room.sourceBlocks() : room.blocks();
  }

  /** One step with as many rows of the texts as it takes. */
  private void step(List<Text> left) {
    Step step = last.step();
    Limits limits = step.limits();
    step.clear();
    List<Text> part = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    int rows = 0;
    for (Text text : left) {
      int count = part.size() < limits.sequences() ? text.takes(limits.rows() - rows) : 0;
      if (count > 0) {
        fill(step, text, count);
        part.add(text);
        counts.add(count);
        rows += count;
      }
    }
    last.executable().run(step, model.state);
    float[][] computed = new float[rows][model.checkpoint.spec().width()];
    TextPass.copy(last.executable().result(last.name()), computed, 0, rows);
    int at = 0;
    for (int i = 0; i < part.size(); i++) {
      Text text = part.get(i);
      for (int t = 0; t < counts.get(i); t++) {
        if (!Finite.all(computed[at])) {
          throw Finite.explain(last.executable(), step, model.state);
        }
        text.rows[text.done++] = computed[at++];
      }
      text.steps++;
    }
  }

  private void fill(Step step, Text text, int count) {
    int[] ids = text.input.ids();
    int[] segments = text.input.segments();
    int[] blocks = blocks(text.room);
    step.sequence(blocks, blocks.length);
    step.readWhole(text.places.prefix());
    step.choose(text.input.adapter());
    int place = text.room.place();
    int turn = text.steps % 2;
    step.places(text.steps == 0 ? -1 : place + turn, place + 1 - turn);
    for (int t = text.done; t < text.done + count; t++) {
      int second = segments.length > 0 ? segments[t] : text.places.second(t);
      step.add(ids[t], t, ids.length, text.places.place(t), second, last.selects());
    }
  }
}
