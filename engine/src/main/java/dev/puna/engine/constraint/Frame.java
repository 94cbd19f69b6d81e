package dev.puna.engine.constraint;

import org.jspecify.annotations.Nullable;

/**
 * A state and the ways back from its rule: the states that wait behind the calls which led here,
 * each a frame too. A frame with several ways back stands for several stacks that agree on top, so
 * that ambiguous rules cost no more than the states they are in (Tomita 1985: graph-structured
 * stacks).
 *
 * <p>Immutable. Equal to another one that has the same state and the very same frames behind it.
 */
final class Frame {
  /** The way back from the whole text: its end. */
  static final Frame BOTTOM = new Frame();

  static final Frame[] ONLY_BOTTOM = {BOTTOM};

  final int state;
  final Frame[] parents;

  /** The fewest tokens in which what is behind the rule can be completed. */
  final int base;

  /** The fewest tokens in which all can. */
  final int rest;

  /** Whether the text may end here. */
  final boolean ends;

  private final int hash;

  private Frame() {
    state = -1;
    parents = new Frame[0];
    base = 0;
    rest = 0;
    ends = true;
    hash = 1;
  }

  /**
   * @param ruleRest tokens to the end of the rule
   * @param accepting whether the rule may end here
   */
  Frame(int state, Frame[] parents, int ruleRest, boolean accepting) {
    this.state = state;
    this.parents = parents;
    int least = Distances.NEVER;
    boolean ended = false;
    int code = state;
    for (Frame parent : parents) {
      least = Math.min(least, parent.rest);
      ended |= parent.ends;
      code = 31 * code + parent.hash;
    }
    base = least;
    rest = Math.min(Distances.NEVER, least + ruleRest);
    ends = accepting && ended;
    hash = code;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof Frame frame)
        || frame.state != state
        || frame.parents.length != parents.length) {
      return false;
    }
    for (int i = 0; i < parents.length; i++) {
      if (parents[i] != frame.parents[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
