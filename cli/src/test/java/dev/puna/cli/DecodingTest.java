package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.puna.engine.BeamGeneration.Ranked;
import dev.puna.engine.Beams;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What transformers 5.17 generates from a tiny checkpoint with beams and penalties, and what its
 * filters make of logits: the cases of the fixture, and more (options drawn at random: several stop
 * tokens, least lengths, all rules of stopping) in this module's resources, made by
 * golden/decoding.py.
 */
class DecodingTest {
  private static final String REFERENCE = "fixtures/decoding/reference.json";

  private static JsonNode more() {
    return Shared.json(Shared.root().resolve("cli/src/test/resources/decoding.json"));
  }

  // ---- generation ----

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void generatesAsTheFixtureHasIt(String device) {
    generate(Shared.json(Shared.data(REFERENCE)).get("generate"), device);
  }

  @Test
  void generatesWithOtherOptionsToo() {
    generate(more().get("generate"), "cpu");
  }

  /** All cases at once, in an engine that has not room for all of them at once. */
  private static void generate(JsonNode cases, String device) {
    Path model = Shared.data("fixtures/llama_gqa");
    Options options = Options.defaults().device(device).context(128).parallel(11);
    try (Engine engine = Engine.open(model, options)) {
      List<Runnable> checks = cases.valueStream().map(c -> submit(engine, c)).toList();
      checks.forEach(Runnable::run);
    }
  }

  private static Runnable submit(Engine engine, JsonNode c) {
    JsonNode o = c.get("options");
    Stop stop =
        new Stop(c.path("max_new_tokens").asInt(16), List.of(), true)
            .ids(eos(o))
            .atLeast(o.path("min_new_tokens").asInt(0));
    Request request = new Request(Shared.ints(c.get("input_ids")), sampling(o, 0), stop);
    Beams beams = beams(o);
    if (beams.count() == 1) {
      Generation generation = engine.submit(request);
      return () ->
          assertThat(generation.await().tokens())
              .as("%s", c)
              .isEqualTo(tokens(c.get("outputs").get(0), eos(o)));
    }
    var search = engine.beams(request, beams);
    return () -> {
      List<Ranked> found = search.await();
      for (int i = 0; i < c.get("outputs").size(); i++) {
        assertThat(found.get(i).result().tokens())
            .as("%d of %s", i, c)
            .isEqualTo(tokens(c.get("outputs").get(i), eos(o)));
        double score = c.get("sequences_scores").get(i).asDouble();
        assertThat(found.get(i).score())
            .as("%d of %s", i, c)
            .isCloseTo(score, within(1e-4 + 1e-6 * Math.abs(score))); // what F32 can hold of it
      }
    };
  }

  private static Beams beams(JsonNode o) {
    return new Beams(
        o.path("num_beams").asInt(1),
        o.path("length_penalty").asDouble(1),
        switch (o.path("early_stopping").asText("false")) {
          case "true" -> Beams.EarlyStopping.TRUE;
          case "never" -> Beams.EarlyStopping.NEVER;
          default -> Beams.EarlyStopping.FALSE;
        });
  }

  private static Sampling sampling(JsonNode o, double temperature) {
    return new Sampling(
            o.path("temperature").asDouble(temperature),
            o.path("top_k").asInt(0),
            o.path("top_p").asDouble(1),
            0)
        .minP(o.path("min_p").asDouble(0))
        .typical(o.path("typical_p").asDouble(1))
        .epsilon(o.path("epsilon_cutoff").asDouble(0))
        .eta(o.path("eta_cutoff").asDouble(0))
        .repetitionPenalty(o.path("repetition_penalty").asDouble(1))
        .noRepeatNgram(o.path("no_repeat_ngram_size").asInt(0));
  }

  private static Set<Integer> eos(JsonNode o) {
    JsonNode eos = o.path("eos_token_id");
    Set<Integer> ids = new LinkedHashSet<>();
    (eos.isArray() ? eos.valueStream() : Stream.of(eos).filter(JsonNode::isInt))
        .forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  /** An output without the stop token and what it is padded with. */
  private static List<Integer> tokens(JsonNode output, Set<Integer> eos) {
    List<Integer> tokens = new ArrayList<>();
    for (int id : Shared.ints(output)) {
      if (eos.contains(id)) {
        break;
      }
      tokens.add(id);
    }
    return tokens;
  }

  // ---- filters ----

  @Test
  void filtersAsTheFixtureHasIt() {
    JsonNode reference = Shared.json(Shared.data(REFERENCE));
    float[] logits = floats(reference.get("filter_logits"));
    int[] context = Shared.ints(reference.get("filter_context"));
    for (JsonNode filter : reference.get("filters")) {
      float[] processed = named(filter.get("name").asText()).filter(logits, context);
      compare(filter, processed);
      double total = 0;
      for (float x : processed) {
        total += Math.exp(x);
      }
      for (int i = 0; i < processed.length; i++) {
        assertThat(Math.exp(processed[i]) / total)
            .as("%s, probability of %d", filter.get("name"), i)
            .isCloseTo(filter.get("probs").get(i).asDouble(), within(1e-5));
      }
    }
  }

  @Test
  void filtersWithOtherOptionsToo() {
    for (JsonNode filter : more().get("filters")) {
      float[] logits = floats(filter.get("logits"));
      int[] context = Shared.ints(filter.get("context"));
      compare(filter, sampling(filter.get("options"), 1).filter(logits, context));
    }
  }

  private static void compare(JsonNode filter, float[] processed) {
    JsonNode expected = filter.get("processed");
    assertThat(processed).hasSize(expected.size());
    for (int i = 0; i < processed.length; i++) {
      if (expected.get(i).isNull()) {
        assertThat(processed[i]).as("%d of %s", i, filter).isEqualTo(Float.NEGATIVE_INFINITY);
      } else {
        assertThat((double) processed[i])
            .as("%d of %s", i, filter)
            .isCloseTo(expected.get(i).asDouble(), within(1e-5));
      }
    }
  }

  private static float[] floats(JsonNode array) {
    float[] all = new float[array.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) array.get(i).asDouble();
    }
    return all;
  }

  /** "rep1.3_temp0.8" and the like: names and values, with or without a line between. */
  private static Sampling named(String name) {
    Sampling s = new Sampling(1, 0, 1, 0);
    Matcher part = Pattern.compile("([a-z_]+?)_?([0-9.]+)(?:_|$)").matcher(name);
    while (part.find()) {
      double value = Double.parseDouble(part.group(2));
      s =
          switch (part.group(1)) {
            case "temperature", "temp" -> s.temperature(value);
            case "top_k", "topk" -> s.topK((int) value);
            case "top_p", "topp" -> s.topP(value);
            case "min_p", "minp" -> s.minP(value);
            case "typical" -> s.typical(value);
            case "epsilon" -> s.epsilon(value);
            case "eta" -> s.eta(value);
            case "repetition_penalty", "rep" -> s.repetitionPenalty(value);
            case "no_repeat_ngram" -> s.noRepeatNgram((int) value);
            default -> throw new AssertionError(name);
          };
    }
    return s;
  }
}
