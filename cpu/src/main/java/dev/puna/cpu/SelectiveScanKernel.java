package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.StateSpace;
import dev.puna.program.Step;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;

/**
 * The selective state space, a head's rows one after the other, its states in vectors: S = e^(Δ·a)
 * S + (Δ·x) B, out = C·S + d·x. The states live in the place that the step writes to. Where each
 * state has its own decay bound by the exponential, about 20 vector operations; where a head has
 * one, by the cache.
 *
 * @param a address of the decays, (H, N) or (H, 1)
 * @param d address of what passes by the states, (H)
 * @param bias address of what is added to dt, (H), or 0
 */
record SelectiveScanKernel(
    StateSpace space,
    long a,
    long d,
    long bias,
    int layer,
    Matrix x,
    Matrix dt,
    Matrix b,
    Matrix c,
    Matrix out)
    implements Kernel {
  /** For one decay a head and for one a state; not constants, see {@link Format}. */
  private static final MethodHandle[] COLUMNS = {
    columns(float.class, "one"), columns(long.class, "each")
  };

  private static MethodHandle columns(Class<?> decay, String name) {
    MethodType type =
        MethodType.methodType(
            void.class,
            decay,
            float.class,
            float.class,
            long.class,
            long.class,
            long.class,
            long.class,
            int.class,
            int.class,
            long.class);
    return Format.kernel(SelectiveScanKernel.class, name, type);
  }

  @Override
  public void run(Pass pass, int worker, int fromRow, int toRow, int fromCol, int toCol) {
    Step step = pass.step();
    CpuState state = pass.state();
    int begin = fromRow;
    for (int t = fromRow; t < toRow; t++) {
      begin = step.begins(t) ? t : begin;
      if (step.ends(t)) {
        long states = state.whole(layer, step.to(t));
        long skipped = 4L * fromCol * space.states();
        long bytes = 4L * (toCol - fromCol) * space.states();
        Memory.copy(state.whole(layer, step.from(t)) + skipped, states + skipped, bytes);
        for (int head = fromCol / space.size(); head < toCol / space.size(); head++) {
          head(worker, head, begin, t, states);
        }
      }
    }
  }

  /** Rows [first, last] of a sequence, one head. */
  private void head(int worker, int head, int first, int last, long allStates) {
    int n = space.states();
    int column = head * space.size();
    int group = head / (space.heads() / space.groups()) * n;
    long decays = a + 4L * head * space.decays();
    long states = allStates + 4L * column * n;
    float through = Memory.f32(d + 4L * head);
    for (int t = first; t <= last; t++) {
      float delta = delta(Memory.f32(dt.at(worker, t, head)), head);
      long bt = b.at(worker, t, group);
      long ct = c.at(worker, t, group);
      long in = x.at(worker, t, column);
      long y = out.at(worker, t, column);
      try {
        if (space.decays() == 1) {
          float decay = Exp.exp(delta * Memory.f32(decays));
          COLUMNS[0].invokeExact(decay, delta, through, in, bt, ct, states, n, space.size(), y);
        } else {
          COLUMNS[1].invokeExact(decays, delta, through, in, bt, ct, states, n, space.size(), y);
        }
      } catch (Throwable e) {
        throw Format.failed(e);
      }
    }
  }

  /** Δ = clamp(ln(1 + e^dt)), in double precision; what is added to 1 may vanish beside it. */
  private float delta(float dt, int head) {
    double raw = bias == 0 ? dt : dt + Memory.f32(bias + 4L * head);
    double e = Math.exp(raw);
    double softplus = raw > 30 ? raw : e < 1e-8 ? e : Math.log(1 + e);
    return (float) Math.min(Math.max(softplus, space.least()), space.most());
  }

  /** The columns of a head whose states have one decay. */
  static void one(
      float decay,
      float delta,
      float through,
      long x,
      long b,
      long c,
      long states,
      int n,
      int size,
      long y) {
    int whole = Lanes.whole(n);
    FloatVector decays = Lanes.all(decay);
    for (int k = 0; k < size; k++) {
      float in = Memory.f32(x + 4L * k);
      float scaled = delta * in;
      long at = states + 4L * k * n;
      FloatVector sums = Lanes.zero();
      for (int i = 0; i < whole; i += L) {
        FloatVector added = Lanes.load(b + 4L * i).mul(scaled);
        FloatVector s = Lanes.load(at + 4L * i).fma(decays, added);
        Lanes.store(s, at + 4L * i);
        sums = s.fma(Lanes.load(c + 4L * i), sums);
      }
      float sum = Lanes.sum(sums);
      for (int i = whole; i < n; i++) {
        float s = Math.fma(Memory.f32(at + 4L * i), decay, Memory.f32(b + 4L * i) * scaled);
        Memory.f32(at + 4L * i, s);
        sum = Math.fma(s, Memory.f32(c + 4L * i), sum);
      }
      Memory.f32(y + 4L * k, Math.fma(through, in, sum));
    }
  }

  /** Likewise, where each state has its own decay. */
  static void each(
      long decays,
      float delta,
      float through,
      long x,
      long b,
      long c,
      long states,
      int n,
      int size,
      long y) {
    int whole = Lanes.whole(n);
    FloatVector deltas = Lanes.all(delta);
    for (int k = 0; k < size; k++) {
      float in = Memory.f32(x + 4L * k);
      float scaled = delta * in;
      long at = states + 4L * k * n;
      FloatVector sums = Lanes.zero();
      for (int i = 0; i < whole; i += L) {
        FloatVector decay = VectorExp.exp(Lanes.load(decays + 4L * i).mul(deltas));
        FloatVector added = Lanes.load(b + 4L * i).mul(scaled);
        FloatVector s = Lanes.load(at + 4L * i).fma(decay, added);
        Lanes.store(s, at + 4L * i);
        sums = s.fma(Lanes.load(c + 4L * i), sums);
      }
      float sum = Lanes.sum(sums);
      for (int i = whole; i < n; i++) {
        float decay = Exp.exp(Memory.f32(decays + 4L * i) * delta);
        float s = Math.fma(Memory.f32(at + 4L * i), decay, Memory.f32(b + 4L * i) * scaled);
        Memory.f32(at + 4L * i, s);
        sum = Math.fma(s, Memory.f32(c + 4L * i), sum);
      }
      Memory.f32(y + 4L * k, Math.fma(through, in, sum));
    }
  }
}
