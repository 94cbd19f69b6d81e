package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.program.Limits;
import dev.puna.tensor.PunaException;

/**
 * How large an engine's steps and its state are.
 *
 * @param context most tokens of a sequence
 * @param extent of the model on its device
 * @param snapshots number of the places for what sequences keep as a whole, to be taken up again
 * @param room what the scheduler may put into a step
 */
record Sizes(int context, LoadedModel.Extent extent, int snapshots, Scheduler.Room room) {
  /** Tokens in a block of the KV cache. */
  static final int BLOCK = 32;

  /** Bytes of logits beyond one row for each sequence, for prompts whose tokens are scored. */
  private static final long LOGITS = 32 << 20;

  private static final int SNAPSHOTS = 8;

  static Sizes of(Checkpoint checkpoint, TextForm form, Options options) {
    int context = options.context() > 0 ? options.context() : checkpoint.spec().context();
    int parallel = options.parallel();
    int guesses = options.speculation().tokens();
    int texts = form.hasSource() ? 2 * parallel : parallel; // a source and what is said of it
    int each = KvPool.blocks(context, BLOCK);
    int tables = Math.multiplyExact(each, texts);
    int decoding = Math.multiplyExact(parallel, 1 + guesses);
    int chunk =
        checkpoint.program().looksAhead()
            ? Math.addExact(context, decoding)
            : options.scheduling().chunk();
    int rows = Math.max(decoding, (int) Math.min(chunk, (long) context * parallel));
    int scored = (int) Math.max(1, LOGITS / (4L * checkpoint.spec().vocab()));
    int outputs = Math.min(rows, Math.addExact(decoding, scored));
    int snapshots = checkpoint.program().keepsWhole() ? SNAPSHOTS : 0;
    LoadedModel.Extent extent =
        new LoadedModel.Extent(
            new Limits(rows, outputs, parallel, tables, BLOCK),
            new Limits(context, 1, 1, tables, BLOCK),
            blocks(options.scheduling().cache(), each, tables, context),
            2 * parallel + snapshots + 2);
    return new Sizes(
        context, extent, snapshots, new Scheduler.Room(rows, outputs, parallel, guesses));
  }

  private static int blocks(int cache, int each, int all, int context) {
    if (cache == 0) {
      return all;
    }
    int blocks = KvPool.blocks(cache, BLOCK);
    if (blocks < each) {
      throw new PunaException(
          "a KV cache of %d tokens for texts of up to %d".formatted(cache, context),
          "enlarge it, or take a smaller context (-c)");
    }
    return Math.min(blocks, all);
  }

  /** Tokens that the KV cache holds of each sequence, on average. */
  int cachedEach() {
    return (int) Math.ceilDiv((long) extent.blocks() * BLOCK, room.sequences());
  }
}
