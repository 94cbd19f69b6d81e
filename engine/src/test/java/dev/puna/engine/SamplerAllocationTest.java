package dev.puna.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A token costs no allocation, whatever the settings. Nothing here depends on what the compiler
 * sees through, so this JVM will do; but something may run beside or be loaded late, so that the
 * quietest of some rounds counts.
 */
class SamplerAllocationTest {
  private static final ThreadMXBean BEAN = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int VOCAB = 5000;
  private static final int LENGTH = 600;
  private static final int ROUNDS = 50;

  static Stream<Sampling> settings() {
    Sampling plain = new Sampling(0.8, 0, 1, 5);
    Penalties penalties =
        new Penalties(1.1, 0.1, 0.2, 500, new Dry(0.8).breakers(Set.of(1, 4000)), 3);
    return Stream.of(
        Sampling.greedy(),
        plain,
        plain.topK(40).topP(0.95).minP(0.05),
        plain.topP(0.9),
        plain.topNSigma(1).topK(700),
        plain.topNSigma(1).penalties(penalties),
        plain.typical(0.9),
        plain.epsilon(1e-3).eta(1e-3),
        plain.topK(50).xtc(new Xtc(0.05, 0.5)),
        plain.mirostat(4, 0.1),
        plain.bias(Map.of(3, 2f, 5, -1f)),
        Sampling.greedy().penalties(penalties),
        plain.topK(40).penalties(penalties).bias(Map.of(3, 2f)));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void drawingAllocatesNothing(Sampling sampling) {
    Random random = new Random(1);
    float[][] logits = new float[8][];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = SamplerTest.gaussian(random, VOCAB);
    }
    int[] text = random.ints(LENGTH, 0, 50).toArray();
    Sampler sampler = new Sampler(sampling);
    float[] row = new float[VOCAB]; // they always come in the same one
    assertNothing(
        () -> {
          for (int i = 0; i < 16; i++) {
            System.arraycopy(logits[i % logits.length], 0, row, 0, VOCAB);
            sampler.next(row, text, LENGTH - 16 + i, 100);
          }
        });
  }

  @Test
  void readingProbabilitiesAllocatesNothing() {
    float[] logits = SamplerTest.gaussian(new Random(1), VOCAB);
    LogSoftmax probs = new LogSoftmax(20);
    assertNothing(() -> probs.read(logits, 7));
  }

  private static void assertNothing(Runnable call) {
    long thread = Thread.currentThread().threadId();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS && least > 0; i++) {
      long before = BEAN.getThreadAllocatedBytes(thread);
      call.run();
      least = Math.min(least, BEAN.getThreadAllocatedBytes(thread) - before);
    }
    assertThat(least).as("bytes allocated").isZero();
  }
}
