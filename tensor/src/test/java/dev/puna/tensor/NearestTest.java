package dev.puna.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  /** Distances to "kitten": sitting 3, mitten 1, kitchen 2, Kitten 0. */
  @Test
  void ordersByChangedCharacters() {
    List<String> known = List.of("sitting", "mitten", "kitchen", "Kitten");
    assertThat(Nearest.names("kitten", known, 9))
        .containsExactly("Kitten", "mitten", "kitchen", "sitting");
    assertThat(Nearest.names("kitten", known, 2)).containsExactly("Kitten", "mitten");
  }

  @Test
  void keepsTheOrderOfEquallyNearNames() {
    assertThat(Nearest.names("a", List.of("c", "b"), 2)).containsExactly("c", "b");
    assertThat(Nearest.names("", List.of("cc", "b"), 1)).containsExactly("b");
    assertThat(Nearest.names("x".repeat(1 << 20), List.of("b"), 1)).containsExactly("b");
    assertThat(Nearest.names("x", List.of(), 1)).isEmpty();
  }
}
