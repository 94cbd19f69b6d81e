package dev.puna.cpu;

import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Op;
import dev.puna.program.Scores;
import dev.puna.program.Step;

/**
 * out[t, i] = Σⱼ softmaxⱼ(scale · q[t, i]·k[j, g]) v[j, g] over the stored positions that t sees:
 * see {@link Softmax}.
 *
 * @param inKeys whether a value is the leading columns of its key
 */
record AttendKernel(Heads heads, Mask mask, int layer, boolean inKeys, Matrix q, Matrix out)
    implements Kernel {
  /** Whether scores are no more than products: nothing caps or biases them, or adds to them. */
  static boolean computes(Op.Attend op) {
    return op.scores().equals(Scores.PLAIN) && op.sinks() == null;
  }

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
    int position = step.position(t);
    int end = mask.end(position, step.prefix(t));
    Softmax softmax = scratch.softmax();
    softmax.begin(y, heads.valueSize());
    for (int j = mask.first(position); j < end; j += Softmax.STRETCH) {
      int count = Math.min(Softmax.STRETCH, end - j);
      locate(step, state, scratch, t, j, count, group);
      float max = Softmax.score(state.type(), scratch, heads, heads.scale(), query, count);
      softmax.add(state.type(), scratch, count, max, y, heads.valueSize());
    }
    softmax.end(scratch, y, heads.valueSize());
  }

  /** Finds the keys and values of a stretch of positions. */
  void locate(Step step, CpuState state, Scratch scratch, int t, int j, int count, int group) {
    for (int i = 0; i < count; i++) {
      int slot = step.slotOf(t, j + i);
      scratch.keys[i] = key(state, slot, group);
      scratch.values[i] = value(state, slot, group);
    }
  }

  /** Address of a slot's key of a group. */
  long key(CpuState state, int slot, int group) {
    return state.key(layer, slot) + state.type().bytes((long) group * heads.size());
  }

  /** Address of a slot's value of a group. */
  long value(CpuState state, int slot, int group) {
    return inKeys
        ? key(state, slot, group)
        : state.value(layer, slot) + state.type().bytes((long) group * heads.valueSize());
  }
}
