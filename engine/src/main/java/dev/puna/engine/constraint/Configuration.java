package dev.puna.engine.constraint;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** All the states in which a text so far may be: one frame for each, in the order of states. */
final class Configuration {
  final Frame[] tops;

  /** The fewest tokens in which the text can be completed. */
  final int rest;

  /** Whether the text may end here. */
  final boolean ends;

  /** By class of bytes: what comes next, as far as known. */
  final @Nullable Configuration[] next;

  /** Whether plain bytes change nothing, once that is known. */
  @Nullable Boolean stays;

  /** In which round of {@link Configurations} it was made. */
  final int round;

  private final int hash;

  Configuration(Frame[] tops, int classes, int round) {
    this.tops = tops;
    this.round = round;
    int least = Distances.NEVER;
    boolean ended = false;
    for (Frame top : tops) {
      least = Math.min(least, top.rest);
      ended |= top.ends;
    }
    rest = least;
    ends = ended;
    next = new @Nullable Configuration[tops.length == 0 ? 0 : classes];
    hash = Arrays.hashCode(tops);
  }

  /** Whether no text leads here. */
  boolean isDead() {
    return tops.length == 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof Configuration c) || c.tops.length != tops.length) {
      return false;
    }
    for (int i = 0; i < tops.length; i++) {
      if (tops[i] != c.tops[i]) {
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
