package dev.puna.cpu;

import dev.puna.cpu.asm.CLibrary;
import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.program.Loading;
import dev.puna.program.Weight;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Weights whose type has a panel layout, packed once when a program is compiled: by all workers, in
 * stretches, of each of which the file's pages are given back at once, so that weights are in
 * memory once.
 */
final class PackedWeights {
  // <sys/mman.h> of Linux
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final long PAGE = 4096;
  private static final boolean LISTENS = System.getProperty("os.name", "").equals("Linux");

  /** Bytes of a stretch. */
  private static final long STRETCH = 4 << 20;

  private final Map<Weight, Panels> panels = new HashMap<>();
  private long bytes;

  /** The weight's panels; null if it is used as it is stored. */
  synchronized @Nullable Panels get(Weight weight) {
    return panels.get(weight);
  }

  long bytes() {
    return bytes;
  }

  /** Some panels of a matrix. */
  private record Stretch(Panels panels, Tensor source, int from, int to) {
    long bytes() {
      return panels.layout().panelBytes(panels.cols()) * (to - from);
    }

    void pack(long working) {
      panels.pack(source, from, to, working);
      if (source.data().isMapped()) {
        int rows = PanelLayout.ROWS;
        long begin = source.rowBytes() * rows * from;
        long end = Math.min(source.data().byteSize(), source.rowBytes() * rows * to);
        long address = source.data().address();
        advise(address + begin, address + end, MADV_DONTNEED);
      }
    }
  }

  /**
   * Packs what is not packed yet.
   *
   * @param arena owner of the memory
   */
  synchronized void pack(
      Map<Weight, Tensor> sources, Arena arena, ThreadTeam team, Loading loading) {
    Map<Weight, PanelLayout> layouts = new LinkedHashMap<>();
    long size = 0;
    for (Map.Entry<Weight, Tensor> e : sources.entrySet()) {
      Weight weight = e.getKey();
      PanelLayout layout = PanelLayout.of(e.getValue().type());
      if (layout != null && !panels.containsKey(weight)) {
        layouts.put(weight, layout);
        size += Panels.bytes(layout, weight.rows(), weight.cols());
      }
    }
    if (size == 0) {
      return;
    }
    bytes += size;
    long at = LazyMemory.allocate(arena, size).address();
    advise(at, at + size, MADV_HUGEPAGE);
    List<Stretch> stretches = new ArrayList<>();
    for (Map.Entry<Weight, PanelLayout> e : layouts.entrySet()) {
      Weight weight = e.getKey();
      Panels to = new Panels(e.getValue(), weight.rows(), weight.cols(), at);
      panels.put(weight, to);
      stretches.addAll(stretches(to, Objects.requireNonNull(sources.get(weight))));
      at += Panels.bytes(e.getValue(), weight.rows(), weight.cols());
    }
    try (Arena own = Arena.ofShared()) {
      long working = own.allocate((long) QuantizedProduct.WORKING_BYTES * team.workers()).address();
      team.run(new Packing(stretches, working, new AtomicLong(), size, loading));
    }
  }

  private static List<Stretch> stretches(Panels to, Tensor source) {
    List<Stretch> all = new ArrayList<>();
    int step = (int) Math.max(1, STRETCH / to.layout().panelBytes(to.cols()));
    int count = PanelLayout.panels(to.rows());
    for (int p = 0; p < count; p += step) {
      all.add(new Stretch(to, source, p, Math.min(count, p + step)));
    }
    return all;
  }

  private record Packing(
      List<Stretch> stretches, long working, AtomicLong done, long all, Loading loading)
      implements ThreadTeam.Work {
    @Override
    public int regions() {
      return 1;
    }

    @Override
    public void run(int region, int worker, int workers) {
      for (int i = worker; i < stretches.size(); i += workers) {
        Stretch stretch = stretches.get(i);
        stretch.pack(working + (long) QuantizedProduct.WORKING_BYTES * worker);
        long bytes = done.addAndGet(stretch.bytes());
        if (worker == 0) { // the caller's thread
          loading.progress(bytes, all);
        }
      }
    }
  }

  /** Tells the system what becomes of the whole pages between two addresses, where it listens. */
  private static void advise(long from, long to, int advice) {
    long begin = (from + PAGE - 1) & -PAGE;
    long end = to & -PAGE;
    if (begin < end && LISTENS) {
      CLibrary.find("madvise").ifPresent(f -> CLibrary.call(f, begin, end - begin, advice));
    }
  }
}
