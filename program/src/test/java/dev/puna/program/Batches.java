package dev.puna.program;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Sequences whose blocks lie scattered among each other's, and the steps that extend them. */
public final class Batches {
  private final int blockSize;
  private final List<Integer> free = new ArrayList<>();

  public Batches(int blocks, int blockSize, Random random) {
    this.blockSize = blockSize;
    for (int i = 0; i < blocks; i++) {
      free.add(i);
    }
    Collections.shuffle(free, random);
  }

  /** The tokens of a sequence, how many of them are in the state, and its block table. */
  public final class Sequence {
    private final int[] tokens;
    private final int[] table;
    private int blocks;
    private int done;

    private Sequence(int[] tokens) {
      this.tokens = tokens;
      table = new int[tokens.length / blockSize + 1];
    }

    public int left() {
      return tokens.length - done;
    }

    public int done() {
      return done;
    }

    public int[] table() {
      return table;
    }

    /** Adds the next {@code count} tokens to a step; results are wanted for all of them or none. */
    public void add(Step step, int count, boolean wanted) {
      while (blocks * blockSize < done + count) {
        table[blocks++] = free.removeLast();
      }
      step.sequence(table, blocks);
      for (int i = 0; i < count; i++, done++) {
        step.add(tokens[done], done, tokens.length, wanted);
      }
    }
  }

  public Sequence sequence(int... tokens) {
    return new Sequence(tokens);
  }

  /** A sequence of {@code length} random tokens. */
  public Sequence sequence(int length, int vocabulary, Random random) {
    return new Sequence(random.ints(length, 0, vocabulary).toArray());
  }
}
