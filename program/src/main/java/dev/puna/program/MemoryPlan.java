package dev.puna.program;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Gives every value an offset in one arena so that values alive together do not overlap. A value
 * lives from the group that writes it to the last group that reads it; a group is what runs between
 * two barriers, within which workers may be at different ops.
 *
 * @param offsets byte offset of each value by its id
 * @param bytes size of the arena
 * @param unshared what it would be if nothing shared memory
 */
public record MemoryPlan(Map<Integer, Long> offsets, long bytes, long unshared) {
  /**
   * Every value starts on a cache line, so that two workers' columns do not share one by chance.
   */
  private static final long ALIGNMENT = 64;

  /** The plan of a program that runs op by op. */
  public static MemoryPlan of(Program program, int tokens, int outputs) {
    List<List<Op>> groups = program.ops().stream().map(List::of).toList();
    return of(groups, program.results(), tokens, outputs, op -> true);
  }

  /**
   * @param groups the program's ops, cut at the barriers
   * @param kept values that stay readable after the run
   * @param tokens most rows of a step
   * @param outputs most rows whose results are wanted
   * @param planned which ops' values this arena holds
   */
  public static MemoryPlan of(
      List<List<Op>> groups, List<Value> kept, int tokens, int outputs, Predicate<Op> planned) {
    Map<Integer, Integer> lastRead = lastReads(groups);
    kept.forEach(v -> lastRead.put(v.id(), Integer.MAX_VALUE));

    Map<Integer, Long> offsets = new HashMap<>();
    TreeMap<Long, Long> live = new TreeMap<>(); // offset -> end
    Map<Integer, List<Value>> dying = new HashMap<>();
    long peak = 0;
    long unshared = 0;
    for (int g = 0; g < groups.size(); g++) {
      for (Op op : groups.get(g)) {
        if (!planned.test(op)) {
          continue;
        }
        Value v = op.out();
        long size = roundUp((long) v.rows(tokens, outputs) * v.cols() * Float.BYTES);
        long at = firstFit(live, size);
        live.put(at, at + size);
        offsets.put(v.id(), at);
        peak = Math.max(peak, at + size);
        unshared += size;
        dying.computeIfAbsent(lastRead.getOrDefault(v.id(), g), x -> new ArrayList<>()).add(v);
      }
      dying.getOrDefault(g, List.of()).forEach(v -> live.remove(offsets.get(v.id())));
    }
    return new MemoryPlan(Map.copyOf(offsets), peak, unshared);
  }

  private static Map<Integer, Integer> lastReads(List<List<Op>> groups) {
    Map<Integer, Integer> last = new HashMap<>();
    Set<Integer> written = new HashSet<>();
    for (int g = 0; g < groups.size(); g++) {
      for (Op op : groups.get(g)) {
        for (Value v : op.in()) {
          if (!written.contains(v.id())) {
            throw new IllegalStateException(op.out().name() + " reads " + v.name() + " too early");
          }
          last.put(v.id(), g);
        }
        if (!written.add(op.out().id())) {
          throw new IllegalStateException(op.out().name() + " is written twice");
        }
      }
    }
    return last;
  }

  private static long firstFit(TreeMap<Long, Long> live, long size) {
    long at = 0;
    for (Map.Entry<Long, Long> e : live.entrySet()) {
      if (e.getKey() - at >= size) {
        break;
      }
      at = Math.max(at, e.getValue());
    }
    return at;
  }

  private static long roundUp(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
