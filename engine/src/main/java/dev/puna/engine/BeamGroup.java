package dev.puna.engine;

import dev.puna.engine.BeamSearch.Continuation;
import dev.puna.engine.BeamSearch.Hypothesis;
import dev.puna.program.State;
import dev.puna.tokenizer.Detokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The beams of one prompt on their way. One sequence reads the prompt; then as many as there are
 * beams go on from it. They share the blocks of what they have in common, and a block that several
 * share is copied when one of them is about to write it.
 */
final class BeamGroup implements Job {
  private final Request request;
  private final Beams beams;
  private final BeamGeneration generation;
  private final State state;
  private final Supplier<@Nullable Detokenizer> detokenizers;
  private final Set<Integer> ends;
  private final int most;
  private final TextForm form;
  private final BeamSearch search;
  private final LogitFilters filters;

  /** The sequences of the open beams, in the search's order. */
  private List<Sequence> open = new ArrayList<>();

  private final List<Sequence> idle = new ArrayList<>();
  private KvPool.@Nullable Lease lease;
  private int[] source = new int[0];
  private int offered;
  private long started;
  private long firstToken;

  /**
   * @param limit tokens at which the context ends
   * @param detokenizers gives one for each text, or null where the model has no tokenizer
   */
  BeamGroup(
      Request request,
      Beams beams,
      BeamGeneration generation,
      int limit,
      TextForm form,
      Set<Integer> stopTokens,
      State state,
      Supplier<@Nullable Detokenizer> detokenizers) {
    this.request = request;
    this.beams = beams;
    this.generation = generation;
    this.form = form;
    this.state = state;
    this.detokenizers = detokenizers;
    ends = request.stop().ends(stopTokens);
    most = Math.min(request.stop().tokens(), limit - form.start(request.prompt()).length);
    search = new BeamSearch(beams, most, ends);
    filters = new LogitFilters(request.sampling());
    Generation unused = new Generation(request.prompt().length);
    for (int i = 0; i < beams.count(); i++) {
      idle.add(new Sequence(request, unused, limit, form, Set.of(), null));
    }
    open.add(idle.removeFirst());
  }

  @Override
  public List<Sequence> sequences() {
    return open;
  }

  @Override
  public List<Sequence> members() {
    List<Sequence> all = new ArrayList<>(open);
    all.addAll(idle);
    return all;
  }

  @Override
  public int seats() {
    return beams.count();
  }

  /** The prompt's full blocks once, all others for each beam. */
  @Override
  public boolean admit(KvPool pool) {
    Sequence first = open.getFirst();
    int prompt = first.begun();
    int shared = form.rereads() ? 0 : prompt / pool.blockSize(); // each would write its own
    int each = pool.blocks((long) prompt + most) - shared;
    lease = pool.lease(pool.blocks(first.source().length) + shared + beams.count() * each);
    if (lease == null) {
      return false;
    }
    lease.extend(first, prompt);
    source = lease.take(first.source().length);
    idle.forEach(s -> s.sourceBlocks = source);
    first.sourceBlocks = source;
    started = System.nanoTime();
    return true;
  }

  @Override
  public void release(KvPool pool) {
    if (lease != null) {
      open.forEach(lease::drop);
      lease.giveBack(source);
      lease.close();
    }
  }

  @Override
  public boolean accept(Sequence sequence, float[] logits) {
    if (offered < 0) {
      return false; // ended in this very step
    }
    logSoftmax(logits);
    request.stop().forbid(logits, ends, search.length());
    sequence.penalize(filters, logits);
    search.offer(open.indexOf(sequence), logits);
    if (++offered < open.size()) {
      return false;
    }
    offered = 0;
    firstToken = firstToken == 0 ? System.nanoTime() : firstToken;
    List<Continuation> next = search.advance();
    if (search.over()) {
      finish(Generation.Finish.LENGTH);
      return true;
    }
    follow(next);
    return false;
  }

  /** ln p of each token, in place: x - ln Σ exp(x). */
  private static void logSoftmax(float[] logits) {
    float max = logits[0];
    for (float x : logits) {
      max = Math.max(max, x);
    }
    double total = 0;
    for (float x : logits) {
      total += Math.exp(x - max);
    }
    double logTotal = max + Math.log(total);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (logits[i] - logTotal);
    }
  }

  /**
   * Arranges the sequences as the search goes on. A parent's first child stays in its place, the
   * others take over the places of beams that end here, so that nothing is overwritten that is
   * still to be copied.
   */
  private void follow(List<Continuation> next) {
    KvPool.Lease blocks = Objects.requireNonNull(lease);
    @Nullable Sequence[] places = new @Nullable Sequence[next.size()];
    boolean[] stays = new boolean[open.size()];
    for (int i = 0; i < places.length; i++) {
      int parent = next.get(i).parent();
      if (!stays[parent]) {
        stays[parent] = true;
        places[i] = open.get(parent);
      }
    }
    for (int i = 0; i < stays.length; i++) {
      if (!stays[i]) {
        blocks.drop(open.get(i));
        idle.add(open.get(i));
      }
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] == null) {
        Sequence parent = open.get(next.get(i).parent());
        places[i] = idle.removeLast();
        places[i].follow(parent);
        places[i].sourceRead = true;
        blocks.share(parent, places[i]);
        state.copyPlace(parent.from(), places[i].from());
      }
    }
    open = List.of(places);
    for (int i = 0; i < places.length; i++) {
      places[i].append(next.get(i).token());
      makeWritable(blocks, places[i]);
    }
  }

  /** Sees to it that the block of the next row is there and belongs to this sequence alone. */
  private void makeWritable(KvPool.Lease blocks, Sequence sequence) {
    int length = sequence.done() + sequence.pending();
    blocks.extend(sequence, length);
    for (int i = blocks.index(sequence.done()); i <= blocks.index(length - 1); i++) {
      int shared = blocks.own(sequence, i);
      if (shared >= 0) {
        state.copyBlock(shared, sequence.blocks[i]);
      }
    }
  }

  @Override
  public boolean cancelled() {
    return generation.cancelled();
  }

  @Override
  public void failed(RuntimeException cause) {
    offered = -1;
    generation.failed(cause);
  }

  /** Hands over the best texts; those that no token ended, with this reason. */
  @Override
  public void finish(Generation.Finish reason) {
    offered = -1;
    long now = System.nanoTime();
    double prefill = firstToken == 0 ? 0 : (firstToken - started) / 1e9;
    double decode = firstToken == 0 ? 0 : (now - firstToken) / 1e9;
    List<BeamGeneration.Ranked> ranked = new ArrayList<>();
    for (Hypothesis h : search.ranked()) {
      Generation.Finish why = h.stopped() ? Generation.Finish.STOP : reason;
      ranked.add(
          new BeamGeneration.Ranked(
              new Generation.Result(
                  text(h.tokens()), h.tokens(), why, request.prompt().length, prefill, decode),
              h.score()));
    }
    generation.done(ranked);
  }

  private String text(List<Integer> tokens) {
    Detokenizer detokenizer = detokenizers.get();
    if (detokenizer == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(detokenizer.next(token));
    }
    return text.append(detokenizer.finish()).toString();
  }
}
