package dev.puna.engine;

import dev.puna.engine.constraint.Matcher;
import dev.puna.model.TokenPlaces;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Detokenizer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request on its way: its tokens so far, its place in the state, what it has said. */
final class Sequence extends Job implements KvPool.Computed {
  private static final int[] NOTHING = {};

  final Request request;
  final Generation generation;
  final BlockTable table = new BlockTable();

  /** Blocks of the source that it attends to. */
  final BlockTable source = new BlockTable();

  final Part part = new Part(this);

  /** Whether the source has been read. */
  boolean sourceRead;

  /** Its seat among those that run: where its {@link #from} and {@link #to} are. */
  int seat = -1;

  /** Which adapter it is computed with; -1 for none. */
  final int adapter;

  private final TextSetting setting;
  private final Speech speech;
  private final TokenPlaces places;
  private final List<Sequence> itself = List.of(this);
  private boolean flipped; // which of its two places has what it keeps as a whole
  private boolean stale;
  private int[] tokens;
  private int length;
  private int begun; // how many of the tokens are the prompt
  private int generated;
  private int done;
  private int guessed;
  private int[] guesses = {};
  private int scored; // position of the last token of the prompt that was
  private int seen; // tokens that were known when it was taken up

  /**
   * @param detokenizer null where the model has no tokenizer: then there is no text
   * @param matcher null where the text is not constrained
   * @param adapter number of the request's adapter, or -1
   */
  Sequence(
      Request request,
      Generation generation,
      TextSetting setting,
      @Nullable Detokenizer detokenizer,
      @Nullable Matcher matcher,
      int adapter) {
    this.request = request;
    this.generation = generation;
    this.setting = setting;
    this.adapter = adapter;
    speech = new Speech(request, generation, setting.ends(), detokenizer, matcher);
    tokens = setting.form().start(request.prompt());
    places = setting.form().places(tokens);
    length = tokens.length;
    begun = length;
    if (length + Math.min(1, request.stop().tokens()) > setting.limit()) {
      slide();
    }
  }

  // ---- its text ----

  int[] tokens() {
    return tokens;
  }

  int token(int position) {
    return position < length ? tokens[position] : guesses[position - length];
  }

  int length() {
    return length;
  }

  /** Tokens whose keys and values are in the state. */
  int done() {
    return done;
  }

  /** Tokens that still have to go through the model before the next one can be drawn. */
  int pending() {
    return length - done;
  }

  /** How many tokens it has in common with another text, from the first one on. */
  int commonWith(Sequence other) {
    int most = Math.min(length - 1, other.length);
    boolean alike = root() == other.root() && table(0) == other.table(0);
    int differ = alike ? Arrays.mismatch(tokens, 0, most, other.tokens, 0, most) : 0;
    return differ < 0 ? most : differ;
  }

  /** Tokens of the source that it attends to; none without an encoder. */
  int[] sourceTokens() {
    return setting.form().hasSource() ? request.prompt() : NOTHING;
  }

  int sourceLength() {
    return setting.form().hasSource() ? request.prompt().length : 0;
  }

  /** How its tokens are numbered, and what of it is read at once. */
  TokenPlaces places() {
    return places;
  }

  /** The length for which a row's rotary tables are made. */
  int rotation(int position) {
    return setting.form().rotation(begun, position, length);
  }

  // ---- its blocks ----

  /** Whether blocks that hold the same as others are known as such, and shared. */
  boolean shares() {
    return setting.form().shares();
  }

  @Override
  public long root() {
    return BlockTable.root(adapter);
  }

  @Override
  public int table(int position) {
    return setting.form().table(rotation(position));
  }

  /** Whether what it has in the state is of no use any more. */
  boolean stale() {
    return stale;
  }

  /** Lets the text be read anew, as it is now. */
  private void restart() {
    done = 0;
    guessed = 0;
    stale = true;
  }

  /** Goes on behind the blocks that it has been given. */
  void takenUp(KvPool.Beginning known, int blockSize) {
    stale = false;
    done = known.blocks() * blockSize;
    seen = known.seen() * blockSize;
    generation.reused(generated == 0 ? done : -1);
  }

  @Override
  void preempted() {
    restart();
    stale = false;
    sourceRead = false;
  }

  // ---- its rows ----

  /** Whether its next rows are new tokens, rather than a text that is read. */
  boolean decoding() {
    return generated > 0 && pending() <= 1 + guesses.length && pending() > 0;
  }

  /** Rows of a sequence that is decoding: those of its tokens, and of the guesses that follow. */
  int wantedRows() {
    return pending() + guessed;
  }

  /** Of how many of its next {@code count} rows the logits are wanted. */
  int wantedOf(int count) {
    if (scoresPrompt() && done < begun - 1) {
      return count;
    }
    return Math.max(0, count - pending() + 1);
  }

  /** Whether its prompt's tokens are scored, so that all of it has to be computed. */
  boolean scoresPrompt() {
    return request.logProbs().prompt() && generated == 0;
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

  /** How many of its next {@code count} rows come before a snapshot is to be taken. */
  int rowsUpToSnapshot(int count) {
    int at = shares() && generated == 0 ? setting.snapshot(done, seen, begun) : 0;
    return done < at && at < done + count ? at - done : count;
  }

  boolean atSnapshot() {
    return done > 0 && (done == seen || done == setting.lastBoundary(begun));
  }

  void started() {
    speech.started();
  }

  /** Notes that {@code count} more rows have gone through the model. */
  void advance(int count) {
    done += count;
    flipped = !flipped;
  }

  /** Takes rows back that were guessed wrong: only those up to {@code valid} count. */
  private void rewind(int valid) {
    if (setting.keepsWhole()) {
      done = part.from(); // what was kept has seen too much; what it was before is still there
      flipped = !flipped;
    } else {
      done = valid;
    }
  }

  // ---- guesses ----

  /** How many tokens may be guessed to follow, at most {@code most}. */
  int guessable(int most) {
    int room = Math.min(request.stop().tokens() - generated, setting.limit() - length) - 1;
    boolean ready = generated > 0 && pending() == 1 && !setting.form().rereads();
    return ready ? Math.clamp(room, 0, most) : 0;
  }

  /** Where guesses are written to, at most {@code most}. */
  int[] guesses(int most) {
    guesses = guesses.length < most ? new int[most] : guesses;
    return guesses;
  }

  /** Sets how many tokens are guessed to follow. */
  void guessed(int count) {
    guessed = count;
  }

  // ---- going on ----

  @Override
  boolean accept(Part rows, Outputs outputs) {
    int known = length; // what follows in the part was guessed
    guessed = 0;
    for (int i = 0; i < rows.wanted(); i++) {
      int position = rows.firstWanted() + i;
      int output = rows.output() + i;
      if (scoresPrompt() && position < begun - 1) {
        score(outputs, output, position + 1);
        continue;
      }
      if (draw(outputs, output)) {
        return true;
      }
      if (stale) {
        return false; // read anew
      }
      if (i + 1 < rows.wanted()) {
        if (tokens[position + 1] != guesses[position + 1 - known]) {
          rewind(position + 1);
          return false;
        }
        generation.guessed();
      }
    }
    return false;
  }

  /** Scores a token of the prompt, once: a prompt may be read again. */
  private void score(Outputs outputs, int output, int position) {
    if (position > scored) {
      scored = position;
      speech.scorePrompt(outputs.row(output), tokens[position]);
    }
  }

  private boolean draw(Outputs outputs, int output) {
    if (request.stop().tokens() == 0) {
      return ended(Generation.Finish.LENGTH); // only the prompt was asked about
    }
    int token = speech.draw(outputs.row(output), tokens, length, begun, generated, left());
    if (token < 0) {
      return ended(Generation.Finish.STOP);
    }
    append(token);
    if (speech.say(token, outputs, output)) {
      return ended(Generation.Finish.STOP);
    }
    if (generated >= request.stop().tokens()) {
      return ended(Generation.Finish.LENGTH);
    }
    return length >= setting.limit() && atContextEnd();
  }

  private int left() {
    int room =
        request.contextEnd() instanceof ContextEnd.Slide
            ? Integer.MAX_VALUE
            : setting.limit() - length;
    return Math.min(request.stop().tokens() - generated, room);
  }

  private boolean ended(Generation.Finish reason) {
    finish(reason);
    return true;
  }

  private boolean atContextEnd() {
    return switch (request.contextEnd()) {
      case ContextEnd.Stop stop -> ended(Generation.Finish.LENGTH);
      case ContextEnd.Error error ->
          throw new PunaException(
              "the text has reached the end of the context of %d tokens".formatted(length),
              "enlarge the context (-c), ask for fewer tokens, or let it slide");
      case ContextEnd.Slide slide -> {
        slide();
        yield false;
      }
    };
  }

  /**
   * Drops what is in the middle of the text: of what follows the kept beginning the latest half of
   * the room stays. What is left is read anew as a prompt.
   */
  private void slide() {
    int kept = request.contextEnd() instanceof ContextEnd.Slide s ? Math.min(s.kept(), length) : 0;
    int latest = Math.max(1, (setting.limit() - kept) / 2);
    System.arraycopy(tokens, length - latest, tokens, kept, latest);
    int dropped = length - kept - latest;
    length = kept + latest;
    speech.slid(dropped);
    begun = length;
    restart();
  }

  /** Adds a token to the text. */
  void append(int token) {
    if (length == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.min(setting.limit(), length * 2 + 16));
    }
    tokens[length++] = token;
    generated++;
    if (setting.form().rereadsAt(length)) {
      restart(); // what is kept was made with other tables
    }
  }

  /** Takes over the text of another sequence of the same request; the state is the caller's. */
  void follow(Sequence other) {
    tokens = other.tokens.clone();
    length = other.length;
    generated = other.generated;
    done = other.done;
    stale = other.stale;
    sourceRead = other.sourceRead;
  }

  /** Applies penalties that look at the text so far, in place. */
  void penalize(LogitFilters filters, float[] logits) {
    filters.penalize(logits, tokens, length, begun);
  }

  // ---- as a job ----

  @Override
  int priority() {
    return request.priority();
  }

  @Override
  List<Sequence> sequences() {
    return itself;
  }

  @Override
  List<Sequence> members() {
    return itself;
  }

  @Override
  int seats() {
    return 1;
  }

  @Override
  boolean cancelled() {
    return generation.cancelled();
  }

  @Override
  boolean overtime(long now) {
    return speech.overtime(now);
  }

  @Override
  void failed(RuntimeException cause) {
    speech.failed(cause, generated);
  }

  @Override
  void finish(Generation.Finish reason) {
    speech.finish(reason, generated);
  }
}
