package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.StateSpace;
import dev.puna.tensor.DType;
import java.util.List;

/** Draws a state space: a convolution and a recurrence, and the gate beside them. */
final class StateSpaceSvg {
  private static final int SCAN_WIDTH = 430;
  private static final int SCAN_HEIGHT = 84;

  private final Flow flow;
  private final Margin margin;
  private final int width;

  StateSpaceSvg(Flow flow, Margin margin, int width) {
    this.flow = flow;
    this.margin = margin;
    this.width = width;
  }

  void draw(Spec.Mamba m) {
    StateSpace s = m.space();
    int inner = s.columns();
    flow.arrow(16, "");
    flow.box("In" + Flow.bias(m.bias()), Flow.shape("2C", 2L * inner, "D", width), Paint.LINEAR);
    Strand[] strands = flow.branch(Flow.column(0), Flow.column(2));
    convolution(strands[0], m.convolution(), m.convBias());
    strands[0].arrow(26, "(T, C = " + Quantity.exact(inner) + ")");
    int made = m.stepRank() + 2 * s.states();
    strands[0].linear("Step, in, out", Flow.shape("(r + 2N)", made, "C", inner)).arrow(24, "");
    if (m.norm() != null) {
      strands[0].step(NormFacts.name(m.norm()) + " of each", Paint.NORM).arrow(24, "");
    }
    strands[0].linear("Step Δ + bias", Flow.shape("C", inner, "r", m.stepRank()));
    scan(
        strands,
        "Selective state space (Mamba)",
        "S = exp(Δ a) S + Δ B x;  y = C S + d x",
        "N = %d states for each of C = %s columns".formatted(s.states(), Quantity.exact(inner)),
        s,
        (long) inner * (m.convolution() - 1));
    flow.arrow(30, "(T, C)");
    flow.box("Out" + Flow.bias(m.bias()), Flow.shape("D", width, "C", inner), Paint.LINEAR);
  }

  void draw(Spec.Mamba2 m) {
    StateSpace s = m.space();
    int inner = s.columns();
    int mixed = inner + 2 * s.groups() * s.states();
    int all = inner + mixed + s.heads();
    flow.arrow(16, "");
    flow.box(
        "In" + Flow.bias(m.bias()), Flow.shape("(2C + 2GN + H)", all, "D", width), Paint.LINEAR);
    Strand[] strands = flow.branch(Flow.column(0), Flow.column(2));
    convolution(strands[0], m.convolution(), m.convBias());
    strands[0].arrow(26, "(T, C + 2GN)");
    scan(
        strands,
        "State space in heads (Mamba 2)",
        "S = exp(Δ a) S + Δ B x;  y = C S + d x, one a for a head",
        "H = %d heads of %d columns, N = %d states, G = %d"
            .formatted(s.heads(), s.size(), s.states(), s.groups()),
        s,
        (long) mixed * (m.convolution() - 1));
    flow.arrow(24, "(T, C)");
    flow.box(NormFacts.name(m.norm()), "of C = " + Quantity.exact(inner) + " columns", Paint.NORM);
    flow.arrow(24, "");
    flow.box("Out" + Flow.bias(m.bias()), Flow.shape("D", width, "C", inner), Paint.LINEAR);
  }

  private static void convolution(Strand strand, int tokens, boolean bias) {
    String text = "Convolution over " + tokens + (bias ? " + bias" : "");
    strand.step(text, Paint.ROTATION).arrow(20, "").step("SiLU", Paint.ACTIVATION);
  }

  /** The recurrence, and the product of its rows with the gate's. */
  private void scan(
      Strand[] strands, String title, String formula, String sizes, StateSpace s, long tail) {
    Svg svg = flow.svg();
    int y = Math.max(flow.y(), strands[0].y() + 24);
    strands[0].arrow(y - strands[0].y(), "");
    svg.box(Flow.INNER, y, SCAN_WIDTH, SCAN_HEIGHT, Paint.ATTENTION);
    int room = SCAN_WIDTH - 32;
    svg.text(Flow.INNER + 16, y + 24, room, title, Type.LABEL, Anchor.START);
    svg.text(Flow.INNER + 16, y + 46, room, formula, Type.BODY, Anchor.START);
    svg.text(Flow.INNER + 16, y + 67, room, sizes, Type.NOTE, Anchor.START);
    long numbers = (long) s.columns() * s.states() + tail;
    margin.state(
        svg,
        Flow.INNER + SCAN_WIDTH,
        y + 18,
        "State",
        List.of(
            "S, and the convolution's last rows",
            "C·N + rows = " + Quantity.exact(numbers) + " numbers",
            "%s per sequence and layer in F32".formatted(Quantity.bytes(DType.F32.bytes(numbers))),
            "however long the sequence is"));
    Strand gate = strands[1];
    gate.step("SiLU of the gate (T, C)", Paint.ACTIVATION);
    int product = y + SCAN_HEIGHT + 34;
    svg.arrow(Flow.CENTER, y + SCAN_HEIGHT, Flow.CENTER, product - 12);
    svg.arrow(gate.x(), gate.y(), gate.x(), product, Flow.CENTER + 12, product);
    svg.operation(Flow.CENTER, product, true);
    flow.down(product + 11 - flow.y());
  }
}
