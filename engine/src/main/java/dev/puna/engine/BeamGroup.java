package dev.puna.engine;

import dev.puna.engine.BeamSearch.Continuation;
import dev.puna.engine.BeamSearch.Hypothesis;
import dev.puna.program.State;
import dev.puna.tokenizer.Detokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The beams of one prompt on their way. One sequence reads the prompt; then as many as there are
 * beams go on from it. They share the blocks of what they have in common, and a block that several
 * share is copied when one of them is about to write it.
 */
final class BeamGroup extends Job {
  private final Request request;
  private final Beams beams;
  private final BeamGeneration generation;
  private final KvPool pool;
  private final State state;
  private final Supplier<@Nullable Detokenizer> detokenizers;
  private final int[] ends;
  private final BeamSearch search;
  private final LogitFilters filters;
  private final long submitted = System.nanoTime();

  /** The sequences of the open beams, in the search's order. */
  private List<Sequence> open = new ArrayList<>();

  private final List<Sequence> idle = new ArrayList<>();
  private final boolean[] offered;
  private int offers;
  private boolean over;
  private long firstToken;

  /**
   * @param detokenizers gives one for each text, or null where the model has no tokenizer
   */
  BeamGroup(
      Request request,
      Beams beams,
      BeamGeneration generation,
      TextSetting setting,
      KvPool pool,
      State state,
      Supplier<@Nullable Detokenizer> detokenizers,
      int adapter) {
    this.request = request;
    this.beams = beams;
    this.generation = generation;
    this.pool = pool;
    this.state = state;
    this.detokenizers = detokenizers;
    ends = request.stop().ends(setting.ends());
    int begun = setting.form().start(request.prompt()).length;
    int most = Math.min(request.stop().tokens(), setting.limit() - begun);
    search = new BeamSearch(beams, most, Set.copyOf(Arrays.stream(ends).boxed().toList()));
    filters = new LogitFilters(request.sampling());
    offered = new boolean[beams.count()];
    Generation unused = new Generation(request.prompt().length);
    for (int i = 0; i < beams.count(); i++) {
      idle.add(new Sequence(request, unused, setting, null, null, adapter));
    }
    open.add(idle.removeFirst());
  }

  @Override
  int priority() {
    return request.priority();
  }

  @Override
  List<Sequence> sequences() {
    return open;
  }

  @Override
  List<Sequence> members() {
    List<Sequence> all = new ArrayList<>(open);
    all.addAll(idle);
    return all;
  }

  @Override
  int seats() {
    return beams.count();
  }

  @Override
  void preempted() {
    open.forEach(Sequence::preempted);
  }

  @Override
  boolean accept(Part part, Outputs outputs) {
    if (over || part.wanted() == 0) {
      return false; // ended in this very step, or on the way through its text
    }
    int beam = open.indexOf(part.sequence);
    if (offered[beam]) {
      return false; // its blocks were taken away after it had its say
    }
    offered[beam] = true;
    float[] logits = outputs.row(part.output());
    logSoftmax(logits);
    request.stop().forbid(logits, ends, search.length());
    part.sequence.penalize(filters, logits);
    search.offer(beam, logits);
    if (++offers < open.size()) {
      return false;
    }
    offers = 0;
    Arrays.fill(offered, false);
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
        pool.release(open.get(i).table);
        idle.add(open.get(i));
      }
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] == null) {
        Sequence parent = open.get(next.get(i).parent());
        places[i] = idle.removeLast();
        places[i].follow(parent);
        pool.share(parent.table, places[i].table);
        pool.share(parent.source, places[i].source);
        if (parent.from() >= 0) {
          state.copyPlace(parent.from(), places[i].from());
        }
      }
    }
    open = List.of(places);
    for (int i = 0; i < places.length; i++) {
      places[i].append(next.get(i).token());
    }
  }

  @Override
  boolean cancelled() {
    return generation.cancelled();
  }

  @Override
  boolean overtime(long now) {
    return now - submitted > request.stop().nanos();
  }

  @Override
  void failed(RuntimeException cause) {
    over = true;
    generation.failed(cause);
  }

  /** Hands over the best texts; those that no token ended, with this reason. */
  @Override
  void finish(Generation.Finish reason) {
    over = true;
    long now = System.nanoTime();
    double prefill = firstToken == 0 ? 0 : (firstToken - submitted) / 1e9;
    double decode = firstToken == 0 ? 0 : (now - firstToken) / 1e9;
    List<BeamGeneration.Ranked> ranked = new ArrayList<>();
    for (Hypothesis h : search.ranked()) {
      Generation.Finish why = h.stopped() ? Generation.Finish.STOP : reason;
      ranked.add(
          new BeamGeneration.Ranked(
              new Generation.Result(
                  text(h.tokens()),
                  h.tokens(),
                  why,
                  new Generation.Timing(request.prompt().length, 0, 0, prefill, decode)),
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
