package dev.puna.tokenizer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The parts of Unigram's training against plain enumeration. */
class UnigramTrainingTest {
  private static Words words(Random random, int count, int symbols, int longest) {
    WordsBuilder words = new WordsBuilder(longest, count * longest);
    for (int word = 0; word < count; word++) {
      int frequency = 1 + random.nextInt(3);
      for (int i = random.nextInt(longest); i >= 0; i--) {
        words.add(random.nextInt(symbols), frequency);
      }
      words.end(frequency);
    }
    return words.words();
  }

  /** Abramowitz and Stegun, table 6.1: -gamma, -gamma - 2 ln 2, and so on. */
  @ParameterizedTest
  @CsvSource({"1, -0.5772156649015329", "0.5, -1.9635100260214235", "10, 2.2517525890667211"})
  void digammaIsThatOfTheTables(double x, double expected) {
    assertThat(UnigramTraining.digamma(x)).isCloseTo(expected, within(1e-9));
  }

  @Test
  void seedsAreThePiecesThatOccurMoreThanOnce() {
    Random random = new Random(2);
    for (int round = 0; round < 50; round++) {
      Words words = words(random, 30, 3, 12);
      int longest = 3 + random.nextInt(6);
      Map<List<Integer>, Long> counts = new HashMap<>();
      for (int word = 0; word < words.size(); word++) {
        int end = words.starts()[word + 1];
        for (int from = words.starts()[word]; from < end; from++) {
          for (int to = from + 2; to <= Math.min(end, from + longest); to++) {
            List<Integer> piece = list(Arrays.copyOfRange(words.symbols(), from, to));
            counts.merge(piece, words.counts()[word], Long::sum);
          }
        }
      }
      SeedPieces.Found found = new SeedPieces(words, longest, -1, 100000).find(2);
      Map<List<Integer>, Long> seeds = new HashMap<>();
      for (int i = 0; i < found.covered().length; i++) {
        List<Integer> piece = list(found.symbols()[i]);
        assertThat(counts.get(piece) * piece.size()).isEqualTo(found.covered()[i]);
        assertThat(seeds.put(piece, counts.get(piece))).isNull();
      }
      // What is no seed goes on, wherever it stands, to one that is or to more than is allowed.
      for (Map.Entry<List<Integer>, Long> each : counts.entrySet()) {
        if (each.getValue() > 1 && !seeds.containsKey(each.getKey())) {
          assertThat(each.getKey()).hasSizeLessThanOrEqualTo(longest);
          long longer =
              counts.entrySet().stream()
                  .filter(e -> e.getKey().size() == each.getKey().size() + 1)
                  .filter(e -> e.getKey().subList(0, each.getKey().size()).equals(each.getKey()))
                  .mapToLong(Map.Entry::getValue)
                  .max()
                  .orElse(0);
          assertThat(each.getKey().size() == longest || longer == each.getValue()).isTrue();
        }
      }
    }
  }

  private static List<Integer> list(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void expectedCountsAreThoseOfAllWaysToMakeAWord() {
    Random random = new Random(3);
    for (int round = 0; round < 50; round++) {
      UnigramModel model = randomModel(random);
      int[] word = random.ints(1 + random.nextInt(10), 0, 3).toArray();
      UnigramModel.Lattice lattice = model.new Lattice();
      lattice.expect(word, 0, word.length, 7);
      double[] expected = new double[model.size()];
      double[] best = {Double.NEGATIVE_INFINITY};
      List<Integer> bestWay = new ArrayList<>();
      double all = enumerate(model, word, 0, 0, new ArrayList<>(), expected, best, bestWay);
      for (int piece = 0; piece < model.size(); piece++) {
        assertThat(lattice.counts[piece] / UnigramModel.UNIT)
            .isCloseTo(7 * expected[piece] / all, within(1e-4));
      }
      UnigramModel.Lattice viterbi = model.new Lattice();
      viterbi.count(word, 0, word.length, 1);
      long[] counted = new long[model.size()];
      bestWay.forEach(piece -> counted[piece]++);
      assertThat(viterbi.counts).isEqualTo(counted);
    }
  }

  private static UnigramModel randomModel(Random random) {
    Map<List<Integer>, Double> pieces = new HashMap<>();
    for (int symbol = 0; symbol < 3; symbol++) {
      pieces.put(List.of(symbol), -4 * random.nextDouble() - 1);
    }
    for (int i = 0; i < 8; i++) {
      int[] piece = random.ints(2 + random.nextInt(3), 0, 3).toArray();
      pieces.put(list(piece), -8 * random.nextDouble() - 1);
    }
    List<List<Integer>> keys = List.copyOf(pieces.keySet());
    return new UnigramModel(
        keys.stream().map(k -> k.stream().mapToInt(i -> i).toArray()).toArray(int[][]::new),
        keys.stream().mapToDouble(pieces::get).toArray());
  }

  /** The probability of all ways from a place on; adds up how often each piece is in them. */
  private static double enumerate(
      UnigramModel model,
      int[] word,
      int at,
      double score,
      List<Integer> way,
      double[] expected,
      double[] best,
      List<Integer> bestWay) {
    if (at == word.length) {
      way.forEach(piece -> expected[piece] += Math.exp(score));
      if (score > best[0]) {
        best[0] = score;
        bestWay.clear();
        bestWay.addAll(way);
      }
      return Math.exp(score);
    }
    double sum = 0;
    for (int piece = 0; piece < model.size(); piece++) {
      int[] content = model.piece(piece);
      int end = at + content.length;
      if (end <= word.length && Arrays.equals(content, Arrays.copyOfRange(word, at, end))) {
        way.add(piece);
        sum +=
            enumerate(model, word, end, score + model.score(piece), way, expected, best, bestWay);
        way.removeLast();
      }
    }
    return sum;
  }
}
