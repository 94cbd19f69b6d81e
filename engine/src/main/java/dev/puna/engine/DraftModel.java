package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.program.Backend;
import dev.puna.program.Limits;
import dev.puna.program.Step;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A smaller model that guesses what the larger one will say: of each text it reads what is new,
 * then goes on greedily, all texts together in each of its steps. It has a state of its own. What
 * it was wrong about it overwrites; what it keeps as a whole it keeps twice, as it was after the
 * text, and as it is while it guesses.
 */
final class DraftModel implements Drafter {
  private static final int ROWS = 512;

  /** What the draft model has read of a text. */
  private static final class Text {
    final Sequence sequence;
    final BlockTable table = new BlockTable();
    final int seat;
    int[] read = {}; // the tokens whose keys and values are in the state
    int done;
    int text; // how many of them were the text's, when it was last read
    boolean flipped; // which place has what is kept as a whole, after the text
    int wanted;
    int guessed;
    int rows;

    Text(Sequence sequence, int seat) {
      this.sequence = sequence;
      this.seat = seat;
    }

    /** Of a seat's four places two are the text's, in turn, and two the guesses'. */
    int from() {
      return guessed > 1 ? 4 * seat + 2 + guessed % 2 : done == 0 ? -1 : afterText();
    }

    int to() {
      return guessed > 0 ? 4 * seat + 3 - guessed % 2 : 4 * seat + (flipped ? 0 : 1);
    }

    private int afterText() {
      return 4 * seat + (flipped ? 1 : 0);
    }
  }

  private final Checkpoint checkpoint;
  private final LoadedModel model;
  private final KvPool pool;
  private final boolean keepsWhole;
  private final int most;
  private final int context;
  private final int vocab;
  private final Likeliest likeliest = new Likeliest();
  private final float[] row;
  private final Map<Sequence, Text> texts = new IdentityHashMap<>();
  private final Deque<Integer> seats = new ArrayDeque<>();
  private final List<Text> active = new ArrayList<>();
  private final List<Text> inStep = new ArrayList<>();

  private DraftModel(
      Checkpoint checkpoint, Options options, int tokens, int context, int vocab, Backend backend) {
    this.checkpoint = checkpoint;
    this.vocab = Math.min(vocab, checkpoint.spec().vocab());
    row = new float[this.vocab];
    this.context = Math.min(context, checkpoint.spec().context());
    most = tokens;
    keepsWhole = checkpoint.program().keepsWhole();
    int parallel = options.parallel();
    int blocks = Math.multiplyExact(KvPool.blocks(context, Sizes.BLOCK), parallel);
    int rows = Math.max(parallel, (int) Math.min(ROWS, (long) context * parallel));
    Limits limits = new Limits(rows, parallel, parallel, blocks, Sizes.BLOCK);
    if (!options.force()) {
      Memory.require(checkpoint, context, options, rows, Memory.available());
    }
    model =
        new LoadedModel(
            checkpoint,
            options,
            new LoadedModel.Extent(limits, limits, blocks, 4 * parallel),
            backend);
    pool = new KvPool(model.state, blocks, Sizes.BLOCK, Snapshots.unneeded());
    for (int seat = 0; seat < parallel; seat++) {
      seats.add(seat);
    }
  }

  /**
   * @param context most tokens of a text
   * @param backend that the larger model runs on
   * @throws PunaException if the model cannot be read, or has another vocabulary
   */
  static DraftModel open(
      Speculation.Draft options, Checkpoint target, Options engine, int context, Backend backend) {
    Checkpoint draft = Checkpoint.open(options.model(), null);
    try {
      checkAlike(draft, target);
      int vocab = target.spec().vocab();
      return new DraftModel(draft, engine, options.tokens(), context, vocab, backend);
    } catch (RuntimeException | Error e) {
      draft.close();
      throw e;
    }
  }

  private static void checkAlike(Checkpoint draft, Checkpoint target) {
    boolean decodes = draft.spec().head() instanceof Spec.Logits;
    if (!decodes || draft.spec().source() != null || draft.program().looksAhead()) {
      throw new PunaException(
          draft.path() + " does not continue texts from left to right", "take another draft model");
    }
    boolean alike =
        draft.hasTokenizer() && target.hasTokenizer()
            ? samePieces(draft.tokenizer(), target.tokenizer())
            : draft.spec().vocab() == target.spec().vocab();
    if (!alike) {
      throw new PunaException(
          draft.path() + " has another vocabulary than " + target.path(),
          "take a draft model of the same family");
    }
  }

  private static boolean samePieces(Tokenizer a, Tokenizer b) {
    for (int id = 0; id < Math.min(a.size(), b.size()); id++) {
      if (!a.piece(id).equals(b.piece(id))) {
        return false;
      }
    }
    return Math.abs(a.size() - b.size()) <= 256; // unused ones at the end
  }

  @Override
  public void guess(List<Job> running) {
    active.clear();
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i) instanceof Sequence s) {
        s.guessed(0);
        int wanted = Math.min(s.guessable(most), context - s.length());
        if (wanted > 0) {
          active.add(begin(s, wanted));
        }
      }
    }
    while (step()) {
      // each step reads a chunk of what is new, or makes one guess
    }
    for (int i = 0; i < active.size(); i++) {
      active.get(i).sequence.guessed(active.get(i).guessed);
    }
  }

  private Text begin(Sequence s, int wanted) {
    Text text = texts.computeIfAbsent(s, t -> new Text(t, seats.removeFirst()));
    text.wanted = wanted;
    text.guessed = 0;
    text.done = known(text, s);
    if (text.read.length < s.length() + most) {
      text.read = Arrays.copyOf(text.read, Math.min(context, 2 * (s.length() + most)));
    }
    return text;
  }

  /** How much of what was read the text begins with, and can be gone on from. */
  private int known(Text text, Sequence s) {
    int read = keepsWhole ? text.text : text.done;
    int differ = Arrays.mismatch(text.read, 0, read, s.tokens(), 0, s.length());
    int same = differ < 0 ? read : Math.min(differ, read);
    if (keepsWhole) {
      return same == read && same < s.length() ? same : 0;
    }
    return Math.min(same, s.length() - 1); // the last token is read in any case
  }

  /** Reads or guesses once; returns whether there was anything to do. */
  private boolean step() {
    Step step = model.step;
    step.clear();
    inStep.clear();
    int room = step.limits().rows();
    for (int i = 0; i < active.size(); i++) {
      Text t = active.get(i);
      int pending = pending(t);
      if (t.guessed == t.wanted || room == 0) {
        continue;
      }
      int count = Math.min(pending, room);
      add(step, t, count, count == pending);
      room -= count;
      inStep.add(t);
    }
    if (inStep.isEmpty()) {
      return false;
    }
    model.executable.run(step, model.state);
    int output = 0;
    for (int i = 0; i < inStep.size(); i++) {
      Text t = inStep.get(i);
      output += advance(t, output);
    }
    return true;
  }

  /** Tokens that are to be read before the next guess: the text's, then the guesses. */
  private static int pending(Text t) {
    return t.sequence.length() + t.guessed - t.done;
  }

  private void add(Step step, Text t, int count, boolean guesses) {
    if (!pool.write(t.table, t.done, t.done + count)) {
      throw new IllegalStateException("the draft model's blocks are those of all its texts");
    }
    step.sequence(t.table.blocks, t.table.count);
    step.places(t.from(), t.to());
    t.rows = count;
    for (int i = 0; i < count; i++) {
      int position = t.done + i;
      int length = t.sequence.length();
      int token =
          position < length
              ? t.sequence.token(position)
              : t.sequence.guesses(most)[position - length];
      t.read[position] = token;
      step.add(token, position, position + 1, guesses && i == count - 1);
    }
  }

  /** Notes what the step did for a text; returns how many outputs it had. */
  private int advance(Text t, int output) {
    if (t.guessed == 0) {
      t.flipped = !t.flipped;
      t.text = t.done + t.rows;
    }
    t.done += t.rows;
    if (pending(t) > 0) {
      return 0;
    }
    t.sequence.guesses(most)[t.guessed++] = likeliest(output);
    return 1;
  }

  private int likeliest(int output) {
    MemorySegment logits = model.executable.result(Decoder.LOGITS);
    long at = (long) output * checkpoint.spec().vocab() * Float.BYTES;
    MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT_UNALIGNED, at, row, 0, vocab);
    return likeliest.of(row);
  }

  @Override
  public void forget(Sequence sequence) {
    @Nullable Text text = texts.remove(sequence);
    if (text != null) {
      pool.release(text.table);
      seats.addFirst(text.seat);
    }
  }

  @Override
  public void close() {
    model.close();
    checkpoint.close();
  }
}
