package dev.puna.program;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Sequences whose blocks lie scattered among each other's, and the steps that extend them. */
public final class Batches {
  private final int blockSize;
  private final List<Integer> free = new ArrayList<>();
  private int sequences;

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
    private final int number;
    private int blocks;
    private int done;
    private int steps;

    private Sequence(int[] tokens, int number) {
      this.tokens = tokens;
      this.number = number;
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

    /** How many entries of the table count. */
    public int blocks() {
      return blocks;
    }

    /**
     * Adds the next {@code count} tokens to a step; results are wanted for all of them or none.
     *
     * <p>What is kept of the sequence as a whole goes back and forth between two places. Tokens are
     * numbered from 2 on, and each third one is of the same part.
     */
    public void add(Step step, int count, boolean wanted) {
      while (blocks * blockSize < done + count) {
        table[blocks++] = free.removeLast();
      }
      step.sequence(table, blocks);
      int from = 2 * number + steps % 2;
      step.places(steps == 0 ? -1 : from, 2 * number + 1 - steps % 2);
      steps++;
      for (int i = 0; i < count; i++, done++) {
        step.add(tokens[done], done, tokens.length, done + 2, done % 3, wanted);
      }
    }
  }

  public Sequence sequence(int... tokens) {
    return new Sequence(tokens, sequences++);
  }

  /** A sequence of {@code length} random tokens. */
  public Sequence sequence(int length, int vocabulary, Random random) {
    return sequence(random.ints(length, 0, vocabulary).toArray());
  }
}
