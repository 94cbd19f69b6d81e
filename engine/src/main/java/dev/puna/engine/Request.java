package dev.puna.engine;

import java.util.Objects;

/**
 * One text to continue.
 *
 * @param prompt token ids, at least one
 */
public record Request(int[] prompt, Sampling sampling, Stop stop) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Request r
        && java.util.Arrays.equals(prompt, r.prompt)
        && sampling.equals(r.sampling)
        && stop.equals(r.stop);
  }

  @Override
  public int hashCode() {
    return Objects.hash(java.util.Arrays.hashCode(prompt), sampling, stop);
  }
}
