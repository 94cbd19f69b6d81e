package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.program.StateSpace;
import dev.puna.program.Step;
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
    int size = space.size();
    int group = head / (space.heads() / space.groups()) * n;
    long decays = a + 4L * head * space.decays();
    float through = Memory.f32(d + 4L * head);
    for (int t = first; t <= last; t++) {
      float delta = delta(Memory.f32(dt.at(worker, t, head)), head);
      long bt = b.at(worker, t, group);
      long ct = c.at(worker, t, group);
      float decay = space.decays() == 1 ? Exp.exp(delta * Memory.f32(decays)) : 0;
      for (int i = head * size; i < (head + 1) * size; i++) {
        float in = Memory.f32(x.at(worker, t, i));
        long states = allStates + 4L * i * n;
        float y =
            space.decays() == 1
                ? one(decay, delta * in, bt, ct, states, n)
                : each(decays, delta, delta * in, bt, ct, states, n);
        Memory.f32(out.at(worker, t, i), Math.fma(through, in, y));
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

  /** One decay for all states; returns C·S. */
  private static float one(float decay, float in, long b, long c, long states, int n) {
    FloatVector sums = Lanes.zero();
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += L) {
      FloatVector added = Lanes.load(b + 4L * i).mul(in);
      FloatVector s = Lanes.load(states + 4L * i).fma(Lanes.all(decay), added);
      Lanes.store(s, states + 4L * i);
      sums = s.fma(Lanes.load(c + 4L * i), sums);
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < n; i++) {
      float s = Math.fma(Memory.f32(states + 4L * i), decay, Memory.f32(b + 4L * i) * in);
      Memory.f32(states + 4L * i, s);
      sum = Math.fma(s, Memory.f32(c + 4L * i), sum);
    }
    return sum;
  }

  /** A decay for each state. */
  private static float each(
      long decays, float delta, float in, long b, long c, long states, int n) {
    FloatVector sums = Lanes.zero();
    int whole = Lanes.whole(n);
    for (int i = 0; i < whole; i += L) {
      FloatVector decay = Exp.exp(Lanes.load(decays + 4L * i).mul(delta));
      FloatVector added = Lanes.load(b + 4L * i).mul(in);
      FloatVector s = Lanes.load(states + 4L * i).fma(decay, added);
      Lanes.store(s, states + 4L * i);
      sums = s.fma(Lanes.load(c + 4L * i), sums);
    }
    float sum = Lanes.sum(sums);
    for (int i = whole; i < n; i++) {
      float decay = Exp.exp(Memory.f32(decays + 4L * i) * delta);
      float s = Math.fma(Memory.f32(states + 4L * i), decay, Memory.f32(b + 4L * i) * in);
      Memory.f32(states + 4L * i, s);
      sum = Math.fma(s, Memory.f32(c + 4L * i), sum);
    }
    return sum;
  }
}
