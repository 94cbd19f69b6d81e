package dev.puna.engine;

import dev.puna.engine.constraint.CompiledConstraint;
import dev.puna.engine.constraint.Matcher;
import dev.puna.engine.constraint.Vocabulary;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The constraints that requests bring, compiled; the latest are kept for those that follow. */
final class Constraints {
  private static final int KEPT = 32;

  private final Checkpoint checkpoint;
  private final Set<Integer> ends;
  private @Nullable Vocabulary vocabulary; // made when first needed
  private final Map<Constraint, CompiledConstraint> compiled =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Constraint, CompiledConstraint> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * @param ends tokens that end a text
   */
  Constraints(Checkpoint checkpoint, int[] ends) {
    this.checkpoint = checkpoint;
    this.ends = IntStream.of(ends).boxed().collect(Collectors.toUnmodifiableSet());
  }

  /**
   * A matcher for one text.
   *
   * @param tokens most tokens that it may have
   * @throws PunaException if the constraint is malformed, or asks for more tokens
   */
  Matcher matcher(Constraint constraint, int tokens) {
    CompiledConstraint automaton = compiled(constraint);
    if (automaton.fewestTokens() > tokens) {
      throw new PunaException(
          "the constraint asks for a text of at least %d tokens, and it may have %d"
              .formatted(automaton.fewestTokens(), tokens),
          "allow it more (-n), or ask for less");
    }
    return new Matcher(automaton);
  }

  private synchronized CompiledConstraint compiled(Constraint constraint) {
    CompiledConstraint known = compiled.get(constraint);
    if (known != null) {
      return known;
    }
    Vocabulary pieces = vocabulary;
    if (pieces == null) {
      pieces = Vocabulary.of(checkpoint.tokenizer(), checkpoint.spec().vocab(), ends);
      vocabulary = pieces;
    }
    CompiledConstraint made = CompiledConstraint.of(constraint, pieces);
    compiled.put(constraint, made);
    return made;
  }
}
