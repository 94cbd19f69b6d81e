package dev.puna.cpu;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that do one piece of work together, region by region: woken once for all of it, they meet
 * at a barrier after each region. The calling thread is worker 0.
 *
 * <p>A waiting worker spins for a while, as regions take microseconds and waking a thread takes as
 * long; then it yields, then it parks. With more workers than processors it hardly spins.
 */
public final class ThreadTeam implements AutoCloseable {
  /** What the team does. */
  public interface Work {
    /** Number of regions. */
    int regions();

    /** A worker's share of a region; all workers' shares are done before the next region begins. */
    void run(int region, int worker, int workers);
  }

  private static final VarHandle PHASE;

  static {
    try {
      PHASE = MethodHandles.lookup().findVarHandle(ThreadTeam.class, "phase", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int YIELDS = 50;

  private final int workers;
  private final int spins;
  private final Thread[] threads;
  private final Sleeper[] sleepers;

  /** Workers that have finished the current region. */
  private final AtomicInteger arrived = new AtomicInteger();

  /** Workers that are parked or about to be. */
  private final AtomicInteger sleeping = new AtomicInteger();

  /** Grows when work begins and whenever all workers have finished a region. */
  @SuppressWarnings("unused") // by PHASE
  private volatile long phase;

  private volatile @Nullable Throwable failure;
  private @Nullable Work work;
  private boolean closed;

  /** Who sleeps on which thread; written by its worker only. */
  private static final class Sleeper {
    volatile @Nullable Thread thread;
  }

  public ThreadTeam(int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException(workers + " workers");
    }
    this.workers = workers;
    spins = workers <= Runtime.getRuntime().availableProcessors() ? 1 << 13 : 1 << 6;
    threads = new Thread[workers - 1];
    sleepers = new Sleeper[workers];
    for (int i = 0; i < workers; i++) {
      sleepers[i] = new Sleeper();
    }
    for (int i = 1; i < workers; i++) {
      int worker = i;
      threads[i - 1] =
          Thread.ofPlatform().daemon().name("puna-cpu-" + i).start(() -> serve(worker));
    }
  }

  public int workers() {
    return workers;
  }

  /** Does all of the work; throws what a worker threw. */
  public synchronized void run(Work next) {
    if (closed) {
      throw new IllegalStateException("the thread team is closed");
    }
    if (next.regions() == 0) {
      return;
    }
    work = next;
    long now = (long) PHASE.getVolatile(this) + 1;
    publish(now);
    walk(next, 0, now);
    work = null;
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      rethrow(thrown);
    }
  }

  /** Ends the threads. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    publish((long) PHASE.getVolatile(this) + 1);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rethrow(Throwable thrown) {
    switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(thrown);
    }
  }

  private void serve(int worker) {
    long now = 0;
    while (true) {
      await(worker, now);
      Work next = work; // written before the phase was
      if (next == null) {
        return;
      }
      now = walk(next, worker, now + 1);
    }
  }

  /** All regions, from the phase in which they begin; returns the phase in which they are done. */
  private long walk(Work next, int worker, long begun) {
    int regions = next.regions();
    for (int region = 0; region < regions; region++) {
      if (failure == null) {
        try {
          next.run(region, worker, workers);
        } catch (Throwable e) {
          failure = e; // one of them, if several fail
        }
      }
      arrive(worker, begun + region);
    }
    return begun + regions;
  }

  private void arrive(int worker, long now) {
    if (arrived.incrementAndGet() == workers) {
      arrived.set(0);
      publish(now + 1);
    } else {
      await(worker, now);
    }
  }

  private void publish(long next) {
    PHASE.setVolatile(this, next);
    if (sleeping.get() != 0) {
      for (Sleeper sleeper : sleepers) {
        LockSupport.unpark(sleeper.thread);
      }
    }
  }

  /** Returns when the phase is no longer {@code now}. */
  private void await(int worker, long now) {
    for (int i = 0; i < spins; i++) {
      if ((long) PHASE.getAcquire(this) != now) {
        return;
      }
      Thread.onSpinWait();
    }
    for (int i = 0; i < YIELDS; i++) {
      if ((long) PHASE.getAcquire(this) != now) {
        return;
      }
      Thread.yield();
    }
    sleepers[worker].thread = Thread.currentThread();
    sleeping.incrementAndGet();
    // Whoever publishes writes the phase, then reads `sleeping`; here it is the other way round.
    while ((long) PHASE.getVolatile(this) == now) {
      LockSupport.park(this);
    }
    sleeping.decrementAndGet();
    sleepers[worker].thread = null;
  }
}
