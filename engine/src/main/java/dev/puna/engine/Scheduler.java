package dev.puna.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Decides what the next step computes: first one token of every sequence that is decoding, then
 * chunks of prompts as far as the step has room. Waiting sequences are admitted in their order as
 * soon as the pool has blocks for all they may need.
 */
final class Scheduler {
  /**
   * A sequence's rows in a step.
   *
   * @param from position of its first row
   * @param count number of rows
   */
  record Part(Sequence sequence, int from, int count) {
    /** Whether the step reaches the last token that is known, so that the next one is drawn. */
    boolean draws() {
      return from + count == sequence.done() + sequence.pending();
    }
  }

  private final KvPool pool;
  private final int rows;
  private final int most;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();

  /**
   * @param rows most rows of a step
   * @param most most sequences in a step
   */
  Scheduler(KvPool pool, int rows, int most) {
    this.pool = pool;
    this.rows = rows;
    this.most = most;
  }

  void add(Sequence sequence) {
    waiting.add(sequence);
  }

  boolean idle() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /** The next step's rows, by sequence. */
  List<Part> next() {
    admit();
    List<Part> parts = new ArrayList<>();
    int room = rows;
    for (boolean prefill : new boolean[] {false, true}) {
      for (Sequence s : running) {
        if (s.prefilling() == prefill && room > 0) {
          s.started();
          int count = Math.min(room, s.pending());
          parts.add(new Part(s, s.done(), count));
          room -= count;
        }
      }
    }
    return parts;
  }

  private void admit() {
    while (!waiting.isEmpty() && running.size() < most) {
      Sequence s = waiting.getFirst();
      long tokens = Math.min((long) s.request.prompt().length + s.request.stop().tokens(), s.limit);
      if (!pool.reserve(s, Math.toIntExact(tokens))) {
        return;
      }
      running.add(waiting.removeFirst());
    }
  }

  /** Takes an ended sequence out and its blocks back. */
  void remove(Sequence sequence) {
    if (running.remove(sequence)) {
      pool.release(sequence);
    }
    waiting.remove(sequence);
  }

  /** Ends the sequences whose owners have lost interest. */
  void dropCancelled() {
    Iterator<Sequence> all = List.copyOf(all()).iterator();
    while (all.hasNext()) {
      Sequence s = all.next();
      if (s.generation.cancelled()) {
        remove(s);
        s.finish(Generation.Finish.CANCELLED);
      }
    }
  }

  /** Every sequence that has not ended. */
  List<Sequence> all() {
    List<Sequence> all = new ArrayList<>(running);
    all.addAll(waiting);
    return all;
  }
}
