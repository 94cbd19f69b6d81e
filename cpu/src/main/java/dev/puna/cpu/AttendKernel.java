package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Step;
import dev.puna.tensor.DType;
import jdk.incubator.vector.FloatVector;

/**
 * out[t, i] = Σⱼ softmaxⱼ(scale · q[t, i]·k[j, g]) v[j, g] over the stored positions that t sees.
 *
 * <p>Online softmax (Milakov and Gimelshein 2018): positions are taken in stretches of {@link
 * #STRETCH} from the first one seen; when a stretch raises the maximum, what was summed before is
 * scaled down. A head's result thus depends on its own sequence only, not on what else is in the
 * step. Bound by memory (keys and values are read once) for a long sequence's single row; by dot
 * products, four keys at a time, for the rows of a prompt.
 */
record AttendKernel(Heads heads, Mask mask, int layer, Matrix q, Matrix out) implements Kernel {
  static final int STRETCH = 64;

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int size = heads.valueSize();
    for (int t = fromRow; t < toRow; t++) {
      for (int head = fromCol / size; head < toCol / size; head++) {
        long query = q.at(worker, t, head * heads.size());
        head(
            pass,
            pass.scratch(worker),
            t,
            head / heads.group(),
            query,
            out.at(worker, t, head * size));
      }
    }
  }

  private void head(Pass pass, Scratch scratch, int t, int group, long query, long y) {
    Step step = pass.step();
    CpuState state = pass.state();
    int last = step.position(t);
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    Lanes.clear(y, heads.valueSize());
    for (int j = mask.first(last); j <= last; j += STRETCH) {
      int count = Math.min(STRETCH, last + 1 - j);
      locate(step, state, scratch, t, j, count, group);
      float stretchMax = score(state.type(), scratch, query, count);
      if (stretchMax > max) {
        float shrink = Exp.exp(max - stretchMax);
        if (max != Float.NEGATIVE_INFINITY) {
          scale(y, heads.valueSize(), shrink);
          sum *= shrink;
        }
        max = stretchMax;
      }
      sum += weigh(scratch.scores, count, max);
      Format.of(state.type()).add(scratch.scores, scratch.values, count, y, heads.valueSize());
    }
    scale(y, heads.valueSize(), 1 / sum);
  }

  private void locate(
      Step step, CpuState state, Scratch scratch, int t, int j, int count, int group) {
    long size = state.type() == DType.F16 ? 2 : 4;
    long keyAt = size * group * heads.size();
    long valueAt = size * group * heads.valueSize();
    for (int i = 0; i < count; i++) {
      int slot = step.slotOf(t, j + i);
      scratch.keys[i] = state.key(layer, slot) + keyAt;
      scratch.values[i] = state.value(layer, slot) + valueAt;
    }
  }

  /** scores[i] = scale · q·k_i; returns the largest. */
  private float score(DType type, Scratch scratch, long query, int count) {
    for (int i = count; i % 4 != 0; i++) {
      scratch.keys[i] = scratch.keys[count - 1];
    }
    Format.of(type).dots(scratch.keys, count, heads.size(), query, scratch.address);
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      float dot = Lanes.sum(Lanes.load(scratch.address + (long) i * Tile.SUM));
      float score = heads.scale() * Format.tail(type, dot, scratch.keys[i], heads.size(), query);
      scratch.scores[i] = score;
      max = Math.max(max, score);
    }
    return max;
  }

  /** scores[i] = e^(scores[i] - max); returns their sum. */
  private static float weigh(float[] scores, int count, float max) {
    int whole = Lanes.whole(count);
    for (int i = 0; i < whole; i += L) {
      Exp.exp(FloatVector.fromArray(Lanes.F, scores, i).sub(max)).intoArray(scores, i);
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

  private static void scale(long y, int cols, float by) {
    int whole = Lanes.whole(cols);
    for (int c = 0; c < whole; c += L) {
      Lanes.store(Lanes.load(y + 4L * c).mul(by), y + 4L * c);
    }
    for (int c = whole; c < cols; c++) {
      Memory.f32(y + 4L * c, Memory.f32(y + 4L * c) * by);
    }
  }
}
