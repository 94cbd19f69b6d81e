package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.tensor.DType;
import java.util.List;

/** Draws one kind of layer as a panel across the stream. */
final class LayerSvg {
  /** From a panel's top to where the margin is free again. */
  static final int BELOW_CACHE = 590;

  private static final int LEFT = ArchitectureSvg.LEFT;
  private static final int RIGHT = ArchitectureSvg.RIGHT;
  private static final int CENTER = ArchitectureSvg.CENTER;

  /** Left and right ends of what is computed; left of it run the skip connections. */
  private static final int INNER = 100;

  private static final int INNER_WIDTH = 660;

  /** Three columns with gaps of 30: queries, keys, values. */
  private static final int COLUMN = 200;

  private static final int PITCH = 230;

  /** Where the skip connections run. */
  private static final int SKIP = 68;

  private final Svg svg;
  private final Description model;
  private final Spec.Layer layer;
  private final List<Integer> numbers;
  private final int top;
  private int y;

  /**
   * @param numbers the layers that are of this kind
   */
  LayerSvg(Svg svg, Description model, Spec.Layer layer, List<Integer> numbers, int top) {
    this.svg = svg;
    this.model = model;
    this.layer = layer;
    this.numbers = numbers;
    this.top = top;
    y = top;
  }

  /** Returns the height below the panel. */
  int draw() {
    svg.box(LEFT, top, RIGHT - LEFT, HEIGHT, Paint.LAYER);
    header();
    svg.line(CENTER, y, CENTER, y + 58);
    y += 58;
    attention();
    svg.line(CENTER, y, CENTER, y + 24);
    y += 24;
    feedForward();
    svg.line(CENTER, y, CENTER, top + HEIGHT);
    return top + HEIGHT;
  }

  /** Of a panel: the sum of what {@link #draw} puts into it. */
  private static final int HEIGHT = 58 + 502 + 24 + 320 + 10;

  private void header() {
    boolean all = numbers.size() == model.spec().layers().size();
    String which = all ? "" : " · " + DescriptionText.numbers(numbers);
    String title = numbers.size() + " × layer" + which;
    svg.text(LEFT + 18, top + 27, 340, title, Type.HEADING, Anchor.START);
    String prefix = "blk." + numbers.getFirst() + ".";
    long parameters =
        model.program().weights().stream()
            .filter(w -> w.name().startsWith(prefix))
            .mapToLong(w -> w.elements())
            .sum();
    String note = Quantity.exact(parameters) + " parameters each";
    svg.text(RIGHT - 18, top + 27, 300, note, Type.NOTE, Anchor.END);
  }

  /** The stream forks here; returns the height of the fork. */
  private int fork() {
    svg.dot(CENTER, y);
    return y;
  }

  /** The stream's two branches meet again, an arrow further down. */
  private void join(int fork) {
    svg.arrow(CENTER, y, CENTER, y + 18);
    y += 30;
    svg.arrow(CENTER, fork, SKIP, fork, SKIP, y, CENTER - 12, y);
    svg.operation(CENTER, y, false);
    svg.text(CENTER + 20, y + 4, "residual (T, D)", Type.NOTE, Anchor.START);
    y += 12;
  }

  // ---- x += attention(norm(x)) ----

  private void attention() {
    Spec.Attention a = LayerFact.attention(layer);
    int fork = fork();
    y = ArchitectureSvg.flow(svg, y, 16, "");
    y = ArchitectureSvg.norm(svg, y, "", LayerFact.pre(layer), model.spec().width());
    branch(column(0), column(1), column(2));
    projections(a);
    heads(a);
    y = ArchitectureSvg.flow(svg, y, 30, "(T, H·h)");
    Heads h = a.heads();
    String shape =
        ArchitectureSvg.shape("D", model.spec().width(), "H·h", h.query() * h.valueSize());
    int left = CENTER - ArchitectureSvg.HALF;
    String title = "Output of attention" + bias(a.outBias());
    ArchitectureSvg.box(svg, left, y, 2 * ArchitectureSvg.HALF, title, shape, Paint.LINEAR);
    y += 48;
    join(fork);
  }

  private void projections(Spec.Attention a) {
    Heads h = a.heads();
    int width = model.spec().width();
    int q = h.query() * h.size();
    int k = h.kv() * h.size();
    int v = h.kv() * h.valueSize();
    linear(column(0), "Query" + bias(a.bias()), "H·h", q, width);
    linear(column(1), "Key" + bias(a.bias()), "K·h", k, width);
    linear(column(2), "Value" + bias(a.bias()), "K·h", v, width);
    y += 48;
    ArchitectureSvg.flow(svg, column(0), y, 26, columns("H·h", q));
    ArchitectureSvg.flow(svg, column(1), y, 26, columns("K·h", k));
    y += 26;
    svg.arrow(column(2), y - 26, column(2), y + 54);
    svg.text(column(2) + 10, y - 10, columns("K·h", v), Type.NOTE, Anchor.START);
    for (int i = 0; i < 2; i++) {
      svg.box(column(i) - COLUMN / 2, y, COLUMN, 30, Paint.ROTATION);
      svg.text(column(i), y + 20, "RoPE", Type.LABEL, Anchor.MIDDLE);
      svg.arrow(column(i), y + 30, column(i), y + 54);
    }
    y += 55;
  }

  /** "(T, K·h = 1,024)". */
  private static String columns(String letters, int columns) {
    return "(T, %s = %s)".formatted(letters, Quantity.exact(columns));
  }

  private void linear(int x, String title, String rows, int r, int width) {
    String shape = ArchitectureSvg.shape(rows, r, "D", width);
    ArchitectureSvg.box(svg, x - COLUMN / 2, y, COLUMN, title, shape, Paint.LINEAR);
  }

  private void heads(Spec.Attention a) {
    int height = 148;
    svg.box(INNER, y, INNER_WIDTH, height, Paint.ATTENTION);
    String formula =
        switch (a.mask()) {
          case Mask.Causal causal -> "softmax(q·kᵀ / √h) v over all earlier tokens";
          case Mask.Sliding sliding ->
              "softmax(q·kᵀ / √h) v over the last " + Quantity.exact(sliding.window()) + " tokens";
          case Mask.Prefix prefix -> "softmax(q·kᵀ / √h) v over the prefix and all earlier tokens";
        };
    svg.text(INNER + 16, y + 24, 320, name(a.heads()), Type.LABEL, Anchor.START);
    int right = INNER + INNER_WIDTH - 16;
    svg.text(right, y + 24, 320, formula, Type.NOTE, Anchor.END);
    new HeadsSvg(svg, a.heads(), INNER_WIDTH - 32).draw(INNER + 16, y + 44);
    cache(a.heads(), y + height / 2);
    y += height;
  }

  private static String name(Heads heads) {
    return switch (LayerFact.sharing(heads)) {
      case "MHA" -> "Multi-head attention (MHA)";
      case "MQA" -> "Multi-query attention (MQA)";
      default -> "Grouped-query attention (GQA)";
    };
  }

  private void cache(Heads h, int middle) {
    int x = ArchitectureSvg.SIDE;
    int width = ArchitectureSvg.SIDE_WIDTH;
    svg.dashed(true, true, INNER + INNER_WIDTH + 2, middle, x - 2, middle);
    svg.box(x, middle - 62, width, 124, Paint.STATE);
    svg.text(x + 16, middle - 38, "KV cache", Type.LABEL, Anchor.START);
    long numbers = (long) h.kv() * (h.size() + h.valueSize());
    String[] lines = {
      "every token's k and v, kept per layer",
      "K·h + K·h = " + Quantity.exact(numbers) + " numbers",
      "%s per token and layer in F16".formatted(Quantity.bytes(DType.F16.bytes(numbers))),
      "%s per token in all layers"
          .formatted(Quantity.bytes(DType.F16.bytes(model.kvNumbersPerToken()))),
      "%s at %s tokens"
          .formatted(
              Quantity.bytes(DType.F16.bytes(model.kvNumbersPerToken() * model.spec().context())),
              Quantity.exact(model.spec().context()))
    };
    for (int i = 0; i < lines.length; i++) {
      int at = middle - 18 + 17 * i;
      svg.text(x + 16, at, width - 32, lines[i], i < 4 ? Type.NOTE : Type.BODY, Anchor.START);
    }
  }

  // ---- x += ffn(norm(x)) ----

  private void feedForward() {
    Spec.Dense d = LayerFact.dense(layer);
    int width = model.spec().width();
    int gate = CENTER - 160;
    int up = CENTER + 160;
    int fork = fork();
    y = ArchitectureSvg.flow(svg, y, 16, "");
    y = ArchitectureSvg.norm(svg, y, "", LayerFact.preFfn(layer), width);
    branch(gate, up);
    linear(gate, "Gate" + bias(d.bias()), "F", d.hidden(), width);
    linear(up, "Up" + bias(d.bias()), "F", d.hidden(), width);
    y += 48;
    ArchitectureSvg.flow(svg, gate, y, 24, "(T, F)");
    svg.box(gate - COLUMN / 2, y + 24, COLUMN, 30, Paint.ACTIVATION);
    svg.text(gate, y + 44, LayerFact.name(d.activation()), Type.LABEL, Anchor.MIDDLE);
    svg.text(up + 10, y + 16, "(T, F)", Type.NOTE, Anchor.START);
    y += 39;
    svg.arrow(gate + COLUMN / 2, y, CENTER - 12, y);
    svg.arrow(up, y - 39, up, y, CENTER + 12, y);
    svg.operation(CENTER, y, true);
    String value = String.valueOf(LayerFact.ACTIVATION.value(layer));
    svg.text(CENTER, y - 22, value, Type.LABEL, Anchor.MIDDLE);
    y += 11;
    y = ArchitectureSvg.flow(svg, y, 30, "(T, F = " + Quantity.exact(d.hidden()) + ")");
    int left = CENTER - ArchitectureSvg.HALF;
    String shape = ArchitectureSvg.shape("D", width, "F", d.hidden());
    String title = "Down" + bias(d.bias());
    ArchitectureSvg.box(svg, left, y, 2 * ArchitectureSvg.HALF, title, shape, Paint.LINEAR);
    y += 48;
    join(fork);
  }

  /** From the middle to several columns. */
  private void branch(int... columns) {
    int bus = y + 16;
    svg.line(CENTER, y, CENTER, bus);
    svg.line(columns[0], bus, columns[columns.length - 1], bus);
    for (int x : columns) {
      svg.arrow(x, bus, x, bus + 17);
    }
    y = bus + 18;
  }

  /** Middle of column 0, 1 or 2. */
  private static int column(int i) {
    return INNER + COLUMN / 2 + PITCH * i;
  }

  private static String bias(boolean bias) {
    return bias ? " + bias" : "";
  }
}
