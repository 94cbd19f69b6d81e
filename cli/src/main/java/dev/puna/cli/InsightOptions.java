package dev.puna.cli;

import dev.puna.engine.AttentionMap;
import dev.puna.engine.Forward;
import dev.puna.engine.Insight;
import dev.puna.engine.Options;
import dev.puna.engine.TokenLogProb;
import dev.puna.model.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What of a model's inside is printed. */
final class InsightOptions {
  @Option(
      names = "--attention",
      description = "Add each head's attention weights; null for layers without attention.")
  private boolean attention;

  @Option(
      names = "--lens",
      paramLabel = "N",
      description = "Add the N likeliest next tokens after each layer (the logit lens).")
  private int lens;

  @Option(
      names = "--layers",
      split = ",",
      paramLabel = "N",
      description = "Only of these layers, from 0.")
  private List<Integer> layers = List.of();

  /** Adds what was asked for to a document. */
  void add(
      Map<String, Object> document, Checkpoint checkpoint, Forward.Input input, Options options) {
    if (!attention && lens == 0) {
      return;
    }
    Insight.Wanted wanted = new Insight.Wanted(false, attention, lens, layers);
    Insight insight = Insight.of(checkpoint, input, options, wanted);
    if (attention) {
      document.put("attention", mixing(insight.layers()));
      if (checkpoint.sourceProgram() != null) {
        document.put(
            "cross_attention",
            insight.layers().stream()
                .map(l -> l.cross().map(AttentionMap::all).orElseThrow())
                .toList());
        document.put("source_attention", mixing(insight.source()));
      }
    }
    if (lens > 0) {
      document.put("lens", insight.layers().stream().map(InsightOptions::guesses).toList());
    }
  }

  private static List<float @Nullable [][][]> mixing(List<Insight.Layer> layers) {
    List<float @Nullable [][][]> all = new ArrayList<>();
    for (Insight.Layer layer : layers) {
      all.add(layer.mixing() instanceof AttentionMap map ? map.all() : null);
    }
    return all;
  }

  private static List<List<Map<String, Object>>> guesses(Insight.Layer layer) {
    return layer.lens().stream()
        .map(position -> position.stream().map(InsightOptions::guess).toList())
        .toList();
  }

  private static Map<String, Object> guess(TokenLogProb guess) {
    Map<String, Object> both = new LinkedHashMap<>();
    both.put("token", guess.token());
    both.put("logprob", guess.logProb());
    return both;
  }
}
