package dev.puna.cpu;

import dev.puna.program.Heads;
import dev.puna.program.Step;
import dev.puna.tensor.DType;

/** Attention to all positions of the source of the row's sequence: see {@link Softmax}. */
record AttendSourceKernel(Heads heads, int layer, Matrix q, Matrix out) implements Kernel {
  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    int size = heads.valueSize();
    for (int t = fromRow; t < toRow; t++) {
      for (int head = fromCol / size; head < toCol / size; head++) {
        long query = q.at(worker, t, head * heads.size());
        head(pass, pass.scratch(worker), t, head, query, out.at(worker, t, head * size));
      }
    }
  }

  private void head(Pass pass, Scratch scratch, int t, int head, long query, long y) {
    DType type = pass.state().type();
    int length = pass.step().sourceLength(t);
    Softmax softmax = scratch.softmax();
    softmax.begin(y, heads.valueSize());
    for (int j = 0; j < length; j += Softmax.STRETCH) {
      int count = Math.min(Softmax.STRETCH, length - j);
      locate(pass.step(), pass.state(), scratch, t, j, count, head / heads.group());
      float max = Softmax.score(type, scratch, heads, heads.scale(), query, count);
      softmax.add(type, scratch, count, max, y, heads.valueSize());
    }
    softmax.end(scratch, y, heads.valueSize());
  }

  private void locate(
      Step step, CpuState state, Scratch scratch, int t, int j, int count, int group) {
    long keyAt = state.type().bytes((long) group * heads.size());
    long valueAt = state.type().bytes((long) group * heads.valueSize());
    for (int i = 0; i < count; i++) {
      int slot = step.sourceSlot(t, j + i);
      scratch.keys[i] = state.key(layer, slot) + keyAt;
      scratch.values[i] = state.value(layer, slot) + valueAt;
    }
  }
}
