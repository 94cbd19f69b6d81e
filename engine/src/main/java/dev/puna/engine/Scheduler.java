package dev.puna.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the next step computes: one token of every sequence that is decoding, with those
 * that are guessed to follow, and chunks of prompts as far as the step has room.
 *
 * <p><b>Order.</b> Higher priorities go first, and among equals whoever came first. Who has been
 * overtaken {@value #PATIENCE} times by later ones counts as one priority higher, and so on: nobody
 * waits for ever.
 *
 * <p><b>Memory.</b> A sequence takes blocks as it grows. Where there are none left, the youngest of
 * the lowest priority loses its blocks and waits for its turn again; then its text is read anew,
 * and goes on as if nothing had happened. The oldest of the highest priority never waits, so there
 * is always progress; whoever submits sees to it that each job fits into the pool by itself.
 *
 * <p><b>Shared beginnings.</b> What the pool knows of a text is not computed again; and a text that
 * begins as one does which is being read waits until that beginning is known.
 */
final class Scheduler {
  private static final int PATIENCE = 16;
  private static final int MOST_AWAITING = 64;

  /**
   * What a step has room for.
   *
   * @param rows tokens of a step; no fewer than sequences, so that all that decode have a place
   * @param outputs rows whose logits can be had
   * @param sequences sequences in a step
   * @param guesses tokens that may be guessed ahead for each sequence
   */
  record Room(int rows, int outputs, int sequences, int guesses) {}

  private final KvPool pool;
  private final Room room;
  private final Drafter drafter;
  private final List<Job> waiting = new ArrayList<>();
  private final List<Job> running = new ArrayList<>(); // whoever goes first is first
  private final Deque<Integer> seats = new ArrayDeque<>();
  private final List<Part> parts = new ArrayList<>();
  private final Left left = new Left();
  private long arrivals;
  private long preemptions;
  private long removed;

  Scheduler(KvPool pool, Drafter drafter, Room room) {
    this.pool = pool;
    this.drafter = drafter;
    this.room = room;
    for (int seat = 0; seat < room.sequences(); seat++) {
      seats.add(seat);
    }
  }

  void add(Job job) {
    job.arrival = arrivals++;
    waiting.add(job);
  }

  boolean idle() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /** Jobs that have not been admitted. */
  int waiting() {
    return waiting.size();
  }

  /** How often blocks were taken from a running job. */
  long preemptions() {
    return preemptions;
  }

  List<Job> running() {
    return running;
  }

  // ---- a step ----

  /** The next step's rows, by sequence; the list is the next call's too. */
  List<Part> next() {
    admit();
    parts.clear();
    int decoding = 0;
    for (int j = 0; j < running.size(); j++) {
      List<Sequence> sequences = running.get(j).sequences();
      for (int i = 0; i < sequences.size(); i++) {
        Sequence s = sequences.get(i);
        decoding += s.decoding() ? s.wantedRows() : 0;
      }
    }
    left.rows = room.rows() - decoding;
    left.outputs = room.outputs() - room.sequences() * (1 + room.guesses());
    for (int j = 0; j < running.size(); j++) { // grows shorter while it runs
      Job job = running.get(j);
      List<Sequence> sequences = job.sequences();
      for (int i = 0; i < sequences.size(); i++) {
        if (!plan(job, sequences.get(i))) {
          break;
        }
      }
    }
    return parts;
  }

  /** What a step still has room for, beyond what each sequence that decodes has for certain. */
  private static final class Left {
    int rows;
    int outputs;
  }

  /** Gives a sequence its rows, if it has any; returns false if its job has lost its blocks. */
  private boolean plan(Job job, Sequence s) {
    if (s.stale()) {
      pool.release(s.table);
      takeUp(s);
    }
    boolean decoding = s.decoding();
    int count = decoding ? s.wantedRows() : Math.min(left.rows, s.pending());
    count = s.rowsUpToSnapshot(count);
    if (s.scoresPrompt() && !decoding) {
      count = Math.min(count, 1 + left.outputs); // the logits of every row are wanted
    }
    if (count <= 0 || count < s.indivisible()) {
      return true;
    }
    while (!hasBlocks(s, s.done() + count)) {
      Job youngest = running.getLast();
      preempt(youngest);
      if (youngest == job) {
        parts.removeIf(p -> p.job() == job);
        return false;
      }
    }
    int wanted = s.wantedOf(count);
    if (!decoding) {
      left.rows -= count;
      left.outputs -= Math.max(0, wanted - 1);
    }
    s.started();
    parts.add(s.part.set(job, s.done(), count, wanted));
    return true;
  }

  private boolean hasBlocks(Sequence s, int to) {
    return (s.sourceRead || pool.write(s.source, 0, s.sourceLength()))
        && pool.write(s.table, s.done(), to);
  }

  /** Notes what has been computed of a sequence, for others that begin alike. */
  void computed(Sequence s) {
    if (s.shares()) {
      pool.know(s.table, s, s.tokens(), s.done());
      if (s.atSnapshot()) {
        pool.snapshot(s.table, s.from());
      }
    }
  }

  // ---- who runs ----

  private void admit() {
    while (!waiting.isEmpty() && !seats.isEmpty()) {
      Job job = first();
      if (job == null || job.seats() > seats.size() || !fits(job)) {
        return;
      }
      waiting.remove(job);
      for (Job other : waiting) {
        other.overtaken += other.arrival < job.arrival ? 1 : 0;
      }
      for (Sequence s : job.members()) {
        s.seat = seats.removeFirst();
      }
      for (Sequence s : job.sequences()) {
        takeUp(s);
      }
      int at = running.size();
      while (at > 0 && precedes(job, running.get(at - 1))) {
        at--;
      }
      running.add(at, job);
    }
  }

  /** Whoever goes first of those that need not wait for a beginning that is being read. */
  private @Nullable Job first() {
    Job first = null;
    int awaiting = 0;
    for (Job job : waiting) {
      if (first == null || precedes(job, first)) {
        if (!awaitsBeginning(job)) {
          first = job;
        } else if (++awaiting == MOST_AWAITING) {
          break; // a queue of thousands with one beginning is not looked through in each step
        }
      }
    }
    return first;
  }

  private static boolean precedes(Job a, Job b) {
    int byPriority = Integer.compare(rank(a), rank(b));
    return byPriority > 0 || byPriority == 0 && a.arrival < b.arrival;
  }

  private static int rank(Job job) {
    return (int) Math.min(Integer.MAX_VALUE, (long) job.priority() + job.overtaken / PATIENCE);
  }

  private boolean awaitsBeginning(Job job) {
    List<Sequence> sequences = job.sequences();
    Sequence s = sequences.getFirst();
    if (!s.shares() || sequences.size() > 1) {
      return false;
    }
    int known = -1; // blocks, found out when first needed
    for (int j = 0; j < running.size(); j++) {
      Sequence reading = running.get(j).sequences().getFirst();
      if (reading.decoding() || !reading.shares() || reading.stale()) {
        continue;
      }
      known = known < 0 ? find(s).seen() : known;
      if (s.commonWith(reading) / pool.blockSize() > known) {
        return true;
      }
    }
    return false;
  }

  private KvPool.Beginning find(Sequence s) {
    boolean reusable = s.shares() && !s.scoresPrompt();
    return reusable
        ? pool.find(s, s.tokens(), s.length() - 1) // the last token is read in any case
        : KvPool.Beginning.NOTHING;
  }

  /** Whether there are blocks for all that the job reads first. */
  private boolean fits(Job job) {
    long needed = 0;
    for (Sequence s : job.sequences()) {
      int blocks = pool.blocks(s.length()) + pool.blocks(s.sourceLength());
      needed += blocks - find(s).blocks();
    }
    return needed + running.size() <= pool.free() || running.isEmpty(); // each will need one more
  }

  /** Takes up a sequence's text where the pool knows it. */
  private void takeUp(Sequence s) {
    KvPool.Beginning known = find(s);
    pool.reuse(s.table, s, s.tokens(), known.blocks());
    s.takenUp(known, pool.blockSize());
    if (known.blocks() > 0) {
      pool.restore(s.table, s.from());
    }
  }

  private void preempt(Job job) {
    preemptions++;
    leave(job);
    job.preempted();
    waiting.add(job); // its arrival puts it before all that came later
  }

  /**
   * Takes blocks from the youngest until there are so many, for something else than a text that is
   * continued; returns whether there are.
   */
  boolean makeRoom(int blocks) {
    while (pool.free() < blocks && !running.isEmpty()) {
      preempt(running.getLast());
    }
    return pool.free() >= blocks;
  }

  private void leave(Job job) {
    running.remove(job);
    for (Sequence s : job.members()) {
      seats.addFirst(s.seat);
      pool.release(s.table);
      pool.release(s.source);
      drafter.forget(s);
    }
  }

  /** Takes an ended job out and its blocks back. */
  void remove(Job job) {
    if (running.contains(job)) {
      leave(job);
    }
    waiting.remove(job);
    job.removed = true;
    removed++;
  }

  /** How many jobs have been taken out. */
  long removed() {
    return removed;
  }

  /** Ends the jobs whose owners have lost interest, or whose time is over. */
  void dropEnded() {
    for (int j = running.size() - 1; j >= 0; j--) {
      dropIfEnded(running.get(j));
    }
    for (int j = waiting.size() - 1; j >= 0; j--) {
      dropIfEnded(waiting.get(j));
    }
  }

  private void dropIfEnded(Job job) {
    boolean cancelled = job.cancelled();
    if (cancelled || job.overtime(System.nanoTime())) {
      remove(job);
      job.finish(cancelled ? Generation.Finish.CANCELLED : Generation.Finish.TIME);
    }
  }

  /** Everything that has not ended. */
  List<Job> all() {
    List<Job> all = new ArrayList<>(running);
    all.addAll(waiting);
    return all;
  }
}
