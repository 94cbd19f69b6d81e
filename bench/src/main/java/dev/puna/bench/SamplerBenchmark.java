package dev.puna.bench;

import dev.puna.engine.Dry;
import dev.puna.engine.Penalties;
import dev.puna.engine.Sampler;
import dev.puna.engine.Sampling;
import dev.puna.engine.Xtc;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One token of a large vocabulary, drawn after a text of 4,096 tokens. Logits are of a normal
 * distribution of deviation 3, and a hundred likely ones; 16 sets of them take turns, which are
 * more than the nearest caches hold.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter, then calls prepare()
public class SamplerBenchmark {
  private static final int VOCAB = 151_936;
  private static final int CONTEXT = 4096;
  private static final int SETS = 16;

  /** What is done to the logits. */
  @Param({
    "greedy",
    "usual",
    "penalties",
    "penalties-usual",
    "plain",
    "top-p",
    "top-n-sigma",
    "min-p",
    "typical",
    "xtc",
    "mirostat"
  })
  public String setting;

  private final float[][] logits = new float[SETS][VOCAB];
  private final int[] text = new int[CONTEXT];
  private Sampler sampler;
  private int at;

  /** Makes the logits and the text, which repeats itself as texts do. */
  @Setup
  public void prepare() {
    Random random = new Random(1);
    for (float[] set : logits) {
      for (int i = 0; i < VOCAB; i++) {
        set[i] = (float) random.nextGaussian() * 3;
      }
      for (int i = 0; i < 100; i++) {
        set[random.nextInt(VOCAB)] = 20 - (float) Math.log(i + 1.0) * 2;
      }
    }
    for (int i = 0; i < CONTEXT; i++) {
      text[i] = i > 50 && random.nextInt(10) > 0 ? text[i - 37] : random.nextInt(VOCAB);
    }
    sampler = new Sampler(sampling());
  }

  private Sampling sampling() {
    Sampling plain = new Sampling(0.8, 0, 1, 5);
    Sampling usual = plain.topK(40).topP(0.95).minP(0.05);
    Penalties penalties =
        new Penalties(1.1, 0.1, 0.2, 0, new Dry(0.8).breakers(Set.of(1, 2, 3)), 3);
    return switch (setting) {
      case "usual" -> usual;
      case "penalties" -> Sampling.greedy().penalties(penalties).bias(Map.of(7, 1f));
      case "penalties-usual" -> usual.penalties(penalties).bias(Map.of(7, 1f));
      case "plain" -> plain;
      case "top-p" -> plain.topP(0.95);
      case "top-n-sigma" -> plain.topNSigma(1);
      case "min-p" -> plain.minP(0.05);
      case "typical" -> plain.typical(0.9);
      case "xtc" -> usual.xtc(new Xtc(0.1, 0.5));
      case "mirostat" -> plain.mirostat(5, 0.1);
      default -> Sampling.greedy();
    };
  }

  /** One token. */
  @Benchmark
  public int token() {
    float[] set = logits[at++ & (SETS - 1)];
    return sampler.next(set, text, CONTEXT, CONTEXT / 2);
  }
}
