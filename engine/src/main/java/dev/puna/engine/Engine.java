package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.TokenPlaces;
import dev.puna.program.Limits;
import dev.puna.program.Step;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Detokenizer;
import dev.puna.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model that is ready to run. Requests may be submitted by any thread and are computed together,
 * in steps, by the engine's own; that one thread alone touches the scheduler, the pool and the
 * executable.
 */
public final class Engine implements AutoCloseable {
  /** Tokens in a block of the KV pool. */
  private static final int BLOCK = 32;

  /** Most tokens of a step: prompts are read in chunks of at most so many. */
  private static final int CHUNK = 512;

  private final Checkpoint checkpoint;
  private final LoadedModel model;
  private final Scheduler scheduler;
  private final TextForm form;
  private final int context;
  private final int parallel;
  private final float[] logits;
  private final LinkedBlockingQueue<Job> submitted = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  private Engine(Checkpoint checkpoint, Options options) {
    this.checkpoint = checkpoint;
    form = TextForm.of(checkpoint);
    context = options.context() > 0 ? options.context() : checkpoint.spec().context();
    parallel = options.parallel();
    int texts = form.hasSource() ? 2 * parallel : parallel; // a source and what is said of it
    int blocksEach = KvPool.blocks(context, BLOCK);
    int blocks = Math.multiplyExact(blocksEach, texts);
    int chunk = checkpoint.program().looksAhead() ? Math.addExact(context, parallel) : CHUNK;
    int rows = Math.max(parallel, (int) Math.min(chunk, (long) context * parallel));
    if (!options.force()) {
      Memory.require(checkpoint, blocksEach * BLOCK, options, rows, Memory.available());
    }
    Limits limits = new Limits(rows, parallel, parallel, blocks, BLOCK);
    Limits sourceLimits = new Limits(context, 1, 1, blocks, BLOCK);
    model = new LoadedModel(checkpoint, options, limits, sourceLimits);
    scheduler = new Scheduler(new KvPool(blocks, BLOCK), rows, parallel);
    logits = new float[checkpoint.spec().vocab()];
    thread = Thread.ofPlatform().daemon().name("puna-engine").start(this::loop);
  }

  /**
   * Opens a model from a .gguf file or a Hugging Face directory.
   *
   * @throws PunaException if it cannot be read or does not fit into memory
   */
  public static Engine open(Path model, Options options) {
    return open(Checkpoint.open(model, null), options);
  }

  /** Takes over an open checkpoint; closing the engine closes it. */
  public static Engine open(Checkpoint checkpoint, Options options) {
    try {
      return new Engine(checkpoint, options);
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** The name of the device that the model runs on. */
  public String device() {
    return model.backend.name();
  }

  /** Which of its kernels the device runs: "avx512", for example. */
  public String kernels() {
    return model.backend.kernels();
  }

  /** What the device lacks here and so runs slower without, in a line, if anything. */
  public Optional<String> loss() {
    return model.backend.loss();
  }

  /** Most tokens of a sequence. */
  public int context() {
    return context;
  }

  /**
   * Continues a text given as token ids.
   *
   * @throws PunaException if the prompt is empty, longer than the context, or holds an unknown id
   */
  public Generation submit(Request request) {
    check(request);
    Generation generation = new Generation(request.prompt().length);
    if (request.stop().tokens() <= 0) {
      generation.done("", Generation.Finish.LENGTH, 0, 0);
      return generation;
    }
    Detokenizer detokenizer = detokenizer(request.prompt());
    submit(
        new Sequence(
            request, generation, context, form, checkpoint.conventions().stops(), detokenizer));
    return generation;
  }

  /**
   * Searches for the likeliest continuations of a text, several at once. Of the request's sampling
   * the penalties apply, to the logarithms of the probabilities.
   *
   * @throws PunaException as {@link #submit(Request)}; if there are more beams than the engine
   *     computes sequences at once, or if the request draws or has stop strings
   */
  public BeamGeneration beams(Request request, Beams beams) {
    check(request);
    if (beams.count() > parallel) {
      throw new PunaException(
          "%d beams in an engine of %d sequences at once".formatted(beams.count(), parallel),
          "open it with as many (Options.parallel)");
    }
    if (request.sampling().temperature() > 0) {
      throw new PunaException(
          "a beam search with a temperature", "it takes the likeliest texts: set it to 0");
    }
    if (!request.stop().strings().isEmpty()) {
      throw new PunaException(
          "a beam search with stop strings", "its texts end with tokens: leave the strings out");
    }
    BeamGeneration generation = new BeamGeneration();
    if (request.stop().tokens() <= 0) {
      generation.done(List.of(BeamGeneration.Ranked.nothing(request.prompt().length)));
      return generation;
    }
    submit(
        new BeamGroup(
            request,
            beams,
            generation,
            context,
            form,
            checkpoint.conventions().stops(),
            model.state,
            () -> detokenizer(request.prompt())));
    return generation;
  }

  private void submit(Job job) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    submitted.add(job);
    if (closed) {
      job.finish(Generation.Finish.CANCELLED); // the thread may have gone before
    }
  }

  private void check(Request request) {
    int vocab = checkpoint.spec().vocab();
    checkPrompt(request.prompt(), vocab);
    request.sampling().checkTokens(vocab);
    if (request.prompt().length >= context) {
      throw new PunaException(
          "a prompt of %d tokens leaves no room in a context of %d"
              .formatted(request.prompt().length, context),
          "shorten the prompt or enlarge the context (-c)");
    }
    if (!request.stop().ids().isEmpty()) {
      checkPrompt(request.stop().ids().stream().mapToInt(Integer::intValue).toArray(), vocab);
    }
  }

  /** Text that follows no other begins without the space that tokenizers put before a text. */
  private @Nullable Detokenizer detokenizer(int[] prompt) {
    if (!checkpoint.hasTokenizer()) {
      return null;
    }
    Tokenizer tokenizer = checkpoint.tokenizer();
    return tokenizer.detokenizer(tokenizer.decode(prompt).isEmpty());
  }

  /**
   * Continues a text.
   *
   * @param prompt plain text; the model's beginning-of-text token is put before it
   */
  public Generation submit(String prompt, Sampling sampling, Stop stop) {
    return submit(new Request(encode(prompt), sampling, stop));
  }

  /** Token ids of a prompt, with the tokens that the model wants around it. */
  public int[] encode(String prompt) {
    return encode(checkpoint, prompt);
  }

  /** Likewise, before there is an engine. */
  public static int[] encode(Checkpoint checkpoint, String text) {
    return checkpoint.conventions().encode(text);
  }

  static void checkPrompt(int[] prompt, int vocab) {
    if (prompt.length == 0) {
      throw new PunaException("the prompt has no tokens", "give at least one");
    }
    for (int id : prompt) {
      if (id < 0 || id >= vocab) {
        throw new PunaException(
            "token id " + id + " is not in the model's vocabulary of " + vocab,
            "ids go from 0 to " + (vocab - 1));
      }
    }
  }

  // ---- the engine's thread ----

  private void loop() {
    while (!closed) {
      try {
        if (scheduler.idle()) {
          scheduler.add(submitted.take());
        }
        for (Job j = submitted.poll(); j != null; j = submitted.poll()) {
          scheduler.add(j);
        }
        scheduler.dropCancelled();
        step();
      } catch (InterruptedException e) {
        // close() wakes the thread so
      } catch (RuntimeException | Error e) {
        failAll(e);
      }
    }
    forAll(job -> job.finish(Generation.Finish.CANCELLED));
  }

  private void step() {
    List<Scheduler.Part> parts = scheduler.next();
    if (parts.isEmpty()) {
      return;
    }
    Step step = model.step;
    step.clear();
    for (Scheduler.Part part : parts) {
      Sequence s = part.sequence();
      readSource(s);
      step.sequence(s.blocks, s.blocks.length);
      step.readWhole(s.places().prefix());
      step.places(s.from(), s.to());
      if (form.hasSource()) {
        step.source(s.sourceBlocks, s.sourceBlocks.length, s.source().length);
      }
      for (int i = 0; i < part.count(); i++) {
        int position = part.from() + i;
        boolean wanted = part.draws() && i == part.count() - 1;
        TokenPlaces at = s.places();
        step.add(
            s.token(position),
            position,
            s.rotation(position),
            at.place(position),
            at.second(position),
            wanted);
      }
    }
    model.executable.run(step, model.state);
    int output = 0;
    for (Scheduler.Part part : parts) {
      boolean draws = part.draws(); // before advancing, as it looks at what is pending
      part.sequence().advance(part.count());
      if (draws) {
        draw(part, output++);
      }
    }
  }

  /** Lets the encoder read what a sequence attends to, once. */
  private void readSource(Sequence s) {
    int[] source = s.source();
    if (s.sourceRead || source.length == 0) {
      return;
    }
    Step step = Objects.requireNonNull(model.sourceStep);
    step.clear();
    step.sequence(s.sourceBlocks, s.sourceBlocks.length);
    step.readWhole(source.length);
    for (int t = 0; t < source.length; t++) {
      step.add(source[t], t, source.length, false);
    }
    Objects.requireNonNull(model.sourceExecutable).run(step, model.state);
    s.sourceRead = true;
  }

  private void draw(Scheduler.Part part, int output) {
    MemorySegment result = model.executable.result(Decoder.LOGITS);
    long at = (long) output * logits.length * Float.BYTES;
    MemorySegment.copy(result, ValueLayout.JAVA_FLOAT_UNALIGNED, at, logits, 0, logits.length);
    if (!Finite.all(logits)) {
      scheduler.remove(part.job());
      part.job().failed(Finite.explain(model.executable, model.step, model.state));
    } else if (part.job().accept(part.sequence(), logits)) {
      scheduler.remove(part.job());
    }
  }

  private void failAll(Throwable cause) {
    if (!(cause instanceof PunaException)) {
      System.getLogger(Engine.class.getName())
          .log(System.Logger.Level.ERROR, "a step failed", cause);
    }
    RuntimeException reported =
        cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    forAll(job -> job.failed(reported));
  }

  private void forAll(Consumer<Job> end) {
    for (@Nullable Job job = submitted.poll(); job != null; job = submitted.poll()) {
      scheduler.add(job);
    }
    for (Job job : scheduler.all()) {
      scheduler.remove(job);
      end.accept(job);
    }
  }

  /** Cancels what is running and frees the model's memory. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    model.close();
    checkpoint.close();
  }
}
