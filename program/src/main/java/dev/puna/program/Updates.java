package dev.puna.program;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is computed beside the linear op of a weight. */
public sealed interface Updates {
  /** Nothing. */
  Updates NONE = new Every(List.of());

  /**
   * All of them for every row, one after the other.
   *
   * @param all one that has magnitudes is alone
   */
  record Every(List<LowRank> all) implements Updates {
    public Every {
      all = List.copyOf(all);
    }
  }

  /**
   * For each row the update of the adapter that its sequence chose, if it chose one: {@link
   * Step#choose}.
   *
   * @param byAdapter by the adapter's number; null where an adapter leaves the weight alone
   */
  record Chosen(List<@Nullable LowRank> byAdapter) implements Updates {
    /** Columns come in multiples of so many, as many as fill a cache line. */
    public static final int LINE = 16;

    public Chosen {
      byAdapter = Collections.unmodifiableList(new ArrayList<>(byAdapter)); // nulls allowed
      if (byAdapter.stream().allMatch(Objects::isNull)) {
        throw new IllegalArgumentException("adapters that update nothing");
      }
    }

    /** The update of an adapter, or of -1, which is none; null where there is none. */
    public @Nullable LowRank of(int adapter) {
      return adapter == -1 ? null : byAdapter.get(adapter);
    }

    /** Those that there are. */
    public List<LowRank> all() {
      return stream().toList();
    }

    /** Columns that hold the products with every A: the largest rank, in whole lines. */
    public int cols() {
      int most = stream().mapToInt(u -> u.a().rows()).max().orElseThrow();
      return (most + LINE - 1) / LINE * LINE;
    }

    /** Whether columns are scaled after an update is added (DoRA), by any of them. */
    public boolean scales() {
      return stream().anyMatch(u -> u.magnitude() != null);
    }

    private Stream<LowRank> stream() {
      return byAdapter.stream().flatMap(Stream::ofNullable);
    }
  }
}
