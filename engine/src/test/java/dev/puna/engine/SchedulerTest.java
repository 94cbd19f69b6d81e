package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerTest {
  private static final int LIMIT = 60;

  private static Request request(int[] prompt, int tokens) {
    return new Request(prompt, Sampling.greedy(), new Stop(tokens, List.of(), true));
  }

  private static int[] tokens(int count, int token) {
    int[] tokens = new int[count];
    Arrays.fill(tokens, token);
    return tokens;
  }

  /** What a request says without scheduler, blocks or company. */
  private static List<Integer> alone(Request request, int limit) {
    List<Integer> text = new ArrayList<>(Arrays.stream(request.prompt()).boxed().toList());
    List<Integer> said = new ArrayList<>();
    Sampler sampler = new Sampler(request.sampling());
    while (said.size() < request.stop().tokens() && text.size() < limit) {
      int[] ids = text.stream().mapToInt(Integer::intValue).toArray();
      int token = sampler.next(TokenModel.logits(text), ids, ids.length, request.prompt().length);
      if (request.stop().ids().contains(token)) {
        break;
      }
      text.add(token);
      said.add(token);
    }
    return said;
  }

  /** A prompt that may begin as others do. */
  private static int[] prompt(Random random) {
    int shared = random.nextInt(4) * 7;
    int own = 1 + random.nextInt(20);
    return IntStream.concat(
            IntStream.range(0, shared).map(i -> i % TokenModel.VOCAB),
            random.ints(own, 0, TokenModel.VOCAB))
        .toArray();
  }

  private static Request random(Random random) {
    Sampling sampling =
        random.nextBoolean()
            ? Sampling.greedy()
            : new Sampling(0.5 + random.nextDouble(), 5, 0.9, random.nextLong());
    Set<Integer> ends = random.nextInt(3) == 0 ? Set.of(3) : Set.of();
    Stop stop = new Stop(1 + random.nextInt(30), List.of(), true).ids(ends);
    return new Request(prompt(random), sampling, stop).priority(random.nextInt(3));
  }

  /**
   * Texts of all kinds through a pool that is too small for them, in steps of any size, with
   * guesses right and wrong: each says what it says alone, and all blocks come back.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void textsSayWhatTheySayAlone(boolean keepsWhole) {
    Random random = new Random(keepsWhole ? 6 : 5);
    long preemptions = 0;
    long reused = 0;
    for (int round = 0; round < 60; round++) {
      int sequences = 1 + random.nextInt(6);
      int guesses = random.nextInt(4);
      int rows = sequences * (1 + guesses) + random.nextInt(20);
      Drafter drafter = guesses == 0 ? running -> {} : guessing(new Random(round), guesses);
      TokenModel model =
          new TokenModel(
              15 + random.nextInt(30),
              keepsWhole,
              drafter,
              new Scheduler.Room(rows, rows, sequences, guesses));
      Map<Request, Generation> all = new LinkedHashMap<>();
      for (int i = 0; i < 20; i++) {
        Request request = random(random);
        all.put(request, model.submit(request, LIMIT));
        for (int s = random.nextInt(4); s > 0 && !model.scheduler.idle(); s--) {
          drafter.guess(model.scheduler.running());
          model.step();
        }
      }
      while (!model.scheduler.idle()) {
        drafter.guess(model.scheduler.running());
        model.step();
      }
      for (Map.Entry<Request, Generation> e : all.entrySet()) {
        Generation.Result result = e.getValue().await();
        assertThat(result.tokens()).isEqualTo(alone(e.getKey(), LIMIT));
        reused += result.timing().reusedTokens();
      }
      assertThat(model.pool.free()).isEqualTo(model.pool.total());
      preemptions += model.scheduler.preemptions();
    }
    assertThat(preemptions).isPositive();
    assertThat(reused).isPositive();
  }

  /** Guesses that are right as often as not. */
  private static Drafter guessing(Random random, int most) {
    return running -> {
      for (Job job : running) {
        if (job instanceof Sequence s) {
          int count = s.guessable(most);
          List<Integer> text =
              new ArrayList<>(Arrays.stream(s.tokens(), 0, s.length()).boxed().toList());
          for (int i = 0; i < count; i++) {
            int token =
                random.nextInt(3) == 0
                    ? random.nextInt(TokenModel.VOCAB)
                    : new Sampler(Sampling.greedy()).next(TokenModel.logits(text));
            s.guesses(most)[i] = token;
            text.add(token);
          }
          s.guessed(count);
        }
      }
    };
  }

  /** Right guesses are kept: ten tokens in four steps. */
  @Test
  void guessesSaveSteps() {
    Drafter drafter =
        running -> {
          Sequence s = (Sequence) running.getFirst();
          int count = s.guessable(3);
          List<Integer> text =
              new ArrayList<>(Arrays.stream(s.tokens(), 0, s.length()).boxed().toList());
          for (int i = 0; i < count; i++) {
            s.guesses(3)[i] = new Sampler(Sampling.greedy()).next(TokenModel.logits(text));
            text.add(s.guesses(3)[i]);
          }
          s.guessed(count);
        };
    TokenModel model = new TokenModel(20, false, drafter, new Scheduler.Room(8, 8, 1, 3));
    Request request = request(new int[] {1, 2, 3}, 10);
    Generation generation = model.submit(request, LIMIT);
    int steps = 0;
    for (; !model.scheduler.idle(); steps++) {
      if (steps > 0) {
        drafter.guess(model.scheduler.running());
      }
      model.step();
    }
    assertThat(generation.await().tokens()).isEqualTo(alone(request, LIMIT));
    assertThat(steps).isEqualTo(4); // 1 of the prompt, then 4, 4 and 1
  }

  @Test
  void decodesBeforeItReadsPrompts() {
    TokenModel model = new TokenModel(100, 8, 4);
    model.submit(request(new int[] {1, 2, 3}, 10), LIMIT);
    model.step();
    model.submit(request(tokens(20, 5), 10), LIMIT);
    List<Part> parts = model.scheduler.next();
    assertThat(parts.get(0).count()).isEqualTo(1);
    assertThat(parts.get(0).wanted()).isEqualTo(1);
    assertThat(parts.get(1).count()).isEqualTo(7);
    assertThat(parts.get(1).wanted()).isZero();
  }

  @Test
  void cancelledTextsEnd() {
    TokenModel model = new TokenModel(20, 16, 1);
    Generation running = model.submit(request(new int[] {1, 2, 3, 4}, 50), LIMIT);
    Generation waiting = model.submit(request(new int[] {1, 2, 3, 4}, 50), LIMIT);
    model.step();
    running.cancel();
    waiting.cancel();
    model.scheduler.dropEnded();
    assertThat(model.scheduler.idle()).isTrue();
    assertThat(model.pool.free()).isEqualTo(20);
    assertThat(running.await().tokens()).hasSize(1);
    assertThat(waiting.await().finish()).isEqualTo(Generation.Finish.CANCELLED);
  }

  @Test
  void timeEndsATextWhereverItIs() {
    TokenModel model = new TokenModel(20, 16, 1);
    Request request = request(new int[] {1, 2}, 50);
    Generation over =
        model.submit(request.stop(request.stop().time(java.time.Duration.ZERO)), LIMIT);
    Generation never = model.submit(request, LIMIT);
    model.runToEnd();
    assertThat(over.await().finish()).isEqualTo(Generation.Finish.TIME);
    assertThat(never.await().tokens()).hasSize(50);
  }

  /** Two texts that begin alike, submitted at once: the beginning is computed once. */
  @Test
  void aSharedBeginningIsComputedOnce() {
    TokenModel model = new TokenModel(40, 64, 4);
    int[] shared = IntStream.range(0, 20).map(i -> i % 7).toArray();
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int[] prompt = Arrays.copyOf(shared, 22);
      prompt[20] = 8 + i;
      prompt[21] = 1;
      all.add(model.submit(request(prompt, 1), LIMIT));
    }
    model.runToEnd();
    assertThat(model.computed).isEqualTo(22 + 3 * 2);
    for (int i = 1; i < 4; i++) {
      assertThat(all.get(i).await().timing().reusedTokens()).isEqualTo(20);
    }
  }

  /**
   * Where something is kept as a whole, a text can be taken up where an earlier prompt ended, and
   * where two texts were seen to part.
   */
  @Test
  void aWholeIsTakenUpAtSnapshots() {
    TokenModel model = new TokenModel(60, true, running -> {}, new Scheduler.Room(64, 64, 1, 0));
    int[] shared = IntStream.range(0, 20).map(i -> i % 7).toArray();
    int[] reused = new int[4];
    for (int i = 0; i < 4; i++) {
      int[] prompt = Arrays.copyOf(shared, 30);
      Arrays.fill(prompt, 20, 30, 8 + i % 3);
      Generation generation = model.submit(request(prompt, 1), LIMIT);
      model.runToEnd();
      reused[i] = generation.await().timing().reusedTokens();
    }
    // the second sees where it parts from the first, the third begins there; the fourth is the
    // first
    assertThat(reused).containsExactly(0, 0, 20, 28);
  }

  /** Higher priorities go first; whoever is overtaken long enough rises. */
  @Test
  void prioritiesAndPatience() {
    TokenModel model = new TokenModel(20, 16, 1);
    List<Integer> order = new ArrayList<>();
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Request request = request(new int[] {i % TokenModel.VOCAB}, 1);
      all.add(model.submit(request.priority(i == 0 ? 0 : 1), LIMIT));
    }
    while (!model.scheduler.idle()) {
      Part part = model.step().getFirst();
      order.add(all.indexOf(part.sequence.generation));
    }
    // the first is overtaken 16 times, then counts as one of the others, before which it came
    assertThat(order.indexOf(0)).isEqualTo(16);
    List<Integer> others = new ArrayList<>(order);
    others.remove(Integer.valueOf(0));
    assertThat(others).isSorted().hasSize(39);
  }

  /** The youngest gives way, and the eldest never. */
  @Test
  void theYoungestGivesWay() {
    TokenModel model = new TokenModel(10, 16, 3);
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(model.submit(request(tokens(5, i), 30), LIMIT));
    }
    Set<Generation> seen = new HashSet<>();
    while (!model.scheduler.idle()) {
      Generation eldest = all.stream().filter(g -> !seen.contains(g)).findFirst().orElseThrow();
      List<Part> parts = model.step();
      assertThat(parts.getFirst().sequence.generation).isSameAs(eldest);
      parts.stream().filter(p -> p.job().removed).forEach(p -> seen.add(p.sequence.generation));
    }
    assertThat(model.scheduler.preemptions()).isPositive();
    all.forEach(g -> assertThat(g.await().tokens()).hasSize(30));
  }

  /** A prompt is scored though a step has few logits to give. */
  @Test
  void aPromptIsScoredInChunks() {
    TokenModel model =
        new TokenModel(20, false, running -> {}, new Scheduler.Room(16, 3, 2, 0));
    int[] prompt = new Random(9).ints(30, 0, TokenModel.VOCAB).toArray();
    Request request = request(prompt, 3).logProbs(LogProbs.top(0).withPrompt());
    Generation generation = model.submit(request, LIMIT);
    Generation beside = model.submit(request(new int[] {1, 2, 3}, 20), LIMIT);
    model.runToEnd();
    List<TokenScore> scores = generation.await().promptScores();
    assertThat(scores).hasSize(29);
    List<Integer> text = new ArrayList<>();
    for (int t = 0; t + 1 < prompt.length; t++) {
      text.add(prompt[t]);
      float[] logits = TokenModel.logits(text);
      double total = 0;
      for (float x : logits) {
        total += Math.exp(x);
      }
      double expected = logits[prompt[t + 1]] - Math.log(total);
      assertThat((double) scores.get(t).logProb()).isCloseTo(expected, within(1e-5));
    }
    assertThat(beside.await().tokens()).hasSize(20);
  }

  // ---- the end of the context ----

  @Test
  void atTheContextsEnd() {
    TokenModel model = new TokenModel(20, 16, 1);
    Request request = request(new int[] {1, 2, 3}, 50);
    Generation stops = model.submit(request, 20);
    Generation fails = model.submit(request.contextEnd(ContextEnd.ERROR), 20);
    while (!model.scheduler.idle()) {
      try {
        model.step();
      } catch (PunaException e) { // which the engine's loop gives to the job
        Job job = model.scheduler.running().getFirst();
        job.failed(e);
        model.scheduler.remove(job);
      }
    }
    assertThat(stops.await().tokens()).hasSize(17);
    assertThat(stops.await().finish()).isEqualTo(Generation.Finish.LENGTH);
    assertThatThrownBy(fails::await)
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("end of the context of 20 tokens");
  }

  /** A text that slides goes on as the kept beginning and the latest half as a prompt would. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4, 7})
  void aTextSlides(int kept) {
    int limit = 20;
    TokenModel model = new TokenModel(20, 16, 1);
    Request request = request(new int[] {1, 2, 3}, 70).contextEnd(new ContextEnd.Slide(kept));
    Generation generation = model.submit(request, limit);
    model.runToEnd();
    List<Integer> text = new ArrayList<>(List.of(1, 2, 3));
    List<Integer> said = new ArrayList<>();
    while (said.size() < 70) {
      int token = new Sampler(Sampling.greedy()).next(TokenModel.logits(text));
      text.add(token);
      said.add(token);
      if (text.size() == limit) {
        List<Integer> left = new ArrayList<>(text.subList(0, kept));
        left.addAll(text.subList(limit - (limit - kept) / 2, limit));
        text = left;
      }
    }
    assertThat(generation.await().tokens()).isEqualTo(said);
  }

  /** A prompt that is longer than the context slides before it is read. */
  @Test
  void aLongPromptSlides() {
    TokenModel model = new TokenModel(20, 16, 1);
    int[] prompt = new Random(4).ints(50, 0, TokenModel.VOCAB).toArray();
    Request request = request(prompt, 3).contextEnd(new ContextEnd.Slide(2));
    Generation generation = model.submit(request, 20);
    model.runToEnd();
    int[] left =
        IntStream.concat(Arrays.stream(prompt, 0, 2), Arrays.stream(prompt, 41, 50)).toArray();
    assertThat(generation.await().tokens()).isEqualTo(alone(request(left, 3), 20));
  }
}
