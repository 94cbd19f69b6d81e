package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;

/** Draws what a layer does with each token: gated, plain, or by a mixture of experts. */
final class FeedForwardSvg {
  private static final int SQUARE = 12;

  private final Flow flow;
  private final int width;
  private final String activation;

  /**
   * @param activation what a gated layer is called
   */
  FeedForwardSvg(Flow flow, int width, String activation) {
    this.flow = flow;
    this.width = width;
    this.activation = activation;
  }

  void draw(Spec.Dense d) {
    Svg svg = flow.svg();
    int gate = Flow.CENTER - 160;
    int up = Flow.CENTER + 160;
    Strand[] s = flow.branch(gate, up);
    s[0].linear("Gate" + Flow.bias(d.bias()), Flow.shape("F", d.hidden(), "D", width));
    s[1].linear("Up" + Flow.bias(d.bias()), Flow.shape("F", d.hidden(), "D", width));
    s[0].arrow(24, "(T, F)").step(FeedForwardFacts.name(d.activation()), Paint.ACTIVATION);
    int product = s[0].y() - 15;
    svg.text(up + 10, s[1].y() + 16, "(T, F)", Type.NOTE, Anchor.START);
    svg.arrow(gate + Flow.COLUMN / 2, product, Flow.CENTER - 12, product);
    svg.arrow(up, s[1].y(), up, product, Flow.CENTER + 12, product);
    svg.operation(Flow.CENTER, product, true);
    svg.text(Flow.CENTER, product - 22, 110, activation, Type.LABEL, Anchor.MIDDLE);
    flow.down(product + 11 - flow.y());
    down(d.hidden(), d.bias());
  }

  void draw(Spec.Mlp m) {
    flow.arrow(16, "");
    flow.box("Up" + Flow.bias(m.bias()), Flow.shape("F", m.hidden(), "D", width), Paint.LINEAR);
    flow.arrow(24, "(T, F)");
    Svg svg = flow.svg();
    svg.box(Flow.CENTER - Flow.COLUMN / 2, flow.y(), Flow.COLUMN, 30, Paint.ACTIVATION);
    String name = FeedForwardFacts.name(m.activation());
    svg.text(Flow.CENTER, flow.y() + 20, Flow.COLUMN - 16, name, Type.LABEL, Anchor.MIDDLE);
    flow.down(30);
    down(m.hidden(), m.bias());
  }

  private void down(int hidden, boolean bias) {
    flow.arrow(30, "(T, F = " + Quantity.exact(hidden) + ")");
    flow.box("Down" + Flow.bias(bias), Flow.shape("D", width, "F", hidden), Paint.LINEAR);
  }

  // ---- a mixture ----

  void draw(Spec.Experts e) {
    boolean shares = e.shared() != null;
    int[] columns =
        shares
            ? new int[] {Flow.column(0), Flow.CENTER, Flow.column(2)}
            : new int[] {Flow.column(0), Flow.CENTER};
    Strand[] s = flow.branch(columns);
    int experts = e.routing().experts();
    s[0].linear("Router" + Flow.bias(e.bias()), Flow.shape("E", experts, "D", width));
    s[0].arrow(24, "(T, E)");
    s[0].step("best %d of %d".formatted(e.routing().active(), experts), Paint.ROTATION);
    flow.gather(24, s);
    int room = shares ? Flow.INNER_WIDTH - Flow.COLUMN - 20 : Flow.INNER_WIDTH;
    int height = mixture(e, room);
    if (e.shared() instanceof Spec.Shared shared) {
      shared(shared, height);
    }
    flow.down(height);
    flow.arrow(34, "");
    if (shares) {
      int x = Flow.column(2);
      int y = flow.y() + 11;
      flow.svg().arrow(x, flow.y() - 34, x, y, Flow.CENTER + 12, y);
    }
    flow.down(11);
    flow.svg().operation(Flow.CENTER, flow.y(), false);
    flow.svg().text(Flow.CENTER - 20, flow.y() + 4, 200, "weighted sum", Type.NOTE, Anchor.END);
    flow.down(11);
  }

  /** The experts as squares, the first of them chosen; returns the height. */
  private int mixture(Spec.Experts e, int room) {
    Svg svg = flow.svg();
    int experts = e.routing().experts();
    int pitch = SQUARE + 4;
    int inner = room - 32;
    int perRow = Math.max(1, (inner + 4) / pitch);
    int rows = Math.ceilDiv(experts, perRow);
    int shown = Math.min(rows, 6);
    int height = 84 + shown * pitch;
    int left = Flow.INNER + 16;
    int y = flow.y();
    svg.box(Flow.INNER, y, room, height, Paint.LINEAR);
    String title = "%d of %d experts a token".formatted(e.routing().active(), experts);
    svg.text(left, y + 24, inner, title, Type.LABEL, Anchor.START);
    String routing = "chosen " + FeedForwardFacts.routing(e.routing());
    svg.text(left, y + 43, inner, routing, Type.NOTE, Anchor.START);
    for (int i = 0; i < Math.min(experts, shown * perRow); i++) {
      String fill = i < e.routing().active() ? "#3d74b3" : "#8fb4de";
      int x = left + i % perRow * pitch;
      svg.bar(x, y + 54 + i / perRow * pitch, SQUARE, SQUARE, fill);
    }
    String shape =
        "each %s: gate, up and down of %s"
            .formatted(activation, Flow.shape("F", e.hidden(), "D", width));
    svg.text(left, y + height - 12, inner, shape, Type.NOTE, Anchor.START);
    return height;
  }

  private void shared(Spec.Shared shared, int height) {
    Svg svg = flow.svg();
    int x = Flow.column(2);
    int y = flow.y();
    int room = Flow.COLUMN - 20;
    svg.box(x - Flow.COLUMN / 2, y, Flow.COLUMN, height, Paint.LINEAR);
    svg.text(x, y + 24, room, "Shared expert", Type.LABEL, Anchor.MIDDLE);
    String size = Quantity.exact(shared.hidden()) + " columns, for all tokens";
    svg.text(x, y + 43, room, size, Type.NOTE, Anchor.MIDDLE);
    if (shared.gated()) {
      svg.text(x, y + 61, room, "scaled by a gate of its own", Type.NOTE, Anchor.MIDDLE);
    }
  }
}
