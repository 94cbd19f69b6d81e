package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.engine.ContextEnd;
import dev.puna.engine.Dry;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.LogProbs;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Scheduling;
import dev.puna.engine.Speculation;
import dev.puna.engine.Stop;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever else is computed, in steps of any size, with too little memory, with guesses or without,
 * with whatever adapters and samplers: a request says, token for token, what it says alone.
 */
class MixTest {
  private static final int VOCAB = 256;
  private static final int CONTEXT = 96;

  @ParameterizedTest
  @CsvSource({
    "llama_gqa, 100",
    "mistral_swa, 20",
    "mamba, 20",
    "jamba, 20",
    "qwen3_moe, 20",
    "deepseek_v2_lite, 10",
    "bloom, 10"
  })
  void aRequestSaysWhatItSaysAlone(String name, int mixes) {
    Path model = Shared.data("fixtures/" + name);
    Random random = new Random(name.hashCode());
    int reused = 0;
    int guessed = 0;
    for (int mix = 0; mix < mixes; mix++) {
      DType kvType = List.of(DType.F32, DType.F16).get(random.nextInt(2));
      Options plain = withAdapters(name, Options.defaults().context(CONTEXT).kvType(kvType));
      Map<Request, Generation.Result> said = new LinkedHashMap<>();
      try (Engine engine = Engine.open(model, any(random, plain))) {
        Map<Request, Generation> running = new LinkedHashMap<>();
        int[] common = random.ints(60, 0, VOCAB).toArray();
        for (int i = 0; i < 6; i++) {
          Request request = request(random, common, engine.checkpoint().selectable().size());
          running.put(request, engine.submit(request));
        }
        running.forEach((request, generation) -> said.put(request, generation.await()));
      }
      for (Map.Entry<Request, Generation.Result> e : said.entrySet()) {
        reused += e.getValue().timing().reusedTokens();
        guessed += e.getValue().timing().guessedTokens();
        try (Engine engine = Engine.open(model, plain)) {
          Generation.Result alone = engine.submit(e.getKey()).await();
          assertThat(e.getValue().tokens()).isEqualTo(alone.tokens());
          assertThat(e.getValue().scores()).isEqualTo(alone.scores());
          assertThat(e.getValue().promptScores()).isEqualTo(alone.promptScores());
          assertThat(e.getValue().finish()).isEqualTo(alone.finish());
        }
      }
    }
    assertThat(reused).isPositive();
    assertThat(guessed).isPositive();
  }

  private static Options withAdapters(String name, Options options) {
    if (!name.equals("llama_gqa")) {
      return options;
    }
    for (String adapter : List.of("lora_qv", "lora_all_rslora", "dora_qv")) {
      options = options.adapter(adapter, Shared.data("fixtures/" + adapter));
    }
    return options;
  }

  private static Options any(Random random, Options options) {
    int parallel = 1 + random.nextInt(6);
    int cache = random.nextBoolean() ? 0 : CONTEXT + random.nextInt(CONTEXT);
    Speculation speculation =
        switch (random.nextInt(3)) {
          case 0 -> Speculation.NONE;
          case 1 -> new Speculation.Lookup(2, 1 + random.nextInt(4));
          default ->
              new Speculation.Draft(Shared.data("fixtures/llama_gqa"), 1 + random.nextInt(4));
        };
    return options
        .parallel(parallel)
        .threads(1 + random.nextInt(2))
        .speculation(speculation)
        .scheduling(Scheduling.DEFAULT.chunk(1 + random.nextInt(50)).cache(cache));
  }

  private static Request request(Random random, int[] common, int adapters) {
    int shared = random.nextInt(common.length);
    int own = 1 + random.nextInt(20);
    int[] prompt =
        IntStream.concat(IntStream.of(common).limit(shared), random.ints(own, 0, VOCAB)).toArray();
    Stop stop =
        new Stop(1 + random.nextInt(40), List.of(), random.nextBoolean())
            .ids(random.nextBoolean() ? Set.of(random.nextInt(VOCAB)) : Set.of());
    Request request = new Request(prompt, sampling(random), stop).priority(random.nextInt(2));
    if (random.nextInt(4) == 0) {
      request = request.contextEnd(new ContextEnd.Slide(random.nextInt(20)));
    }
    if (random.nextInt(4) == 0) {
      request = request.logProbs(LogProbs.top(random.nextInt(4)));
      request = random.nextBoolean() ? request.logProbs(request.logProbs().withPrompt()) : request;
    }
    int adapter = random.nextInt(adapters + 1);
    List<String> names = new ArrayList<>(List.of("lora_qv", "lora_all_rslora", "dora_qv"));
    return adapter == 0 ? request : request.adapter(names.get(adapter - 1));
  }

  private static Sampling sampling(Random random) {
    Sampling s =
        random.nextInt(3) == 0
            ? Sampling.greedy()
            : new Sampling(
                0.3 + random.nextDouble(),
                random.nextInt(50),
                0.5 + random.nextDouble() / 2,
                random.nextLong());
    return switch (random.nextInt(6)) {
      case 0 -> s.repetitionPenalty(1.3).noRepeatNgram(3);
      case 1 -> s.frequencyPenalty(0.5).presencePenalty(0.4);
      case 2 -> s.minP(0.05).typical(0.9);
      case 3 -> s.bias(Map.of(random.nextInt(VOCAB), 2f));
      case 4 -> s.dry(new Dry(0.8, 1.75, 2, 0, Set.of()));
      default -> s;
    };
  }
}
