package dev.puna.cpu;

import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Step;
import dev.puna.tensor.DType;

/**
 * out[t, i] = Σⱼ softmaxⱼ(scale · q[t, i]·k[j, g]) v[j, g] over the stored positions that t sees:
 * see {@link Softmax}.
 *
 * @param inKeys whether a value is the leading columns of its key
 */
record AttendKernel(Heads heads, Mask mask, int layer, boolean inKeys, Matrix q, Matrix out)
    implements Kernel {
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
    long size = state.type() == DType.F16 ? 2 : 4;
    long keyAt = size * group * heads.size();
    if (inKeys) {
      for (int i = 0; i < count; i++) {
        scratch.keys[i] = state.key(layer, step.slotOf(t, j + i)) + keyAt;
        scratch.values[i] = scratch.keys[i];
      }
      return;
    }
    long valueAt = size * group * heads.valueSize();
    for (int i = 0; i < count; i++) {
      int slot = step.slotOf(t, j + i);
      scratch.keys[i] = state.key(layer, slot) + keyAt;
      scratch.values[i] = state.value(layer, slot) + valueAt;
    }
  }
}
