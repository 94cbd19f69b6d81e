package dev.puna.engine;

import dev.puna.engine.constraint.Matcher;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Detokenizer;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model that is ready to run. Requests may be submitted by any thread and are computed together,
 * in steps, by the engine's own; what a text becomes does not depend on its company.
 *
 * {@snippet file="Examples.java" region="text"}
 */
public final class Engine implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final Adapters adapters;
  private final Options options;
  private final Sizes sizes;
  private final LoadedModel model;
  private final KvPool pool;
  private final StepLoop loop;
  private final Scheduler scheduler;
  private final Readings readings;
  private final TextSetting setting;
  private final Constraints constraints;
  private final RequestChecks checks;

  private Engine(Checkpoint plain, Adapters adapters, Options options) {
    this.adapters = adapters;
    checkpoint = adapters.on(plain);
    this.options = options;
    TextForm form = TextForm.of(checkpoint);
    sizes = Sizes.of(checkpoint, form, options);
    if (!options.force()) {
      int rows = sizes.room().rows();
      Memory.require(checkpoint, sizes.cachedEach(), options, rows, Memory.available());
    }
    model = new LoadedModel(checkpoint, options, sizes.extent());
    boolean keepsWhole = checkpoint.program().keepsWhole();
    Snapshots snapshots =
        keepsWhole ? Snapshots.at(2 * options.parallel(), sizes.snapshots()) : Snapshots.unneeded();
    pool = new KvPool(model.state, sizes.extent().blocks(), Sizes.BLOCK, snapshots);
    int[] ends = checkpoint.conventions().stops().stream().mapToInt(Integer::intValue).toArray();
    setting = new TextSetting(sizes.context(), form, ends, keepsWhole, Sizes.BLOCK);
    constraints = new Constraints(checkpoint, ends);
    checks = new RequestChecks(checkpoint, options, setting, pool);
    Drafter drafter = drafterOrClose();
    scheduler = new Scheduler(pool, drafter, sizes.room());
    loop = new StepLoop(model, form, scheduler, drafter, checkpoint.spec().vocab());
    int place = 2 * options.parallel() + sizes.snapshots();
    readings = new Readings(model, pool, scheduler, loop, sizes.context(), place);
  }

  private Drafter drafterOrClose() {
    try {
      return drafter();
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  private Drafter drafter() {
    return switch (options.speculation()) {
      case Speculation.None none -> running -> {};
      case Speculation.Lookup lookup -> new PromptLookup(lookup);
      case Speculation.Draft draft ->
          DraftModel.open(draft, checkpoint, options, sizes.context(), model.backend);
    };
  }

  /**
   * Opens a model from a .gguf file or a Hugging Face directory, for one text at a time.
   *
   * @throws PunaException if it cannot be read or does not fit into memory
   */
  public static Engine open(Path model) {
    return open(model, Options.defaults());
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
    Adapters adapters = Adapters.NONE;
    try {
      adapters = Adapters.open(options.adapters());
      return new Engine(checkpoint, adapters, options);
    } catch (RuntimeException | Error e) {
      adapters.close();
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

  /** What the engine is busy with now. */
  public Load load() {
    return loop.between(
        () ->
            new Load(
                scheduler.running().size(),
                scheduler.waiting(),
                pool.total(),
                pool.free(),
                scheduler.preemptions()));
  }

  /** Most tokens of a sequence. */
  public int context() {
    return sizes.context();
  }

  // ---- texts ----

  /**
   * Continues a text given as token ids.
   *
   * @throws PunaException if the prompt is empty, longer than the context, or holds an unknown id;
   *     or if the model has no such adapter
   * @throws EngineBusyException if as many wait as may ({@link Scheduling#queue})
   */
  public Generation submit(Request request) {
    checks.of(request);
    Generation generation = new Generation(request.prompt().length, room(request));
    if (request.stop().tokens() <= 0 && !request.logProbs().prompt()) {
      generation.done("", Generation.Finish.LENGTH, 0, 0);
      return generation;
    }
    submit(
        new Sequence(
            request,
            generation,
            setting,
            detokenizer(request.prompt()),
            matcher(request),
            adapters.number(request.adapter())));
    return generation;
  }

  /**
   * Continues a text several times, each with a seed of its own that is made of the request's; the
   * first one with the request's. What they have in common is computed once.
   *
   * {@snippet file="Examples.java" region="together"}
   */
  public List<Generation> submit(Request request, int samples) {
    if (samples < 1) {
      throw new PunaException(samples + " samples", "ask for 1 or more");
    }
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      all.add(submit(request.sampling(request.sampling().forSample(i))));
    }
    return all;
  }

  /**
   * Continues a text.
   *
   * @param prompt plain text; the model's beginning-of-text token is put before it
   */
  public Generation submit(String prompt, Sampling sampling, Stop stop) {
    return submit(new Request(encode(prompt), sampling, stop));
  }

  /**
   * Searches for the likeliest continuations of a text, several at once. Of the request's sampling
   * the penalties apply, to the logarithms of the probabilities.
   *
   * @throws PunaException as {@link #submit(Request)}; if there are more beams than the engine
   *     computes sequences at once, or if the request draws, has stop strings, or a constraint
   */
  public BeamGeneration beams(Request request, Beams beams) {
    checks.of(request);
    checks.of(request, beams);
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
            setting,
            pool,
            model.state,
            () -> detokenizer(request.prompt()),
            adapters.number(request.adapter())));
    return generation;
  }

  private void submit(Job job) {
    loop.submit(job, (long) options.parallel() + options.scheduling().queue());
  }

  /** Tokens that a request can have, as far as it pays to have room for them at once. */
  private int room(Request request) {
    return Math.clamp(request.stop().tokens(), 0, Math.min(sizes.context(), 1024));
  }

  private @Nullable Matcher matcher(Request request) {
    Constraint constraint = request.constraint();
    if (constraint == null) {
      return null;
    }
    int room = sizes.context() - request.prompt().length;
    return constraints.matcher(constraint, Math.min(request.stop().tokens(), room));
  }

  /** Text that follows no other begins without the space that tokenizers put before a text. */
  private @Nullable Detokenizer detokenizer(int[] prompt) {
    if (!checkpoint.hasTokenizer()) {
      return null;
    }
    Tokenizer tokenizer = checkpoint.tokenizer();
    return tokenizer.detokenizer(tokenizer.decode(prompt).isEmpty());
  }

  /** Token ids of a prompt, with the tokens that the model wants around it. */
  public int[] encode(String prompt) {
    return encode(checkpoint, prompt);
  }

  /** Likewise, before there is an engine. */
  public static int[] encode(Checkpoint checkpoint, String text) {
    return checkpoint.conventions().encode(text);
  }

  /**
   * Begins a conversation, in the form that the checkpoint says or its family is known for.
   *
   * @throws PunaException if there is none
   */
  public Chat chat() {
    return chat(
        checkpoint
            .conventions()
            .chatTemplate(false)
            .orElseThrow(
                () ->
                    new PunaException(
                        checkpoint.path() + " carries no chat template",
                        "give one, such as BuiltInTemplates.of(\"chatml\")")));
  }

  /** Begins a conversation in a form of one's own. */
  public Chat chat(ChatTemplate template) {
    return new Chat(this, template);
  }

  // ---- more than text ----

  /**
   * The vector of a text, of length 1, as the checkpoint is made for ({@link Pooling#of}).
   *
   * {@snippet file="Examples.java" region="embedding"}
   */
  public float[] embed(String text) {
    return embed(List.of(text)).getFirst();
  }

  /** The vectors of texts, some of which are computed together. */
  public List<float[]> embed(List<String> texts) {
    List<int[]> ids = texts.stream().map(this::encode).toList();
    return vectors(ids, Pooling.of(checkpoint), null);
  }

  /**
   * The vectors of texts that are given as token ids, each of length 1.
   *
   * @param adapter that they are computed with; null for none
   * @throws PunaException if one is empty, longer than the context, or holds an unknown id
   */
  public List<float[]> vectors(List<int[]> texts, Pooling pooling, @Nullable String adapter) {
    int number = adapters.number(adapter);
    List<Forward.Input> inputs =
        texts.stream().map(ids -> new Forward.Input(ids, new int[0], new int[0], number)).toList();
    return readings.rows(inputs).stream().map(pooling::vector).toList();
  }

  /**
   * Looks at how the model reads a text: what its layers hand on, whom its heads attend to, what it
   * would say at each layer.
   *
   * @param text with {@link Forward.Input#of} of its token ids
   * @throws PunaException if the model cannot read it, or so much does not fit into Java's heap
   */
  public Insight look(Forward.Input text, Insight.Wanted wanted) {
    return readings.look(text, wanted);
  }

  /**
   * How likely a text is to the model: ln p of each token after the first, given those before it.
   *
   * @param tokens at least two, no more than the context
   */
  public double[] score(int[] tokens) {
    Request request =
        new Request(tokens, Sampling.greedy(), Stop.after(0))
            .logProbs(new LogProbs(false, 0, true));
    return submit(request).await().promptScores().stream()
        .mapToDouble(TokenScore::logProb)
        .toArray();
  }

  // ---- sessions ----

  /**
   * Saves what has been computed of a text, which is computed if need be. What follows it after
   * {@link #restore} is what would have followed.
   *
   * @param tokens of the text so far, shorter than the context
   * @param adapter the adapter that the text is computed with; null for none
   * @throws PunaException if the file cannot be written, or the model's texts cannot be taken up
   */
  public void save(int[] tokens, @Nullable String adapter, Path file) {
    Request request =
        new Request(tokens, Sampling.greedy(), Stop.after(1).ignoreEos(true)).adapter(adapter);
    checks.of(request);
    checkSession();
    Session.Prompt how =
        new Session.Prompt(setting.form(), adapters.number(adapter), tokens.length);
    session().save(tokens, how, file, () -> submit(request).await());
  }

  /**
   * Puts a saved text into the cache: a request that begins with its tokens goes on from there.
   *
   * @return its tokens
   * @throws PunaException if the file is damaged, or of another model or adapter
   */
  public int[] restore(@Nullable String adapter, Path file) {
    checkSession();
    int number = adapters.number(adapter);
    return session()
        .restore(
            file,
            checkpoint.spec().vocab(),
            length -> new Session.Prompt(setting.form(), number, length));
  }

  private Session session() {
    String how = "%s %s %d".formatted(device(), options.kvType(checkpoint), Sizes.BLOCK);
    byte[] digest = Session.digest(checkpoint, how);
    return new Session(model.state, pool, loop, digest, sizes.context());
  }

  private void checkSession() {
    if (!setting.form().shares()) {
      throw new PunaException(
          "this model reads its prompt as a whole", "its texts cannot be taken up from a file");
    }
  }

  /** Cancels what is running and frees the model's memory. */
  @Override
  public void close() {
    loop.close();
    model.close();
    checkpoint.close();
    adapters.close();
  }
}
