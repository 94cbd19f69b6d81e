package dev.puna.engine;

import dev.puna.model.Decoder;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Step;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The engine's thread: takes what is submitted, lets the scheduler choose the next step's rows,
 * runs the model on them, and hands each sequence its logits. Nobody else touches the scheduler,
 * the pool, or the executable.
 */
final class StepLoop implements AutoCloseable {
  private final LoadedModel model;
  private final TextForm form;
  private final Scheduler scheduler;
  private final Drafter drafter;
  private final Logits logits;
  private final LinkedBlockingQueue<Submitted> submitted = new LinkedBlockingQueue<>();
  private final AtomicInteger open = new AtomicInteger();
  private final StepEvent event = new StepEvent();
  private final Thread thread;
  private volatile boolean closed;
  private long removed;

  /** What other threads hand over. */
  private sealed interface Submitted {
    record Text(Job job) implements Submitted {}

    /** Something to do between two steps. */
    record Task(Runnable work, Consumer<RuntimeException> refuse) implements Submitted {}
  }

  StepLoop(LoadedModel model, TextForm form, Scheduler scheduler, Drafter drafter, int vocab) {
    this.model = model;
    this.form = form;
    this.scheduler = scheduler;
    this.drafter = drafter;
    logits = new Logits(model, vocab);
    thread = Thread.ofPlatform().daemon().name("puna-engine").start(this::loop);
  }

  /**
   * @param most jobs that there may be, running and waiting
   * @throws EngineBusyException if there are so many already
   */
  void submit(Job job, long most) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      throw new EngineBusyException(most);
    }
    submitted.add(new Submitted.Text(job));
    if (closed) {
      job.finish(Generation.Finish.CANCELLED); // the thread may have gone before
    }
  }

  /** Does something on the engine's thread, between two steps, and waits for it. */
  <T> T between(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            result.complete(work.get());
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        };
    submitted.add(new Submitted.Task(task, result::completeExceptionally));
    if (closed) {
      result.completeExceptionally(new IllegalStateException("the engine is closed"));
    }
    try {
      return result.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  // ---- on the thread ----

  private void loop() {
    while (!closed) {
      try {
        if (scheduler.idle()) {
          take(submitted.take());
        }
        for (Submitted s = submitted.poll(); s != null; s = submitted.poll()) {
          take(s);
        }
        scheduler.dropEnded();
        step();
        noteRemoved();
      } catch (InterruptedException e) {
        // close() wakes the thread so
      } catch (RuntimeException | Error e) {
        failAll(e);
      }
    }
    RuntimeException end = new IllegalStateException("the engine is closed");
    forAll(job -> job.finish(Generation.Finish.CANCELLED), end);
  }

  private void noteRemoved() {
    open.addAndGet((int) (removed - scheduler.removed()));
    removed = scheduler.removed();
  }

  private void take(Submitted what) {
    switch (what) {
      case Submitted.Text text -> scheduler.add(text.job());
      case Submitted.Task task -> task.work().run();
    }
  }

  private void step() {
    event.begin();
    drafter.guess(scheduler.running());
    List<Part> parts = scheduler.next();
    if (parts.isEmpty()) {
      return;
    }
    Step step = model.step;
    fill(step, parts);
    model.executable.run(step, model.state);
    int waiting = scheduler.waiting();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (!part.job().removed) { // by another part of it
        part.sequence.advance(part.count());
        goOn(part);
      }
    }
    event.end(step.tokens(), step.outputs(), parts.size(), waiting);
  }

  private void fill(Step step, List<Part> parts) {
    step.clear();
    int outputs = 0;
    for (int p = 0; p < parts.size(); p++) {
      Part part = parts.get(p);
      Sequence s = part.sequence;
      readSource(s);
      step.sequence(s.table.blocks, s.table.count);
      step.readWhole(s.places().prefix());
      step.choose(s.adapter);
      step.places(s.from(), s.to());
      if (form.hasSource()) {
        step.source(s.source.blocks, s.source.count, s.sourceLength());
      }
      TokenPlaces at = s.places();
      int wantedFrom = part.firstWanted();
      part.output(outputs);
      for (int i = 0; i < part.count(); i++) {
        int position = part.from() + i;
        step.add(
            s.token(position),
            position,
            s.rotation(position),
            at.place(position),
            at.second(position),
            position >= wantedFrom);
      }
      outputs += part.wanted();
    }
  }

  /** Lets the encoder read what a sequence attends to, once. */
  private void readSource(Sequence s) {
    int[] source = s.sourceTokens();
    if (s.sourceRead || source.length == 0) {
      return;
    }
    Step step = Objects.requireNonNull(model.sourceStep);
    step.clear();
    step.sequence(s.source.blocks, s.source.count);
    step.readWhole(source.length);
    for (int t = 0; t < source.length; t++) {
      step.add(source[t], t, source.length, false);
    }
    Objects.requireNonNull(model.sourceExecutable).run(step, model.state);
    s.sourceRead = true;
  }

  /** Lets a job go on; what goes wrong there is that job's alone. */
  private void goOn(Part part) {
    Job job = part.job();
    boolean ended;
    try {
      ended = job.accept(part, logits);
      scheduler.computed(part.sequence);
    } catch (RuntimeException e) {
      ended = true;
      job.failed(e);
    }
    if (ended) {
      scheduler.remove(job);
    }
  }

  /** The latest step's logits, of which one row at a time is copied. */
  private static final class Logits implements Outputs {
    private final LoadedModel model;
    private final float[] row;
    private final MemorySegment bits;

    Logits(LoadedModel model, int vocab) {
      this.model = model;
      row = new float[vocab];
      bits = MemorySegment.ofArray(row);
    }

    @Override
    public float[] row(int output) {
      MemorySegment result = model.executable.result(Decoder.LOGITS);
      long at = (long) output * row.length * Float.BYTES;
      MemorySegment.copy(result, ValueLayout.JAVA_FLOAT_UNALIGNED, at, row, 0, row.length);
      if (!Finite.all(bits, row.length)) {
        throw Finite.explain(model.executable, model.step, model.state);
      }
      return row;
    }
  }

  private void failAll(Throwable cause) {
    if (!(cause instanceof PunaException)) {
      System.getLogger(Engine.class.getName())
          .log(System.Logger.Level.ERROR, "a step failed", cause);
    }
    RuntimeException reported =
        cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    forAll(job -> job.failed(reported), reported);
    noteRemoved();
  }

  private void forAll(Consumer<Job> end, RuntimeException reason) {
    for (Submitted s = submitted.poll(); s != null; s = submitted.poll()) {
      switch (s) {
        case Submitted.Text text -> scheduler.add(text.job());
        case Submitted.Task task -> task.refuse().accept(reason);
      }
    }
    for (Job job : scheduler.all()) {
      scheduler.remove(job);
      end.accept(job);
    }
  }

  /** Cancels what is running. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    drafter.close();
  }
}
