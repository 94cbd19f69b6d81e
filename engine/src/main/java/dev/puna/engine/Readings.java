package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Texts that are read for something else than to be continued, between the steps of those that are:
 * their vectors, and what the model's layers make of them. They borrow blocks of the KV cache for
 * as long as they are read.
 */
final class Readings {
  private final LoadedModel model;
  private final KvPool pool;
  private final Scheduler scheduler;
  private final StepLoop loop;
  private final int context;
  private final int place;

  /**
   * @param context most tokens of a text
   * @param place the first of two places for what they keep as a whole
   */
  Readings(
      LoadedModel model, KvPool pool, Scheduler scheduler, StepLoop loop, int context, int place) {
    this.model = model;
    this.pool = pool;
    this.scheduler = scheduler;
    this.loop = loop;
    this.context = context;
    this.place = place;
  }

  /** The last rows of texts, [T][D] each. */
  List<float[][]> rows(List<Forward.Input> texts) {
    List<float[][]> all = new ArrayList<>();
    for (int from = 0; from < texts.size(); ) {
      List<Forward.Input> some = texts.subList(from, from + together(texts, from));
      all.addAll(read(some, rooms -> TextRows.on(model, some, rooms)));
      from += some.size();
    }
    return all;
  }

  /** How many texts, from one on, are read together: as many as steps and the cache take. */
  private int together(List<Forward.Input> texts, int from) {
    int most = model.checkpoint.program().keepsWhole() ? 1 : model.step.limits().sequences();
    int blocks = 0;
    int count = 0;
    while (count < most && from + count < texts.size()) {
      blocks += pool.blocks(texts.get(from + count).ids().length);
      if (count > 0 && blocks > pool.total()) {
        break;
      }
      count++;
    }
    return count;
  }

  /** What the layers make of a text. */
  Insight look(Forward.Input text, Insight.Wanted wanted) {
    return read(List.of(text), rooms -> Insight.on(model, text, rooms.getFirst(), wanted));
  }

  private <T> T read(List<Forward.Input> texts, Function<List<Room>, T> reading) {
    texts.forEach(this::check);
    return loop.between(
        () -> {
          List<BlockTable> tables = new ArrayList<>();
          try {
            List<Room> rooms = new ArrayList<>();
            for (Forward.Input text : texts) {
              rooms.add(room(text, tables));
            }
            return reading.apply(rooms);
          } finally {
            tables.forEach(pool::release);
          }
        });
  }

  private void check(Forward.Input text) {
    int length = Math.max(text.ids().length, text.own(model.checkpoint).length);
    if (length > context) {
      throw new PunaException(
          "a text of %d tokens in a context of %d".formatted(length, context),
          "shorten it or enlarge the context (-c)");
    }
  }

  private Room room(Forward.Input text, List<BlockTable> tables) {
    int[] own = blocks(text.own(model.checkpoint).length, tables);
    boolean source = model.sourceExecutable != null;
    return new Room(own, source ? blocks(text.ids().length, tables) : new int[0], place);
  }

  private int[] blocks(int tokens, List<BlockTable> tables) {
    BlockTable table = new BlockTable();
    if (!scheduler.makeRoom(pool.blocks(tokens)) || !pool.write(table, 0, tokens)) {
      throw new PunaException(
          "the KV cache has no room for a text of %d tokens".formatted(tokens),
          "enlarge it (Scheduling.cache)");
    }
    tables.add(table);
    return Arrays.copyOf(table.blocks, table.count);
  }
}
