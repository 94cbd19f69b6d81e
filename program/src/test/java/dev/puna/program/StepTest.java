package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StepTest {
  private final Step step = new Step(new Limits(4, 2, 2, 5, 4));

  @AfterEach
  void close() {
    step.close();
  }

  private void fill() {
    step.clear();
    step.sequence(new int[] {9, 3, 99}, 2);
    step.add(10, 2, 6, false);
    step.add(11, 5, 6, true);
    step.sequence(new int[] {4}, 1);
    step.add(12, 0, 1, true);
  }

  @Test
  void rowsKnowTheirSlots() {
    for (int round = 0; round < 2; round++) {
      fill();
      assertThat(step.tokens()).isEqualTo(3);
      assertThat(step.outputs()).isEqualTo(2);
      assertThat(step.token(1)).isEqualTo(11);
      assertThat(step.position(1)).isEqualTo(5);
      assertThat(step.rotation(1)).isEqualTo(6);
      assertThat(step.sequence(1)).isZero();
      assertThat(step.sequence(2)).isEqualTo(1);
      assertThat(step.slot(0)).isEqualTo(9 * 4 + 2);
      assertThat(step.slot(1)).isEqualTo(3 * 4 + 1);
      assertThat(step.slot(2)).isEqualTo(4 * 4);
      assertThat(step.slotOf(1, 3)).isEqualTo(9 * 4 + 3);
      assertThat(step.slotOf(1, 7)).isEqualTo(3 * 4 + 3);
      assertThat(step.slotOf(2, 1)).isEqualTo(4 * 4 + 1);
      assertThat(new int[] {step.output(0), step.output(1)}).containsExactly(1, 2);
    }
  }

  @Test
  void theStructIsWhatTheCommentSays() {
    fill();
    int[] ints = step.struct().toArray(ValueLayout.JAVA_INT);
    assertThat(ints).hasSize(4 + 7 * 4 + 2 + 7 * 2 + 5);
    assertThat(ints).startsWith(3, 2, 2, 3, 10, 11, 12, 0, 2, 5, 0, 0, 0, 0, 1, 0, 38, 13, 16, 0);
    int facts = 4 + 7 * 4;
    assertThat(Arrays.copyOfRange(ints, facts - 12, facts))
        .as("rotation, place, second")
        .containsExactly(6, 6, 1, 0, 2, 5, 0, 0, 0, 0, 0, 0);
    assertThat(Arrays.copyOfRange(ints, facts, facts + 4))
        .as("outputs and tables")
        .containsExactly(1, 2, 0, 2);
    assertThat(ints).endsWith(-1, -1, 9, 3, 4, 0, 0);
    assertThat(step.struct().isReadOnly()).isTrue();
  }

  @Test
  void sequencesKnowTheirFacts() {
    step.clear();
    step.sequence(new int[] {9}, 1);
    step.readWhole(3);
    step.source(new int[] {7, 5}, 2, 6);
    step.places(4, 1);
    step.add(10, 0, 1, 8, 2, false);
    step.sequence(new int[] {4}, 1);
    step.add(12, 0, 1, true);
    assertThat(List.of(step.place(0), step.second(0), step.prefix(0))).containsExactly(8, 2, 3);
    assertThat(List.of(step.sourceLength(0), step.sourceSlot(0, 5))).containsExactly(6, 5 * 4 + 1);
    assertThat(List.of(step.from(0), step.to(0))).containsExactly(4, 1);
    assertThat(List.of(step.place(1), step.second(1), step.prefix(1))).containsExactly(0, 0, 0);
    assertThat(List.of(step.sourceLength(1), step.from(1), step.to(1))).containsExactly(0, -1, -1);
    step.choose(2);
    assertThat(List.of(step.adapter(0), step.adapter(1))).containsExactly(-1, 2);
    Value last = new Value(0, "last", Value.Rows.OUTPUTS, 1); // of which row 1 is the first
    Value each = new Value(0, "each", Value.Rows.TOKENS, 1);
    assertThat(List.of(step.adapter(last, 0), step.adapter(each, 0))).containsExactly(2, -1);
    assertThat(step.begins(0) && step.ends(0) && step.begins(1) && step.ends(1)).isTrue();
  }

  @Test
  void overflowIsRefused() {
    step.clear();
    refused(() -> step.add(1, 0, 1, false), "rows");
    refused(() -> step.sequence(new int[6], 6), "sequences");
    step.sequence(new int[] {1}, 1);
    refused(() -> step.add(1, 4, 1, false), "blocks");
    refused(() -> step.add(1, -1, 1, false), "blocks");
    step.add(1, 0, 1, true);
    step.add(1, 1, 1, true);
    refused(() -> step.add(1, 2, 1, true), "outputs");
    step.add(1, 2, 1, false);
    step.add(1, 3, 1, false);
    step.sequence(new int[] {2}, 1);
    refused(() -> step.add(1, 0, 1, false), "rows");
    refused(() -> step.sequence(new int[] {3}, 1), "sequences");
  }

  @Test
  void aRefusedRowLeavesTheStepAsItWas() {
    step.clear();
    step.sequence(new int[] {1}, 1);
    step.add(1, 0, 1, true);
    step.add(1, 1, 1, true);
    refused(() -> step.add(7, 2, 1, true), "outputs");
    assertThat(step.tokens()).isEqualTo(2);
    assertThat(step.outputs()).isEqualTo(2);
  }

  private static void refused(Runnable action, String what) {
    assertThatThrownBy(action::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(what);
  }
}
