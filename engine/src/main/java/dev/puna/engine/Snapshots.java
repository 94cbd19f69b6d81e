package dev.puna.engine;

import dev.puna.program.State;
import java.util.Arrays;

/**
 * What sequences keep as a whole (a recurrence's state), as it was at the ends of some blocks: as
 * many as there are places for them. The one that was used longest ago gives way.
 */
final class Snapshots {
  private static final int NONE = -1;

  private final boolean needed;
  private final int first;
  private final int[] blocks;
  private final long[] used;
  private long clock;

  private Snapshots(boolean needed, int first, int count) {
    this.needed = needed;
    this.first = first;
    blocks = new int[count];
    Arrays.fill(blocks, NONE);
    used = new long[count];
  }

  /** For sequences that keep nothing as a whole: blocks tell all. */
  static Snapshots unneeded() {
    return new Snapshots(false, 0, 0);
  }

  /**
   * @param first number of the first of their places in the state
   */
  static Snapshots at(int first, int count) {
    return new Snapshots(true, first, count);
  }

  /** Whether a text can be taken up at the end of a block. */
  boolean hold(int block) {
    return !needed || find(block) != NONE;
  }

  private int find(int block) {
    for (int i = 0; i < blocks.length; i++) {
      if (blocks[i] == block) {
        return i;
      }
    }
    return NONE;
  }

  void keep(int block, int place, State state) {
    if (needed && find(block) == NONE) {
      state.copyPlace(place, make(block));
    }
  }

  /** The place of what was kept at the end of a block; -1 if nothing was. */
  int place(int block) {
    int at = find(block);
    return at == NONE ? NONE : first + at;
  }

  /** A place for what is to be kept at the end of a block, which has none. */
  int make(int block) {
    int oldest = 0;
    for (int i = 1; i < blocks.length; i++) {
      oldest = used[i] < used[oldest] ? i : oldest;
    }
    blocks[oldest] = block;
    used[oldest] = ++clock;
    return first + oldest;
  }

  void restore(int block, int place, State state) {
    if (needed) {
      int at = find(block);
      used[at] = ++clock;
      state.copyPlace(first + at, place);
    }
  }

  void forget(int block) {
    int at = find(block);
    if (at != NONE) {
      blocks[at] = NONE;
      used[at] = 0;
    }
  }
}
