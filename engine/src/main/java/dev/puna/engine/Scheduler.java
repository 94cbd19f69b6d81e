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
   * @param job what the sequence belongs to
   * @param from position of its first row
   * @param count number of rows
   */
  record Part(Job job, Sequence sequence, int from, int count) {
    /** Whether the step reaches the last token that is known, so that the next one is drawn. */
    boolean draws() {
      return from + count == sequence.done() + sequence.pending();
    }
  }

  private final KvPool pool;
  private final int rows;
  private final int most;
  private final Deque<Job> waiting = new ArrayDeque<>();
  private final List<Job> running = new ArrayList<>();
  private int seats;
  private final Deque<Integer> free = new ArrayDeque<>();

  /**
   * @param rows most rows of a step
   * @param most most sequences in a step; no more than rows, so that all that decode have a place
   *     in it
   */
  Scheduler(KvPool pool, int rows, int most) {
    this.pool = pool;
    this.rows = rows;
    this.most = most;
    for (int seat = 0; seat < most; seat++) {
      free.add(seat);
    }
  }

  void add(Job job) {
    waiting.add(job);
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
      for (Job job : running) {
        for (Sequence s : job.sequences()) {
          if (s.prefilling() == prefill && room > 0 && room >= s.indivisible()) {
            s.started();
            int count = Math.min(room, s.pending());
            parts.add(new Part(job, s, s.done(), count));
            room -= count;
          }
        }
      }
    }
    return parts;
  }

  private void admit() {
    while (!waiting.isEmpty()) {
      Job job = waiting.getFirst();
      if (seats + job.seats() > most || !job.admit(pool)) {
        return;
      }
      seats += job.seats();
      job.members().forEach(s -> s.seat = free.removeFirst());
      running.add(waiting.removeFirst());
    }
  }

  /** Takes an ended job out and its blocks back. */
  void remove(Job job) {
    if (running.remove(job)) {
      seats -= job.seats();
      job.members().forEach(s -> free.addFirst(s.seat));
      job.release(pool);
    }
    waiting.remove(job);
  }

  /** Ends the jobs whose owners have lost interest. */
  void dropCancelled() {
    Iterator<Job> all = List.copyOf(all()).iterator();
    while (all.hasNext()) {
      Job job = all.next();
      if (job.cancelled()) {
        remove(job);
        job.finish(Generation.Finish.CANCELLED);
      }
    }
  }

  /** Everything that has not ended. */
  List<Job> all() {
    List<Job> all = new ArrayList<>(running);
    all.addAll(waiting);
    return all;
  }
}
