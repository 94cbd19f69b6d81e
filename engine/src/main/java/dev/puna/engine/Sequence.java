package dev.puna.engine;

import dev.puna.model.TokenPlaces;
import dev.puna.tokenizer.Detokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request on its way: its tokens so far, its place in the state, what it has said. */
final class Sequence implements Job {
  final Request request;
  final Generation generation;
  final int limit;
  int[] blocks = new int[0];

  /** Blocks of the source that it attends to. */
  int[] sourceBlocks = new int[0];

  /** Whether the source has been read. */
  boolean sourceRead;

  /** Its seat among those that run: where its {@link #from} and {@link #to} are. */
  int seat = -1;

  private final Sampler sampler;
  private final @Nullable Detokenizer detokenizer;
  private final StopStrings stopStrings;
  private final Set<Integer> stopTokens;
  private final TextForm form;
  private final int[] prompt;
  private final TokenPlaces places;
  private boolean flipped;
  private int[] tokens;
  private int length;
  private int done;
  private long started;
  private long firstToken;
  private long lastToken;

  /**
   * @param limit tokens at which the context ends
   * @param detokenizer null where the model has no tokenizer: then there is no text
   */
  Sequence(
      Request request,
      Generation generation,
      int limit,
      TextForm form,
      Set<Integer> stopTokens,
      @Nullable Detokenizer detokenizer) {
    this.form = form;
    prompt = form.start(request.prompt());
    places = form.places(prompt);
    this.request = request;
    this.generation = generation;
    this.limit = limit;
    this.detokenizer = detokenizer;
    this.stopTokens = request.stop().ends(stopTokens);
    sampler = new Sampler(request.sampling());
    stopStrings = new StopStrings(request.stop().strings());
    tokens = prompt.clone();
    length = tokens.length;
  }

  /** Tokens whose keys and values are in the state. */
  int done() {
    return done;
  }

  /** Tokens that still have to go through the model before the next one can be drawn. */
  int pending() {
    return length - done;
  }

  int token(int position) {
    return tokens[position];
  }

  boolean prefilling() {
    return length == prompt.length;
  }

  /** The length for which a row's rotary tables are made. */
  int rotation(int position) {
    return form.rotation(prompt.length, position, length);
  }

  /** How its tokens are numbered, and what of it is read at once. */
  TokenPlaces places() {
    return places;
  }

  /** Tokens of the source that it attends to; none without an encoder. */
  int[] source() {
    return form.hasSource() ? request.prompt() : new int[0];
  }

  /** Tokens that its text began with. */
  int begun() {
    return prompt.length;
  }

  /** Rows that the next step must have room for: a prefix is read in one. */
  int indivisible() {
    return Math.max(0, places.prefix() - done);
  }

  /** Place of what it keeps as a whole; -1 before there is any. */
  int from() {
    return done == 0 ? -1 : 2 * seat + (flipped ? 1 : 0);
  }

  /** The place that the next step writes it to. */
  int to() {
    return 2 * seat + (flipped ? 0 : 1);
  }

  void started() {
    if (started == 0) {
      started = System.nanoTime();
    }
  }

  /** Notes that {@code count} more tokens have gone through the model. */
  void advance(int count) {
    done += count;
    flipped = !flipped;
  }

  /** Draws the next token and hands its text over; returns whether the text has ended. */
  boolean accept(float[] logits) {
    request.stop().forbid(logits, stopTokens, length - prompt.length);
    int token = sampler.next(logits, tokens, length, prompt.length);
    lastToken = System.nanoTime();
    firstToken = firstToken == 0 ? lastToken : firstToken;
    if (stopTokens.contains(token)) {
      finish(Generation.Finish.STOP);
      return true;
    }
    append(token);
    generation.token(token, detokenizer == null ? "" : stopStrings.next(detokenizer.next(token)));
    if (stopStrings.found()) {
      finish(Generation.Finish.STOP);
      return true;
    }
    if (length >= limit || length - prompt.length >= request.stop().tokens()) {
      finish(Generation.Finish.LENGTH);
      return true;
    }
    return false;
  }

  /** Adds a token to the text. */
  void append(int token) {
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.min(limit, length * 2 + 16));
    }
    tokens[length++] = token;
    if (form.rereadsAt(length)) {
      done = 0; // what is kept was made with other tables
    }
  }

  /** Takes over the text of another sequence of the same request; the state is the caller's. */
  void follow(Sequence other) {
    tokens = other.tokens.clone();
    length = other.length;
    done = other.done;
  }

  /** Applies penalties that look at the text so far, in place. */
  void penalize(LogitFilters filters, float[] logits) {
    filters.penalize(logits, tokens, length, prompt.length);
  }

  // ---- as a job ----

  @Override
  public List<Sequence> sequences() {
    return List.of(this);
  }

  @Override
  public List<Sequence> members() {
    return List.of(this);
  }

  @Override
  public int seats() {
    return 1;
  }

  @Override
  public boolean admit(KvPool pool) {
    long most = Math.min((long) prompt.length + request.stop().tokens(), limit);
    return pool.reserve(this, Math.toIntExact(most), source().length);
  }

  @Override
  public void release(KvPool pool) {
    pool.release(this);
  }

  @Override
  public boolean accept(Sequence sequence, float[] logits) {
    return accept(logits);
  }

  @Override
  public boolean cancelled() {
    return generation.cancelled();
  }

  @Override
  public void failed(RuntimeException cause) {
    generation.failed(cause);
  }

  @Override
  public void finish(Generation.Finish reason) {
    String rest = "";
    if (detokenizer != null && !stopStrings.found()) {
      rest = stopStrings.next(detokenizer.finish()) + stopStrings.finish();
    }
    double prefill = firstToken == 0 ? 0 : (firstToken - started) / 1e9;
    generation.done(rest, reason, prefill, (lastToken - firstToken) / 1e9);
  }
}
