package dev.puna.tokenizer.chat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code loop} in the body of a loop: where in the items it stands; called, it goes one deeper. */
final class Loop implements Callable {
  private final List<@Nullable Object> items;
  private final int depth;
  private final @Nullable Callable again;
  private int index;
  private @Nullable List<@Nullable Object> watched;

  /**
   * @param depth of recursive loops around this one
   * @param again runs the loop over other items; null unless it is recursive
   */
  Loop(List<@Nullable Object> items, int depth, @Nullable Callable again) {
    this.items = items;
    this.depth = depth;
    this.again = again;
  }

  void at(int position) {
    index = position;
  }

  Object attribute(String name) {
    Object value =
        switch (name) {
          case "index" -> index + 1L;
          case "index0" -> (long) index;
          case "revindex" -> (long) items.size() - index;
          case "revindex0" -> items.size() - index - 1L;
          case "first" -> index == 0;
          case "last" -> index == items.size() - 1;
          case "length" -> (long) items.size();
          case "depth" -> depth + 1L;
          case "depth0" -> (long) depth;
          case "previtem" -> index > 0 ? items.get(index - 1) : outside("previous");
          case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : outside("next");
          case "cycle" -> (Callable) this::cycle;
          case "changed" -> (Callable) this::changed;
          default -> new Undefined("'loop." + name + "'");
        };
    return Objects.requireNonNullElse(value, new Undefined("'loop." + name + "'"));
  }

  private static Undefined outside(String which) {
    return new Undefined("the " + which + " item of the loop");
  }

  private @Nullable Object cycle(Given given) {
    if (given.positional().isEmpty()) {
      throw new TemplateException("'loop.cycle' wants something to choose from");
    }
    return given.positional().get(index % given.positional().size());
  }

  private Object changed(Given given) {
    boolean same =
        watched != null && Python.equal(new Tuple(watched), new Tuple(given.positional()));
    watched = given.positional();
    return !same;
  }

  @Override
  public @Nullable Object call(Given given) {
    if (again == null) {
      throw new TemplateException("'loop' is called, but its loop is not 'recursive'");
    }
    return again.call(given);
  }
}
