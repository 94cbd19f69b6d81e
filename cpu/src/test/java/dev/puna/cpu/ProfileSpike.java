package dev.puna.cpu;

import dev.puna.model.Checkpoint;
import dev.puna.program.*;
import dev.puna.tensor.*;
import java.nio.file.Path;
import java.util.*;

public class ProfileSpike {
  public static void main(String[] a) throws Exception {
    Checkpoint c = Checkpoint.open(Path.of(a[0]), null);
    int rows = Integer.parseInt(a[1]), context = Integer.parseInt(a[2]);
    CpuBackend b = new CpuBackend();
    b.threads(2);
    long t0 = System.nanoTime();
    Weights w = b.load(c, c.weights());
    Limits limits = new Limits(512, 8, 8, 1000, 16);
    Executable e = b.compile(c.program(), w, limits);
    System.out.printf("load+compile %.0f ms%n", (System.nanoTime() - t0) / 1e6);
    State s = b.state(c.program().states(), DType.valueOf(a.length > 3 ? a[3] : "F32"), 1000, 16, 8);
    Step step = new Step(limits);
    int[] table = new int[700];
    for (int i = 0; i < table.length; i++) table[i] = i;
    Map<String, String> kinds = new HashMap<>();
    for (Op op : c.program().ops()) kinds.put(op.out().name(), op.getClass().getSimpleName() + (op instanceof Op.Linear l ? " " + l.weight().name().replaceAll("blk.\\d+.", "") : ""));
    for (int rep = 0; rep < 6; rep++) {
      step.clear();
      step.sequence(table, table.length);
      for (int i = 0; i < rows; i++) step.add(5 + i, context + i, context + rows, i == rows - 1);
      long t1 = System.nanoTime();
      e.run(step, s);
      double whole = (System.nanoTime() - t1) / 1e6;
      Map<String, Double> times = new TreeMap<>();
      long[] last = {System.nanoTime()};
      e.trace(step, s, (v, r, m) -> {
        long now = System.nanoTime();
        times.merge(kinds.get(v.name()), (now - last[0]) / 1e6, Double::sum);
        last[0] = System.nanoTime();
      });
      if (rep == 5) {
        System.out.printf("run %.1f ms, traced %.1f%n", whole, times.values().stream().mapToDouble(x -> x).sum());
        times.entrySet().stream().sorted((x, y) -> Double.compare(y.getValue(), x.getValue())).limit(20).forEach(x -> System.out.printf("  %-30s %8.2f ms%n", x.getKey(), x.getValue()));
      }
    }
    System.exit(0);
  }
}
