package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Heads;
import dev.puna.program.Op;
import dev.puna.program.Scores;
import dev.puna.program.Step;
import dev.puna.tensor.DType;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * Attention whose scores are more than scaled products: s = cap · tanh(scale·g(p)·q·k / cap) +
 * bias, and one more score that adds nothing. A pass over the scores of a stretch for each of
 * these, beside {@link AttendKernel}'s work.
 */
final class ScoredAttendKernel implements Kernel {
  private static final MethodHandle[] CAP = {
    Format.kernel(
        ScoredAttendKernel.class,
        "cap",
        MethodType.methodType(void.class, float[].class, int.class, float.class))
  };

  /** Where keys and values are. */
  private final AttendKernel plain;

  private final Scores scores;

  /** Of each head, how much scores fall with distance; empty if they do not. */
  private final float[] slopes;

  /** The bucket of distance i - span; empty if there is no table. */
  private final int[] buckets;

  private final int span;

  /** Address of the (buckets, heads) table, or 0. */
  private final long table;

  /** Address of the heads' sinks, or 0. */
  private final long sinks;

  /**
   * @param positions no sequence is longer than this
   */
  ScoredAttendKernel(AttendKernel plain, Scores scores, long table, long sinks, int positions) {
    this.plain = plain;
    this.scores = scores;
    this.table = table;
    this.sinks = sinks;
    switch (scores.bias()) {
      case Scores.None none -> {
        slopes = new float[0];
        buckets = new int[0];
        span = 0;
      }
      case Scores.Alibi alibi -> {
        slopes = new float[alibi.slopes().size()];
        for (int i = 0; i < slopes.length; i++) {
          slopes[i] = alibi.slopes().get(i);
        }
        buckets = new int[0];
        span = 0;
      }
      case Scores.Buckets of -> {
        slopes = new float[0];
        span = Math.min(of.far(), positions);
        buckets = new int[2 * span + 1];
        for (int i = 0; i < buckets.length; i++) {
          buckets[i] = of.bucket(i - span);
        }
      }
    }
  }

  /** Checks that what is read by head and bucket is there. */
  static void check(Op.Attend op) {
    int heads = op.heads().query();
    boolean fits =
        (op.sinks() == null || op.sinks().elements() == heads)
            && switch (op.scores().bias()) {
              case Scores.None none -> true;
              case Scores.Alibi alibi -> alibi.slopes().size() == heads;
              case Scores.Buckets b ->
                  op.table() != null
                      && op.table().rows() == b.count()
                      && op.table().cols() == heads;
            };
    if (!fits) {
      throw new IllegalArgumentException(
          op.out().name() + ": the scores' weights are not for " + heads + " heads");
    }
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Heads heads = plain.heads();
    int size = heads.valueSize();
    for (int t = fromRow; t < toRow; t++) {
      float scale = heads.scale() * scores.growth(pass.step().position(t));
      for (int head = fromCol / size; head < toCol / size; head++) {
        long query = plain.q().at(worker, t, head * heads.size());
        long y = plain.out().at(worker, t, head * size);
        head(pass, pass.scratch(worker), t, head, scale, query, y);
      }
    }
  }

  private void head(Pass pass, Scratch scratch, int t, int head, float scale, long query, long y) {
    Step step = pass.step();
    DType type = pass.state().type();
    Heads heads = plain.heads();
    int position = step.position(t);
    int end = plain.mask().end(position, step.prefix(t));
    Softmax softmax = scratch.softmax();
    if (sinks == 0) {
      softmax.begin(y, heads.valueSize());
    } else {
      softmax.begin(Memory.f32(sinks + 4L * head), y, heads.valueSize());
    }
    for (int j = plain.mask().first(position); j < end; j += Softmax.STRETCH) {
      int count = Math.min(Softmax.STRETCH, end - j);
      plain.locate(step, pass.state(), scratch, t, j, count, head / heads.group());
      Softmax.score(type, scratch, heads, scale, query, count);
      float max = change(scratch.scores, count, head, j - position);
      softmax.add(type, scratch, count, max, y, heads.valueSize());
    }
    softmax.end(scratch, y, heads.valueSize());
  }

  /** Caps and biases the scores of positions at this distance and beyond; returns the largest. */
  private float change(float[] s, int count, int head, int distance) {
    if (scores.cap() != 0) {
      try {
        CAP[0].invokeExact(s, count, scores.cap());
      } catch (Throwable e) {
        throw Format.failed(e);
      }
    }
    if (slopes.length > 0) {
      for (int i = 0; i < count; i++) {
        s[i] += slopes[head] * (distance + i);
      }
    }
    if (buckets.length > 0) {
      int heads = plain.heads().query();
      for (int i = 0; i < count; i++) {
        int bucket = buckets[Math.clamp(distance + i, -span, span) + span];
        s[i] += Memory.f32(table + 4L * ((long) bucket * heads + head));
      }
    }
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, s[i]);
    }
    return max;
  }

  static void cap(float[] s, int count, float cap) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += L) {
      VectorExp.tanh(FloatVector.fromArray(Lanes.F, s, i).div(cap)).mul(cap).intoArray(s, i);
    }
    for (int i = whole; i < count; i++) {
      s[i] = Exp.tanh(s[i] / cap) * cap;
    }
  }
}
