package dev.puna.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Beam search (Graves 2012; Sutskever et al. 2014; length penalty as in Wu et al. 2016, without its
 * constants): follows the likeliest texts side by side. It knows log-probabilities only, not how
 * they come about: whoever runs the model offers those of each beam, asks which beams go on, and
 * arranges its states accordingly. There is one beam at first.
 *
 * <p>The rules for ties, candidates and ends are those of transformers 5: of the max(2, 1 + stop
 * tokens) · count likeliest continuations, those that end are set aside if they are among the first
 * {@code count}, and the first {@code count} that do not end go on.
 */
public final class BeamSearch {
  /**
   * A beam that goes on.
   *
   * @param parent the number of the beam that it continues
   * @param token the token by which
   */
  public record Continuation(int parent, int token) {}

  /**
   * A text that was found.
   *
   * @param tokens ids, without the stop token
   * @param stopped whether a stop token ended it
   * @param score Σ ln p / n^α, n the number of tokens, its stop token included
   */
  public record Hypothesis(List<Integer> tokens, boolean stopped, double score) {}

  /** A text as its last token and what comes before it; beams share their beginnings. */
  private record Node(@Nullable Node before, int token, int length) {
    static List<Integer> tokens(@Nullable Node last) {
      Integer[] tokens = new Integer[last == null ? 0 : last.length];
      for (Node n = last; n != null; n = n.before) {
        tokens[n.length - 1] = n.token;
      }
      return List.of(tokens);
    }
  }

  /** An open text. */
  private record Beam(@Nullable Node last, double sum) {}

  private final Beams options;
  private final int most;
  private final Set<Integer> stops;
  private final Candidates candidates;
  private List<Beam> open = List.of(new Beam(null, 0));
  private final List<Hypothesis> ended = new ArrayList<>(); // by falling score
  private int length;
  private boolean over;

  /**
   * @param most tokens at which a text ends in any case, at least 1
   * @param stops tokens that end a text
   */
  public BeamSearch(Beams options, int most, Set<Integer> stops) {
    this.options = options;
    this.most = most;
    this.stops = Set.copyOf(stops);
    candidates = new Candidates(Math.max(2, 1 + stops.size()) * options.count());
  }

  /** Beams that are open, numbered from 0, the likeliest first. */
  public int width() {
    return open.size();
  }

  /** Tokens of every open beam. */
  public int length() {
    return length;
  }

  /**
   * Takes the log-probabilities of what may follow a beam; once for each open beam in their order.
   *
   * @param logProbs [V]; negative infinity where a token may not follow
   */
  public void offer(int beam, float[] logProbs) {
    double sum = open.get(beam).sum;
    for (int token = 0; token < logProbs.length; token++) {
      double score = sum + logProbs[token];
      if (score > candidates.least()) {
        candidates.add(beam, token, score);
      }
    }
  }

  /**
   * Goes one token further, when every open beam's log-probabilities have been offered. Returns the
   * beams that are open now, in their order; none when the search is over.
   */
  public List<Continuation> advance() {
    length++;
    List<Beam> next = new ArrayList<>();
    List<Continuation> continuations = new ArrayList<>();
    for (int i = 0; i < candidates.size; i++) {
      int token = candidates.tokens[i];
      Beam parent = open.get(candidates.beams[i]);
      boolean stopped = stops.contains(token);
      if (stopped || length >= most) {
        if (i < options.count()) {
          end(parent.last, stopped ? -1 : token, candidates.scores[i]);
        }
      } else if (next.size() < options.count()) {
        next.add(new Beam(new Node(parent.last, token, length), candidates.scores[i]));
        continuations.add(new Continuation(candidates.beams[i], token));
      }
    }
    candidates.size = 0;
    if (next.isEmpty()) {
      over = true;
      open = ended.isEmpty() ? open : List.of(); // nothing may follow: then they are the result
      return List.of();
    }
    open = next;
    over = !worthwhile();
    return over ? List.of() : List.copyOf(continuations);
  }

  private void end(@Nullable Node text, int token, double sum) {
    Node last = token < 0 ? text : new Node(text, token, length);
    ended.add(new Hypothesis(Node.tokens(last), token < 0, score(sum, length)));
    ended.sort(Comparator.comparingDouble(Hypothesis::score).reversed()); // earlier before equal
    if (ended.size() > options.count()) {
      ended.removeLast();
    }
  }

  /** Whether the open texts may still better those that have ended. */
  private boolean worthwhile() {
    if (ended.size() < options.count()) {
      return true;
    }
    boolean grows = options.lengthPenalty() > 0;
    double best =
        switch (options.early()) {
          case TRUE -> Double.NEGATIVE_INFINITY;
          case FALSE -> score(open.getFirst().sum, length);
          case NEVER -> score(open.getFirst().sum, grows ? most : length);
        };
    return best > ended.getLast().score;
  }

  private double score(double sum, int tokens) {
    return sum / Math.pow(tokens, options.lengthPenalty());
  }

  /** Whether the search is over. */
  public boolean over() {
    return over;
  }

  /**
   * The best texts, the best first; at most as many as there are beams. Before the search is over,
   * or where nothing could follow, the open texts too, as if they ended here.
   */
  public List<Hypothesis> ranked() {
    List<Hypothesis> all = new ArrayList<>(ended);
    if (!over || ended.isEmpty()) {
      for (Beam beam : open) {
        double score = score(beam.sum, Math.max(1, beam.last == null ? 0 : beam.last.length));
        all.add(new Hypothesis(Node.tokens(beam.last), false, score));
      }
    }
    all.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
    return List.copyOf(all.subList(0, Math.min(all.size(), options.count())));
  }

  /** The best continuations of all beams so far, by falling score, earlier ones before equals. */
  private static final class Candidates {
    private final int[] beams;
    private final int[] tokens;
    private final double[] scores;
    private int size;

    Candidates(int most) {
      beams = new int[most];
      tokens = new int[most];
      scores = new double[most];
    }

    /** The score that has to be exceeded. */
    double least() {
      return size < scores.length ? Double.NEGATIVE_INFINITY : scores[size - 1];
    }

    void add(int beam, int token, double score) {
      size = Math.min(size + 1, scores.length);
      int at = size - 1;
      while (at > 0 && scores[at - 1] < score) {
        scores[at] = scores[at - 1];
        beams[at] = beams[at - 1];
        tokens[at] = tokens[at - 1];
        at--;
      }
      scores[at] = score;
      beams[at] = beam;
      tokens[at] = token;
    }
  }
}
