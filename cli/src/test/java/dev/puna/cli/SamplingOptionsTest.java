package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What options of sampling do to the bundled model's story. */
class SamplingOptionsTest {
  private static int[] tokens(int count, Object... options) {
    Object[] line = {"run", "-p", "Once upon a time", "--ignore-eos", "--json", "-n", count};
    return Shared.ints(
        Puna.json(Stream.concat(Stream.of(line), Stream.of(options)).toArray()).get("tokens"));
  }

  @Test
  void biasBansAndForces() {
    int[] plain = tokens(20, "--temp", 0);
    int[] banned =
        tokens(20, "--temp", 0, "--logit-bias", plain[0] + "=-inf," + plain[1] + "=-inf");
    assertThat(banned).doesNotContain(plain[0], plain[1]);
    assertThat(tokens(5, "--logit-bias", "77=1000")).containsOnly(77);
    assertThat(tokens(5, "--temp", 0, "--logit-bias", "77=0")).isEqualTo(Arrays.copyOf(plain, 5));
  }

  @Test
  void penaltiesKeepTokensFromComingAgain() {
    int[] plain = tokens(100, "--temp", 0);
    assertThat(plain).as("repeats itself").hasSizeGreaterThan(distinct(plain));
    for (String penalty : new String[] {"--presence-penalty", "--frequency-penalty"}) {
      int[] penalized = tokens(100, "--temp", 0, penalty, 1000);
      assertThat(distinct(penalized)).as(penalty).isEqualTo(100);
      int[] near = tokens(100, "--temp", 0, penalty, 1000, "--repeat-last-n", 5);
      for (int i = 0; i + 6 <= near.length; i++) {
        assertThat(distinct(Arrays.copyOfRange(near, i, i + 6))).isEqualTo(6);
      }
      assertThat(distinct(near)).as("further apart").isLessThan(100);
    }
  }

  private static int distinct(int[] tokens) {
    return (int) Arrays.stream(tokens).distinct().count();
  }

  @Test
  void dryKeepsPassagesFromComingAgain() {
    int[] plain = tokens(400, "--temp", 0);
    int[] dry = tokens(400, "--temp", 0, "--dry", "20,2,4");
    assertThat(longestRepeated(plain)).isGreaterThan(12);
    assertThat(longestRepeated(dry)).isLessThan(longestRepeated(plain)).isLessThan(13);
  }

  private static int longestRepeated(int[] tokens) {
    int n = 0;
    while (repeats(tokens, n + 1)) {
      n++;
    }
    return n;
  }

  private static boolean repeats(int[] tokens, int n) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i + n <= tokens.length; i++) {
      if (!seen.add(Arrays.toString(Arrays.copyOfRange(tokens, i, i + n)))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void cutsThatLeaveOneTokenAreGreedy() {
    int[] greedy = tokens(40, "--temp", 0);
    assertThat(tokens(40, "--temp", 1, "--top-n-sigma", 1e-4)).isEqualTo(greedy);
    assertThat(tokens(40, "--temp", 1, "--top-k", 1, "--xtc", "1,0.01")).isEqualTo(greedy);
    assertThat(tokens(40, "--temp", 1, "--top-k", 2, "--xtc", "1,0.000001"))
        .as("never the first choice")
        .isNotEqualTo(greedy);
  }

  @Test
  void mirostatDrawsTheSameForTheSameSeed() {
    int[] one = tokens(60, "--mirostat", "5,0.2", "--seed", 3);
    assertThat(tokens(60, "--mirostat", "5,0.2", "--seed", 3)).isEqualTo(one);
    assertThat(tokens(60, "--mirostat", "5,0.2", "--seed", 4)).isNotEqualTo(one);
    assertThat(tokens(60, "--mirostat", "0.3", "--seed", 3)).as("less surprise").isNotEqualTo(one);
  }
}
