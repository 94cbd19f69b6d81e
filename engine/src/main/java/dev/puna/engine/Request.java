package dev.puna.engine;

import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One text to continue.
 *
 * @param prompt token ids, at least one
 * @param adapter name of the adapter that the model is run with ({@link Options#adapter}); null for
 *     none
 * @param constraint what the text must look like; null for anything
 * @param priority who waits goes first by this, higher before lower
 */
public record Request(
    int[] prompt,
    Sampling sampling,
    Stop stop,
    @Nullable String adapter,
    @Nullable Constraint constraint,
    LogProbs logProbs,
    ContextEnd contextEnd,
    int priority) {

  public Request {
    prompt = prompt.clone();
    if (constraint != null && contextEnd instanceof ContextEnd.Slide) {
      throw new PunaException(
          "a constrained text that slides past the context's end",
          "let it end there, or leave the constraint out");
    }
  }

  /** Plain text, which ends where the context does. */
  public Request(int[] prompt, Sampling sampling, Stop stop) {
    this(prompt, sampling, stop, null, null, LogProbs.NONE, ContextEnd.STOP, 0);
  }

  public Request sampling(Sampling to) {
    return new Request(prompt, to, stop, adapter, constraint, logProbs, contextEnd, priority);
  }

  public Request stop(Stop to) {
    return new Request(prompt, sampling, to, adapter, constraint, logProbs, contextEnd, priority);
  }

  public Request adapter(@Nullable String to) {
    return new Request(prompt, sampling, stop, to, constraint, logProbs, contextEnd, priority);
  }

  public Request constraint(@Nullable Constraint to) {
    return new Request(prompt, sampling, stop, adapter, to, logProbs, contextEnd, priority);
  }

  public Request logProbs(LogProbs to) {
    return new Request(prompt, sampling, stop, adapter, constraint, to, contextEnd, priority);
  }

  public Request contextEnd(ContextEnd to) {
    return new Request(prompt, sampling, stop, adapter, constraint, logProbs, to, priority);
  }

  public Request priority(int to) {
    return new Request(prompt, sampling, stop, adapter, constraint, logProbs, contextEnd, to);
  }

  private List<@Nullable Object> others() {
    return Arrays.asList(sampling, stop, adapter, constraint, logProbs, contextEnd, priority);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Request r
        && Arrays.equals(prompt, r.prompt)
        && others().equals(r.others());
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(prompt), others());
  }
}
