package dev.puna.model;

import dev.puna.program.Activation;
import dev.puna.program.Normalization;
import dev.puna.program.Recorder;
import dev.puna.program.StateSpace;
import dev.puna.program.Value;
import org.jspecify.annotations.Nullable;

/**
 * The state-space mixers that {@link Decoder} records (Gu and Dao 2023, Dao and Gu 2024). C columns
 * in H heads, G groups, N states.
 */
final class StateSpaceMixer {
  private StateSpaceMixer() {}

  /** Mamba: as many steps, inputs and outputs of the state as there are columns. */
  static Value record(Recorder r, Value x, Spec.Mamba m) {
    int width = x.cols();
    StateSpace s = m.space();
    int inner = s.columns();
    Value in = r.linear("ssm_in", x, 2 * inner, m.bias()); // (T, 2C)
    Value z = r.slice("ssm_z", in, inner, inner);
    x = r.slice("ssm_x_in", in, 0, inner);
    x = r.causalConv("ssm_conv1d", x, m.convolution(), m.convBias());
    x = r.activate("ssm_conv1d_silu", x, Activation.SILU); // (T, C)
    Value made = r.linear("ssm_x", x, m.stepRank() + 2 * s.states(), false);
    Value dt = norm(r, "ssm_dt_norm", r.slice("ssm_dt_in", made, 0, m.stepRank()), m.norm());
    Value b = r.slice("ssm_b_in", made, m.stepRank(), s.states()); // (T, N)
    Value c = r.slice("ssm_c_in", made, m.stepRank() + s.states(), s.states()); // (T, N)
    b = norm(r, "ssm_b_norm", b, m.norm());
    c = norm(r, "ssm_c_norm", c, m.norm());
    dt = r.linear("ssm_dt", dt, inner, true); // (T, C)
    Value y = r.selectiveScan("ssm_scan", x, dt, b, c, s, false);
    y = r.glu("ssm_gated", z, y, Activation.SILU);
    return r.linear("ssm_out", y, width, m.bias());
  }

  /** Mamba 2: steps for heads, inputs and outputs for groups, all made by one projection. */
  static Value record(Recorder r, Value x, Spec.Mamba2 m) {
    int width = x.cols();
    StateSpace s = m.space();
    int inner = s.columns();
    int bc = s.groups() * s.states();
    Value in = r.linear("ssm_in", x, 2 * inner + 2 * bc + s.heads(), m.bias());
    Value z = r.slice("ssm_z", in, 0, inner);
    Value dt = r.slice("ssm_dt_in", in, 2 * inner + 2 * bc, s.heads()); // (T, H)
    x = r.slice("ssm_xbc_in", in, inner, inner + 2 * bc);
    x = r.causalConv("ssm_conv1d", x, m.convolution(), m.convBias());
    x = r.activate("ssm_conv1d_silu", x, Activation.SILU);
    Value b = r.slice("ssm_b", x, inner, bc); // (T, G·N)
    Value c = r.slice("ssm_c", x, inner + bc, bc); // (T, G·N)
    Value y = r.selectiveScan("ssm_scan", r.slice("ssm_x", x, 0, inner), dt, b, c, s, true);
    y = r.glu("ssm_gated", z, y, Activation.SILU);
    y = r.norm("ssm_norm", y, m.norm(), inner / m.normGroups(), inner);
    return r.linear("ssm_out", y, width, m.bias());
  }

  private static Value norm(Recorder r, String name, Value x, @Nullable Normalization kind) {
    return kind == null ? x : r.norm(name, x, kind, x.cols());
  }
}
