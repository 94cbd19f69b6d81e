package dev.puna.tokenizer.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Learns a Unigram model (Kudo 2018, "Subword Regularization") as unigram_model_trainer.cc of
 * SentencePiece does: from many pieces, whose probabilities expectation maximization finds, those
 * without which the text would be hardly less likely are dropped, until few enough are left.
 */
final class UnigramTraining {
  private static final int SEEDS = 1_000_000;
  private static final int ROUNDS = 2;
  private static final double SHRINK = 0.75;

  /** Pieces that are expected less often are dropped. */
  private static final double RARE = 0.5;

  private final Words words;
  private final int symbols;
  private final Workers workers;
  private final TrainingProgress progress;

  /**
   * @param words over the symbols {@code 0 .. symbols}
   */
  UnigramTraining(Words words, int symbols, Workers workers, TrainingProgress progress) {
    this.words = words;
    this.symbols = symbols;
    this.workers = workers;
    this.progress = progress;
  }

  /**
   * Learns somewhat more pieces than wanted, all symbols among them.
   *
   * @param seeds to choose from
   * @param wanted how many pieces, if there are as many
   */
  UnigramModel learn(SeedPieces.Found seeds, int wanted) {
    UnigramModel model = seed(seeds);
    int first = model.size();
    int goal = (int) Math.min(Integer.MAX_VALUE, wanted * 1.1);
    while (true) {
      for (int round = 0; round < ROUNDS; round++) {
        model = maximize(model, expect(model));
      }
      progress.at("pruning", first - model.size(), Math.max(1, first - wanted));
      if (model.size() <= goal) {
        return model;
      }
      model = prune(model, goal);
    }
  }

  static int seeds() {
    return SEEDS;
  }

  /** Frequencies times lengths stand for probabilities in the beginning. */
  private UnigramModel seed(SeedPieces.Found seeds) {
    int[][] pieces = Arrays.copyOf(new int[symbols][], symbols + seeds.symbols().length);
    double[] scores = new double[pieces.length];
    long[] counts = new long[symbols];
    for (int word = 0; word < words.size(); word++) {
      for (int i = words.starts()[word]; i < words.starts()[word + 1]; i++) {
        counts[words.symbols()[i]] += words.counts()[word];
      }
    }
    double sum = 0;
    for (int piece = 0; piece < pieces.length; piece++) {
      boolean single = piece < symbols;
      pieces[piece] = single ? new int[] {piece} : seeds.symbols()[piece - symbols];
      scores[piece] = Math.max(1, single ? counts[piece] : seeds.covered()[piece - symbols]);
      sum += scores[piece];
    }
    for (int piece = 0; piece < pieces.length; piece++) {
      scores[piece] = Math.log(scores[piece] / sum);
    }
    return new UnigramModel(pieces, scores);
  }

  private interface Look {
    void at(UnigramModel.Lattice lattice, int from, int to, long count);
  }

  private long[] count(UnigramModel model, Look look) {
    List<UnigramModel.Lattice> lattices =
        workers.run(
            words.size(),
            () -> model.new Lattice(),
            (lattice, from, to) -> {
              for (int word = from; word < to; word++) {
                look.at(
                    lattice, words.starts()[word], words.starts()[word + 1], words.counts()[word]);
              }
            });
    long[] counts = new long[model.size()];
    for (UnigramModel.Lattice lattice : lattices) {
      for (int piece = 0; piece < counts.length; piece++) {
        counts[piece] += lattice.counts[piece];
      }
    }
    return counts;
  }

  /** How often each piece is expected, over all ways to make the words. */
  private double[] expect(UnigramModel model) {
    int[] text = words.symbols();
    long[] counts = count(model, (lattice, from, to, n) -> lattice.expect(text, from, to, n));
    return Arrays.stream(counts).mapToDouble(c -> c / UnigramModel.UNIT).toArray();
  }

  /**
   * New probabilities. Digamma instead of the logarithm makes of it a Bayesian estimate that holds
   * rare pieces to be rarer still (Liang and Klein 2007).
   */
  private UnigramModel maximize(UnigramModel model, double[] expected) {
    int kept = 0;
    double sum = 0;
    int[][] pieces = new int[model.size()][];
    double[] scores = new double[model.size()];
    for (int piece = 0; piece < model.size(); piece++) {
      boolean single = model.piece(piece).length == 1;
      if (expected[piece] >= RARE || single) {
        pieces[kept] = model.piece(piece);
        scores[kept] = Math.max(RARE, expected[piece]);
        sum += scores[kept++];
      }
    }
    double whole = digamma(sum);
    for (int piece = 0; piece < kept; piece++) {
      scores[piece] = digamma(scores[piece]) - whole;
    }
    return new UnigramModel(Arrays.copyOf(pieces, kept), Arrays.copyOf(scores, kept));
  }

  /** The derivative of the logarithm of the gamma function, by its asymptotic series. */
  static double digamma(double value) {
    double x = value;
    double result = 0;
    for (; x < 7; x++) {
      result -= 1 / x;
    }
    double inverse = 1 / x;
    double square = inverse * inverse;
    return result
        + Math.log(x)
        - inverse / 2
        - square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square / 240)));
  }

  private record Candidate(int piece, double loss) {}

  /** Drops the pieces without which the words lose least likelihood. */
  private UnigramModel prune(UnigramModel model, int goal) {
    int[] text = words.symbols();
    long[] counts = count(model, (lattice, from, to, n) -> lattice.count(text, from, to, n));
    double sum = Arrays.stream(counts).asDoubleStream().sum();
    int[] @Nullable [] alternatives = alternatives(model);
    List<Integer> kept = new ArrayList<>();
    List<Candidate> candidates = new ArrayList<>();
    for (int piece = 0; piece < model.size(); piece++) {
      int[] alternative = alternatives[piece];
      if (alternative == null) {
        continue;
      }
      if (alternative.length == 0) {
        kept.add(piece);
      } else if (counts[piece] > 0) {
        candidates.add(new Candidate(piece, loss(piece, alternative, counts, sum)));
      }
    }
    candidates.sort((a, b) -> Double.compare(b.loss, a.loss));
    int size = Math.max(goal, (int) (SHRINK * model.size()));
    candidates.stream().limit(Math.max(0, size - kept.size())).forEach(c -> kept.add(c.piece));
    int[][] pieces = new int[kept.size()][];
    double[] scores = new double[kept.size()];
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = model.piece(kept.get(i));
      scores[i] = model.score(kept.get(i));
    }
    return new UnigramModel(pieces, scores);
  }

  /** What would stand for each piece; null for those that others are more likely than. */
  private int[] @Nullable [] alternatives(UnigramModel model) {
    int[] @Nullable [] alternatives = new int[model.size()] @Nullable [];
    workers.run(
        model.size(),
        () -> model.new Lattice(),
        (lattice, from, to) -> {
          for (int piece = from; piece < to; piece++) {
            alternatives[piece] = lattice.alternative(piece);
          }
        });
    return alternatives;
  }

  /** How much likelihood is lost if other pieces stand for a piece wherever it was. */
  private static double loss(int piece, int[] alternative, long[] counts, double sum) {
    double count = counts[piece];
    double sumAfter = sum + count * (alternative.length - 1);
    double after = 0;
    for (int part : alternative) {
      after += Math.log(counts[part] + count) - Math.log(sumAfter);
    }
    return count * (Math.log(count) - Math.log(sum) - after);
  }
}
