package dev.puna.cpu;

import dev.puna.cpu.kernels.Attention;
import dev.puna.program.Heads;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Step;

/**
 * What {@link AttendKernel} computes, by assembled kernels: rows of a sequence and heads of a
 * group, 64 of them at a time, share the keys and values that they read.
 *
 * @param memories each worker's
 */
record TiledAttendKernel(AttendKernel plain, Attention kernels, Attention.Memory[] memories)
    implements Kernel {
  private static final int STRETCH = Attention.STRETCH;

  /** The kernel that there is for this attention: this one, or the plain one. */
  static Kernel of(AttendKernel plain, Pass pass) {
    Heads heads = plain.heads();
    Attention kernels = Attention.of(heads.size(), heads.valueSize());
    if (kernels == null) {
      return plain;
    }
    Attention.Memory[] memories = new Attention.Memory[pass.workers()];
    for (int w = 0; w < memories.length; w++) {
      memories[w] =
          new Attention.Memory(pass.scratch(w).attention, heads.size(), heads.valueSize());
    }
    return new TiledAttendKernel(plain, kernels, memories);
  }

  /** Bytes that a worker needs for any attention of the program. */
  static long bytes(Program program) {
    long most = 0;
    for (Op op : program.ops()) {
      if (op instanceof Op.Attend a) {
        Heads h = a.heads();
        if (Attention.supports(h.size(), h.valueSize())) {
          most = Math.max(most, Attention.Memory.bytes(h.size(), h.valueSize()));
        }
      }
    }
    return most;
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Heads heads = plain.heads();
    int fromHead = fromCol / heads.valueSize();
    int toHead = toCol / heads.valueSize();
    Step step = pass.step();
    for (int head = fromHead; head < toHead; ) {
      int group = head / heads.group();
      int end = Math.min(toHead, (group + 1) * heads.group());
      end = Math.min(end, head + Attention.QUERIES);
      int most = Attention.QUERIES / (end - head);
      for (int t = fromRow; t < toRow; ) {
        int last = t + 1; // rows of the same sequence follow each other
        while (last < toRow && last < t + most && !step.begins(last)) {
          last++;
        }
        tile(pass, worker, t, last, head, end);
        t = last;
      }
      head = end;
    }
  }

  /** Rows [fromRow, toRow) of a sequence, heads [fromHead, toHead) of a group. */
  private void tile(Pass pass, int worker, int fromRow, int toRow, int fromHead, int toHead) {
    Step step = pass.step();
    Heads heads = plain.heads();
    int count = toHead - fromHead;
    int queries = count * (toRow - fromRow);
    Attention.Memory memory = memories[worker];
    int first = Integer.MAX_VALUE;
    int end = 0;
    for (int t = fromRow; t < toRow; t++) {
      long to = memory.queries() + 4L * heads.size() * count * (t - fromRow);
      Memory.copy(plain.q().at(worker, t, fromHead * heads.size()), to, 4L * heads.size() * count);
      first = Math.min(first, plain.mask().first(step.position(t)));
      end = Math.max(end, plain.mask().end(step.position(t), step.prefix(t)));
    }
    kernels.begin(memory, queries);
    for (int j = first / STRETCH * STRETCH; j < end; j += STRETCH) {
      int positions = Math.min(STRETCH, end - j);
      locate(pass, memory, fromRow, Math.max(first, j), j + positions, j, fromHead);
      ranges(step, memory, fromRow, toRow, count, j);
      kernels.add(memory, pass.state().type(), queries, positions, heads.scale());
    }
    for (int t = fromRow; t < toRow; t++) {
      long out = plain.out().at(worker, t, fromHead * heads.valueSize());
      kernels.end(memory, count * (t - fromRow), count, out);
    }
  }

  /**
   * Addresses of the keys and values of positions [first, end) of the stretch at j. Slots of a
   * block follow each other, and so do their rows. Other addresses are readable, no more: nobody
   * looks at what is there.
   */
  private void locate(
      Pass pass, Attention.Memory memory, int t, int first, int end, int j, int head) {
    CpuState state = pass.state();
    int layer = plain.layer();
    int group = head / plain.heads().group();
    long keyBytes = state.keyBytes(layer);
    long valueBytes = plain.inKeys() ? keyBytes : state.valueBytes(layer);
    long key = 0;
    long value = 0;
    int block = state.blockSize();
    for (int p = first; p < end; p++) {
      if (p == first || p % block == 0) {
        int slot = pass.step().slotOf(t, p);
        key = plain.key(state, slot, group);
        value = plain.value(state, slot, group);
      }
      Memory.i64(memory.keyRows() + 8L * (p - j), key);
      Memory.i64(memory.valueRows() + 8L * (p - j), value);
      key += keyBytes;
      value += valueBytes;
    }
    for (int p = j; p < first; p++) {
      copy(memory, first - j, p - j);
    }
    for (int p = end; p < j + STRETCH; p++) {
      copy(memory, end - 1 - j, p - j);
    }
  }

  private static void copy(Attention.Memory memory, int from, int to) {
    Memory.i64(memory.keyRows() + 8L * to, Memory.i64(memory.keyRows() + 8L * from));
    Memory.i64(memory.valueRows() + 8L * to, Memory.i64(memory.valueRows() + 8L * from));
  }

  /** Which positions of the stretch at j each query sees. */
  private void ranges(
      Step step, Attention.Memory memory, int fromRow, int toRow, int heads, int j) {
    long at = memory.ranges();
    for (int t = fromRow; t < toRow; t++) {
      int position = step.position(t);
      int from = Math.clamp(plain.mask().first(position) - j, 0, STRETCH);
      int to = Math.clamp(plain.mask().end(position, step.prefix(t)) - j, 0, STRETCH);
      for (int h = 0; h < heads; h++, at += 8) {
        Memory.i32(at, from);
        Memory.i32(at + 4, to);
      }
    }
  }
}
