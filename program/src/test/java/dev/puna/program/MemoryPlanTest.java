package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.program.Regions.Divided;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  @Test
  void valuesAliveTogetherDoNotOverlap() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      Program program = Programs.random(random);
      int tokens = 1 + random.nextInt(20);
      int outputs = 1 + random.nextInt(tokens);
      check(program, groups(program, random.nextBoolean()), tokens, outputs);
      check(program, program.ops().stream().map(List::of).toList(), tokens, outputs);
    }
  }

  private static List<List<Op>> groups(Program program, boolean manyRows) {
    return Regions.of(program, manyRows).stream()
        .map(region -> region.ops().stream().map(Divided::op).toList())
        .toList();
  }

  private static void check(Program program, List<List<Op>> groups, int tokens, int outputs) {
    MemoryPlan plan = MemoryPlan.of(groups, program.results(), tokens, outputs, op -> true);
    assertThat(plan.bytes()).isLessThanOrEqualTo(plan.unshared());
    Map<Value, int[]> lives = lives(program, groups);
    assertThat(plan.offsets()).hasSize(lives.size());
    lives.forEach(
        (a, lifeA) -> {
          long fromA = plan.offsets().get(a.id());
          long toA = fromA + 4L * a.rows(tokens, outputs) * a.cols();
          assertThat(fromA % 64).isZero();
          assertThat(toA).isLessThanOrEqualTo(plan.bytes());
          lives.forEach(
              (b, lifeB) -> {
                if (a.id() < b.id() && lifeA[0] <= lifeB[1] && lifeB[0] <= lifeA[1]) {
                  long fromB = plan.offsets().get(b.id());
                  long toB = fromB + 4L * b.rows(tokens, outputs) * b.cols();
                  assertThat(toA <= fromB || toB <= fromA).as(a + " and " + b).isTrue();
                }
              });
        });
  }

  /** The first and the last group of each value's life. */
  private static Map<Value, int[]> lives(Program program, List<List<Op>> groups) {
    Map<Value, int[]> lives = new HashMap<>();
    for (int g = 0; g < groups.size(); g++) {
      for (Op op : groups.get(g)) {
        for (Value v : op.in()) {
          lives.get(v)[1] = g;
        }
        lives.put(op.out(), new int[] {g, g});
      }
    }
    program.results().forEach(v -> lives.get(v)[1] = groups.size());
    return lives;
  }

  @Test
  void sharingIsWorthIt() {
    MemoryPlan plan = MemoryPlan.of(Programs.llama(32), 100, 1);
    assertThat(plan.bytes()).isLessThan(plan.unshared() / 50);
  }

  @Test
  void onlyPlannedValuesHaveMemory() {
    Program program = Programs.llama(1);
    MemoryPlan plan =
        MemoryPlan.of(groups(program, false), List.of(), 4, 1, op -> op instanceof Op.Norm);
    assertThat(plan.offsets()).hasSize(3);
  }

  @Test
  void valuesAreWrittenOnceAndBeforeTheyAreRead() {
    List<Op> ops = Programs.llama(1).ops();
    assertThatThrownBy(() -> MemoryPlan.of(List.of(ops.reversed()), List.of(), 1, 1, op -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("too early");
    assertThatThrownBy(() -> MemoryPlan.of(List.of(ops, ops), List.of(), 1, 1, op -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("twice");
  }
}
