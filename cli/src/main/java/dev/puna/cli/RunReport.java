package dev.puna.cli;

import dev.puna.engine.BeamGeneration.Ranked;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Request;
import dev.puna.engine.TokenLogProb;
import dev.puna.engine.TokenScore;
import dev.puna.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code puna run} says about the texts it made.
 *
 * @param scored whether log-probabilities were asked for
 */
record RunReport(Engine engine, Request request, double loadMillis, boolean scored) {
  /**
   * One JSON document: the first text, and all of them where there are several.
   *
   * @param found by a search, the best first; else none
   */
  Map<String, Object> document(List<Generation.Result> results, List<Ranked> found) {
    Generation.Result first = results.getFirst();
    Map<String, Object> timings = new LinkedHashMap<>();
    timings.put("load_ms", loadMillis);
    timings.put("prefill_tps", first.prefillSpeed());
    timings.put("decode_tps", first.decodeSpeed());
    Map<String, Object> document = text(first);
    document.put("prompt_tokens", first.promptTokens());
    if (found.isEmpty()) {
      document.put("seed", request.sampling().seed());
    } else {
      document.put("score", found.getFirst().score());
      document.put("beams", found.stream().map(this::beam).toList());
    }
    if (results.size() > 1) {
      document.put("samples", results.stream().map(this::text).toList());
    }
    if (scored && !first.promptScores().isEmpty()) {
      document.put("prompt_logprobs", first.promptScores().stream().map(this::score).toList());
    }
    if (first.timing().guessedTokens() > 0) {
      timings.put("guessed_tokens", first.timing().guessedTokens());
    }
    document.put("timings", timings);
    return document;
  }

  private Map<String, Object> beam(Ranked ranked) {
    Map<String, Object> beam = text(ranked.result());
    beam.put("score", ranked.score());
    return beam;
  }

  private Map<String, Object> text(Generation.Result result) {
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("text", result.text());
    text.put("tokens", result.tokens());
    text.put("finish_reason", result.finish().name().toLowerCase(Locale.ROOT));
    if (scored) {
      text.put("logprobs", result.scores().stream().map(this::score).toList());
    }
    return text;
  }

  private Map<String, Object> score(TokenScore score) {
    Map<String, Object> fields = token(score.token(), score.logProb());
    fields.put("top", score.top().stream().map(this::candidate).toList());
    return fields;
  }

  private Map<String, Object> candidate(TokenLogProb candidate) {
    return token(candidate.token(), candidate.logProb());
  }

  private Map<String, Object> token(int id, float logProb) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", id);
    if (engine.checkpoint().hasTokenizer()) {
      Tokenizer tokenizer = engine.checkpoint().tokenizer();
      fields.put("piece", id < tokenizer.size() ? tokenizer.piece(id) : "");
    }
    fields.put("logprob", Float.isFinite(logProb) ? logProb : null);
    return fields;
  }

  /** Speed and settings, in a line. */
  String line(Generation.Result result) {
    return String.format(
        Locale.ROOT,
        "%s on %s, seed %d: loaded in %.0f ms, prompt of %d tokens at %.1f tokens/s, %d new at"
            + " %.1f tokens/s%s",
        engine.checkpoint().path().getFileName(),
        engine.device(),
        request.sampling().seed(),
        loadMillis,
        result.promptTokens(),
        result.prefillSpeed(),
        result.tokens().size(),
        result.decodeSpeed(),
        result.timing().guessedTokens() == 0
            ? ""
            : ", %d of them guessed".formatted(result.timing().guessedTokens()));
  }
}
