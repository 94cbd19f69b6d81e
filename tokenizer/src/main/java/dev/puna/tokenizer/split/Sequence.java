package dev.puna.tokenizer.split;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Each cuts what the one before it left. */
public record Sequence(List<PreTokenizer> stages) implements PreTokenizer {
  public Sequence {
    stages = List.copyOf(stages);
  }

  @Override
  public void split(int[] text, int from, int to, boolean atStart, Sink next) {
    Sink sink = next;
    for (int i = stages.size() - 1; i >= 0; i--) {
      PreTokenizer stage = stages.get(i);
      Sink after = sink;
      sink = (t, f, e, s) -> stage.split(t, f, e, s, after);
    }
    sink.accept(text, from, to, atStart);
  }

  @Override
  public Optional<List<String>> expressions() {
    List<String> all = new ArrayList<>();
    for (PreTokenizer stage : stages) {
      Optional<List<String>> expressions = stage.expressions();
      if (expressions.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(expressions.get());
    }
    return Optional.of(all);
  }

  @Override
  public boolean keepsText() {
    return stages.stream().allMatch(PreTokenizer::keepsText);
  }
}
