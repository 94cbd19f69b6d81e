package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  /**
   * However the text is cut into pieces, what is shown is the text before the first stop string.
   */
  @Test
  void showsWhatComesBeforeTheFirstStop() {
    Random random = new Random(3);
    for (int round = 0; round < 3000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        text.append("abc".charAt(random.nextInt(3)));
      }
      List<String> stops = List.of("abca", "bb", "ccc");
      int end = text.length();
      for (String stop : stops) {
        int at = text.indexOf(stop);
        end = at < 0 ? end : Math.min(end, at);
      }
      assertThat(show(text.toString(), stops, random))
          .as(text.toString())
          .isIn(text.substring(0, end), earliestComplete(text.toString(), stops));
    }
  }

  /** A stop string that is complete first ends the text, even if a longer one began before it. */
  private static String earliestComplete(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          return text.substring(0, end - stop.length());
        }
      }
    }
    return text;
  }

  private static String show(String text, List<String> stops, Random random) {
    StopStrings filter = new StopStrings(stops);
    StringBuilder shown = new StringBuilder();
    int at = 0;
    while (at < text.length() && !filter.found()) {
      int to = Math.min(text.length(), at + 1 + random.nextInt(4));
      shown.append(filter.next(text.substring(at, to)));
      at = to;
    }
    return shown + filter.finish();
  }

  @Test
  void holdsBackOnlyWhatMayBecomeAStop() {
    StopStrings filter = new StopStrings(List.of("END"));
    assertThat(filter.next("the E")).isEqualTo("the ");
    assertThat(filter.next("N")).isEmpty();
    assertThat(filter.next("C E")).isEqualTo("ENC ");
    assertThat(filter.finish()).isEqualTo("E");
    assertThat(filter.found()).isFalse();
  }
}
