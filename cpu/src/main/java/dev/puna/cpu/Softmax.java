package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.Zeros;
import dev.puna.program.Heads;
import dev.puna.tensor.DType;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * Online softmax (Milakov and Gimelshein 2018) of one head of one row: positions are taken in
 * stretches of {@link #STRETCH} from the first one seen; when a stretch raises the maximum, what
 * was summed before is scaled down. A head's result thus depends on its own sequence only, not on
 * what else is in the step. Bound by memory (keys and values are read once) for a long sequence's
 * single row; by dot products, four keys at a time, for the rows of a prompt.
 */
final class Softmax {
  static final int STRETCH = 64;

  /** Not constants, see {@link Format}; the same goes for {@link Loop}. */
  private static final MethodHandle[] WEIGH = {
    Format.kernel(
        Softmax.class,
        "weigh",
        MethodType.methodType(float.class, float[].class, int.class, float.class))
  };

  private static final Loop[] SUMS = Loop.of(Softmax.class, Loop.PLAIN, "sums");

  private float max;
  private float sum;

  /** Begins with nothing: y, {@code cols} numbers, is made zero. */
  void begin(long y, int cols) {
    max = Float.NEGATIVE_INFINITY;
    sum = 0;
    Zeros.write(y, 4L * cols);
  }

  /** Begins with a score that adds nothing. */
  void begin(float sink, long y, int cols) {
    begin(y, cols);
    max = sink;
    sum = 1;
  }

  /**
   * Adds the stretch of positions whose scores and values the scratch holds.
   *
   * @param stretchMax the largest of the scores
   */
  void add(DType type, Scratch scratch, int count, float stretchMax, long y, int cols) {
    if (stretchMax > max) {
      float shrink = Exp.exp(max - stretchMax);
      if (max != Float.NEGATIVE_INFINITY) {
        ScaleKernel.scale(scratch, shrink, y, y, cols);
        sum *= shrink;
      }
      max = stretchMax;
    }
    try {
      sum += (float) WEIGH[0].invokeExact(scratch.scores, count, max);
    } catch (Throwable e) {
      throw Format.failed(e);
    }
    Format.of(type).add(scratch.scores, scratch.values, count, y, cols);
  }

  /** Divides by what the weights add up to; of no position at all nothing is left but zeros. */
  void end(Scratch scratch, long y, int cols) {
    if (sum != 0) {
      ScaleKernel.scale(scratch, 1 / sum, y, y, cols);
    }
  }

  /** scores[i] = scale · q·k_i of the scratch's keys; returns the largest. */
  static float score(DType type, Scratch scratch, Heads heads, float scale, long query, int count) {
    for (int i = count; i % 4 != 0; i++) {
      scratch.keys[i] = scratch.keys[count - 1];
    }
    Format.of(type).dots(scratch.keys, count, heads.size(), query, scratch.address);
    SUMS[0].run(scratch.address, scratch.address, count);
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      float dot = Memory.f32(scratch.address + 4L * i);
      float score = scale * Format.tail(type, dot, scratch.keys[i], heads.size(), query);
      scratch.scores[i] = score;
      max = Math.max(max, score);
    }
    return max;
  }

  /** out[i] = the sum of vector i's lanes; out may be where the vectors are. */
  static void sums(long vectors, long out, int count) {
    for (int i = 0; i < count; i++) {
      Memory.f32(out + 4L * i, Lanes.sum(Lanes.load(vectors + (long) i * Tile.SUM)));
    }
  }

  /** scores[i] = e^(scores[i] - max); returns their sum. */
  static float weigh(float[] scores, int count, float max) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += L) {
      VectorExp.exp(FloatVector.fromArray(Lanes.F, scores, i).sub(max)).intoArray(scores, i);
    }
    for (int i = whole; i < count; i++) {
      scores[i] = Exp.exp(scores[i] - max);
    }
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += scores[i];
    }
    return sum;
  }
}
