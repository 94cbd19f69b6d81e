package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;
import java.util.Arrays;

/**
 * One text's way through a constraint: says before each token which ones may come, and is told
 * which one came. For one thread at a time.
 */
public final class Matcher {
  private final CompiledConstraint constraint;
  private final long[] allowed;
  private final CompiledConstraint.Scratch scratch = new CompiledConstraint.Scratch();
  private Configuration at;

  /** Whether an end token has come. */
  private boolean ended;

  public Matcher(CompiledConstraint constraint) {
    this(constraint, constraint.start(), false);
  }

  private Matcher(CompiledConstraint constraint, Configuration at, boolean ended) {
    this.constraint = constraint;
    this.at = at;
    this.ended = ended;
    allowed = new long[(constraint.vocabulary().size() + 63) / 64];
  }

  /**
   * Sets the logits of tokens that may not come next to negative infinity. End tokens stay where
   * the text may end; only they stay where nothing else may come.
   *
   * @param logits of one token, [V]
   * @param left tokens that may still be generated, this one included, the end token not; of those
   *     that may come only the ones stay behind which the text can be completed in time
   * @throws PunaException if the text cannot be completed with so few tokens
   */
  public void mask(float[] logits, int left) {
    if (logits.length < constraint.vocabulary().size()) {
      throw new IllegalArgumentException(logits.length + " logits");
    }
    Arrays.fill(allowed, 0);
    boolean any = false;
    if (!ended && left > 0) {
      constraint.gather(at, left - 1, allowed, scratch);
      any = isAny();
    }
    if (canEnd()) {
      for (int end : constraint.vocabulary().ends()) {
        allowed[end >> 6] |= 1L << end;
      }
    } else if (!any) {
      throw new PunaException(
          "the text needs at least %d tokens to be complete, %d are left".formatted(at.rest, left),
          "allow more tokens");
    }
    apply(logits);
  }

  private boolean isAny() {
    for (long word : allowed) {
      if (word != 0) {
        return true;
      }
    }
    return false;
  }

  private void apply(float[] logits) {
    for (int w = 0; w < allowed.length; w++) {
      long word = allowed[w];
      int from = 64 * w;
      if (word == 0) {
        Arrays.fill(logits, from, Math.min(from + 64, logits.length), Float.NEGATIVE_INFINITY);
        continue;
      }
      for (long not = ~word; not != 0; not &= not - 1) {
        int token = from + Long.numberOfTrailingZeros(not);
        if (token < logits.length) {
          logits[token] = Float.NEGATIVE_INFINITY;
        }
      }
    }
    int behind = 64 * allowed.length;
    if (behind < logits.length) {
      Arrays.fill(logits, behind, logits.length, Float.NEGATIVE_INFINITY);
    }
  }

  /**
   * Takes the token that came.
   *
   * @throws IllegalStateException if it may not come here
   */
  public void accept(int token) {
    Vocabulary vocabulary = constraint.vocabulary();
    if (token < 0 || token >= vocabulary.size() || ended) {
      throw refused(token);
    }
    if (vocabulary.isEnd(token)) {
      if (!at.ends) {
        throw refused(token);
      }
      ended = true;
      return;
    }
    byte[] bytes = vocabulary.bytes(token);
    Configuration to = constraint.step(at, bytes);
    if (bytes.length == 0 || to.isDead() || to.rest >= Distances.NEVER) {
      throw refused(token);
    }
    at = to;
  }

  private static IllegalStateException refused(int token) {
    return new IllegalStateException("token " + token + " may not come here");
  }

  /** Whether the text so far is complete. */
  public boolean canEnd() {
    return at.ends;
  }

  /** Whether the text is complete and nothing can follow but its end. */
  public boolean mustEnd() {
    if (ended) {
      return true;
    }
    if (!canEnd()) {
      return false;
    }
    Arrays.fill(allowed, 0);
    constraint.gather(at, Distances.NEVER - 1, allowed, scratch);
    return !isAny();
  }

  /** The fewest tokens, known to exist, that complete the text; 0 if it is complete. */
  public int fewestTokens() {
    return at.rest;
  }

  /** Another text that has come to the same place. */
  public Matcher copy() {
    return new Matcher(constraint, at, ended);
  }
}
