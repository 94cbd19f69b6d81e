package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.program.State;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A model for tests of everything around the model: its state keeps tokens where keys and values
 * would be, and likewise in what is kept as a whole; its logits are a function of the text that it
 * finds there. So whoever is given wrong blocks, or writes into another's, says something else.
 */
final class TokenModel implements State, Outputs {
  static final int BLOCK = 4;
  static final int VOCAB = 12;

  private final int[][] blocks;
  private final Map<Integer, List<Integer>> places = new HashMap<>();
  private final List<float[]> rows = new ArrayList<>();
  final KvPool pool;
  final Scheduler scheduler;
  final boolean keepsWhole;
  int copies;
  long computed;

  TokenModel(int blocks, boolean keepsWhole, Drafter drafter, Scheduler.Room room) {
    this.blocks = new int[blocks][BLOCK];
    this.keepsWhole = keepsWhole;
    Snapshots snapshots = keepsWhole ? Snapshots.at(2 * room.sequences(), 6) : Snapshots.unneeded();
    pool = new KvPool(this, blocks, BLOCK, snapshots);
    scheduler = new Scheduler(pool, drafter, room);
  }

  TokenModel(int blocks, int rows, int sequences) {
    this(blocks, false, running -> {}, new Scheduler.Room(rows, rows, sequences, 0));
  }

  TextSetting setting(int limit) {
    return new TextSetting(limit, TextForm.PLAIN, new int[0], keepsWhole, BLOCK);
  }

  Generation submit(Request request, int limit) {
    Generation generation = new Generation(request.prompt().length);
    scheduler.add(new Sequence(request, generation, setting(limit), null, null, -1));
    return generation;
  }

  /** Logits that are a function of the text. */
  static float[] logits(List<Integer> text) {
    Random random = new Random(text.hashCode());
    float[] logits = new float[VOCAB];
    for (int i = 0; i < VOCAB; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    return logits;
  }

  /** A step; returns its parts. */
  List<Part> step() {
    scheduler.dropEnded();
    List<Part> parts = List.copyOf(scheduler.next());
    rows.clear();
    Set<Integer> written = new HashSet<>();
    for (Part part : parts) {
      part.output(rows.size());
      run(part, written);
      computed += part.count();
    }
    for (Part part : parts) {
      if (!part.job().removed) {
        part.sequence.advance(part.count());
        boolean ended = part.job().accept(part, this);
        scheduler.computed(part.sequence);
        if (ended) {
          scheduler.remove(part.job());
        }
      }
    }
    return parts;
  }

  private void run(Part part, Set<Integer> written) {
    Sequence s = part.sequence;
    assertThat(part.from()).isEqualTo(s.done());
    boolean goesOn = keepsWhole && part.from() > 0;
    List<Integer> whole = new ArrayList<>(goesOn ? places.get(s.from()) : List.of());
    for (int position = part.from(); position < part.from() + part.count(); position++) {
      int block = s.table.blocks[position / BLOCK];
      assertThat(written.add(block * BLOCK + position % BLOCK)).as("written once").isTrue();
      blocks[block][position % BLOCK] = s.token(position);
      whole.add(s.token(position));
      List<Integer> text = read(s, position + 1);
      assertThat(text.get(position)).isEqualTo(s.token(position));
      if (keepsWhole) {
        assertThat(whole).as("what is kept as a whole").isEqualTo(text);
      }
      if (position >= part.firstWanted()) {
        rows.add(logits(text));
      }
    }
    places.put(s.to(), whole);
  }

  private List<Integer> read(Sequence s, int length) {
    List<Integer> all = new ArrayList<>();
    for (int position = 0; position < length; position++) {
      all.add(blocks[s.table.blocks[position / BLOCK]][position % BLOCK]);
    }
    return all;
  }

  void runToEnd() {
    while (!scheduler.idle()) {
      assertThat(step()).as("there is always something to do").isNotEmpty();
    }
  }

  @Override
  public float[] row(int output) {
    return rows.get(output).clone();
  }

  @Override
  public void copyPlace(int from, int to) {
    places.put(to, List.copyOf(places.get(from)));
  }

  @Override
  public void copyBlock(int from, int to) {
    copies++;
    blocks[to] = Arrays.copyOf(blocks[from], BLOCK);
  }

  @Override
  public long blockBytes() {
    return 0;
  }

  @Override
  public long placeBytes() {
    return 0;
  }

  @Override
  public void readBlock(int block, MemorySegment into) {}

  @Override
  public void writeBlock(int block, MemorySegment from) {}

  @Override
  public void readPlace(int place, MemorySegment into) {}

  @Override
  public void writePlace(int place, MemorySegment from) {}

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public void close() {}
}
