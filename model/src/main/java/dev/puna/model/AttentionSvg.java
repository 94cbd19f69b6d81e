package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Draws attention: to the text itself, by way of a latent row, and to a source. */
final class AttentionSvg {
  /** Of the box with the picture of heads. */
  private static final int HEIGHT = 148;

  private static final int NOTE = 18;

  private final Flow flow;
  private final Margin margin;
  private final Description model;
  private final Stack stack;
  private final Spec.Layer layer;
  private final int width;

  AttentionSvg(Flow flow, Margin margin, Description model, Stack stack, Spec.Layer layer) {
    this.flow = flow;
    this.margin = margin;
    this.model = model;
    this.stack = stack;
    this.layer = layer;
    width = model.spec().width();
  }

  // ---- to the text itself ----

  void draw(Spec.Attention a) {
    Heads h = a.heads();
    int q = h.query() * h.size();
    int k = h.kv() * h.size();
    int v = h.kv() * h.valueSize();
    Strand[] s = flow.branch(Flow.column(0), Flow.column(1), Flow.column(2));
    s[0].linear("Query" + Flow.bias(a.bias()), Flow.shape("H·h", q, "D", width));
    s[1].linear("Key" + Flow.bias(a.bias()), Flow.shape("K·h", k, "D", width));
    s[2].linear("Value" + Flow.bias(a.bias()), Flow.shape("K·h", v, "D", width));
    s[2].label(columns("K·h", v));
    List<String> columns = List.of(columns("H·h", q), columns("K·h", k));
    if (a.qkNorm() == null && a.rotations().isEmpty()) {
      s[0].label(columns.getFirst());
      s[1].label(columns.getLast());
    } else {
      steps(s[0].arrow(26, columns.getFirst()), a);
      steps(s[1].arrow(26, columns.getLast()), a);
    }
    flow.gather(26, s);
    heads(h, AttentionFacts.name(h), formula(a), notes());
    flow.arrow(30, "(T, H·h)");
    flow.box(
        "Output of attention" + Flow.bias(a.outBias()),
        Flow.shape("D", width, "H·h", h.query() * h.valueSize()),
        Paint.LINEAR);
  }

  /** What queries and keys go through. */
  private static void steps(Strand strand, Spec.Attention a) {
    if (a.qkNorm() instanceof Spec.QkNorm n) {
      String span = n.span() == Spec.QkNorm.Span.WHOLE ? " of all heads" : " of each head";
      strand.step(NormFacts.name(n.kind()) + span, Paint.NORM);
    }
    if (!a.rotations().isEmpty()) {
      if (a.qkNorm() != null) {
        strand.arrow(24, "");
      }
      Rotation r = a.rotations().getFirst();
      String part = " on %d of %d columns".formatted(r.size(), a.heads().size());
      String words =
          a.rotations().size() > 1
              ? "RoPE by two places"
              : r.size() == a.heads().size() ? "RoPE" : "RoPE" + part;
      strand.step(words, Paint.ROTATION);
    }
  }

  private String formula(Spec.Attention a) {
    String bias = a.scores().bias() instanceof Scores.None ? "" : " + b";
    String over =
        switch (a.mask()) {
          case Mask.Causal causal -> "over all earlier tokens";
          case Mask.Sliding s -> "over the last " + Quantity.exact(s.window()) + " tokens";
          case Mask.Prefix prefix ->
              stack.atOnce() ? "over the whole text" : "over the prefix and all earlier tokens";
        };
    boolean usual = Math.abs(a.heads().scale() * Math.sqrt(a.heads().size()) - 1) < 1e-4;
    String scale = usual ? " / √h" : a.heads().scale() == 1 ? "" : " · s";
    return "softmax(q·kᵀ%s%s) v %s".formatted(scale, bias, over);
  }

  /** What is particular about scores, a line each. */
  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (layer.mixer() instanceof Spec.Attention a && !(a.scores().bias() instanceof Scores.None)) {
      notes.add("b: " + PositionFacts.sentence(stack, layer));
    }
    List<String> scores = AttentionFacts.scores(stack, layer);
    if (scores != null) {
      notes.addAll(scores);
    }
    return notes;
  }

  private void heads(Heads heads, String name, String formula, List<String> notes) {
    int height = HEIGHT + NOTE * notes.size();
    int y = flow.y();
    int left = Flow.INNER + 16;
    int right = Flow.INNER + Flow.INNER_WIDTH - 16;
    Svg svg = flow.svg();
    svg.box(Flow.INNER, y, Flow.INNER_WIDTH, height, Paint.ATTENTION);
    svg.text(left, y + 24, 270, name, Type.LABEL, Anchor.START);
    svg.text(right, y + 24, 345, formula, Type.NOTE, Anchor.END);
    new HeadsSvg(svg, heads, Flow.INNER_WIDTH - 32).draw(left, y + 44);
    for (int i = 0; i < notes.size(); i++) {
      svg.text(
          left,
          y + HEIGHT + 2 + NOTE * i,
          Flow.INNER_WIDTH - 32,
          notes.get(i),
          Type.NOTE,
          Anchor.START);
    }
    if (!stack.atOnce()) {
      cache(heads, y + height / 2);
    }
    flow.down(height);
  }

  private void cache(Heads h, int middle) {
    boolean latent = layer.mixer() instanceof Spec.LatentAttention;
    long numbers = latent ? h.size() : (long) h.kv() * (h.size() + h.valueSize());
    margin.state(
        flow.svg(),
        Flow.INNER + Flow.INNER_WIDTH,
        middle,
        latent ? "Cache of latent rows" : "KV cache",
        List.of(
            latent
                ? "every token's c and p, kept per layer"
                : "every token's k and v, kept per layer",
            (latent ? "c + p = " : "K·h + K·h = ") + Quantity.exact(numbers) + " numbers",
            "%s per token and layer in F16".formatted(Quantity.bytes(DType.F16.bytes(numbers))),
            "%s per token in all layers".formatted(DescriptionText.kvCache(model)),
            "%s at %s tokens"
                .formatted(
                    Quantity.bytes(
                        DType.F16.bytes(model.kvNumbersPerToken() * model.spec().context())),
                    Quantity.exact(model.spec().context()))));
  }

  // ---- by way of a latent row ----

  void draw(Spec.LatentAttention a) {
    int turning = a.rotation().size();
    int q = a.heads() * (a.plain() + turning);
    Strand[] s = flow.branch(Flow.column(0), Flow.column(2));
    if (a.queryRank() > 0) {
      s[0].linear("Latent query" + Flow.bias(a.bias()), Flow.shape("r", a.queryRank(), "D", width));
      s[0].arrow(24, "").step(NormFacts.name(a.norm()), Paint.NORM).arrow(24, "");
      s[0].linear("Query", Flow.shape("H·h", q, "r", a.queryRank()));
    } else {
      s[0].linear("Query", Flow.shape("H·h", q, "D", width));
    }
    s[0].arrow(26, columns("H·h", q));
    s[0].step("RoPE on %d of %d columns".formatted(turning, a.plain() + turning), Paint.ROTATION);
    s[1].linear(
        "Latent key/value" + Flow.bias(a.bias()),
        Flow.shape("(c + p)", a.rank() + turning, "D", width));
    s[1].arrow(26, columns("c + p", a.rank() + turning));
    s[1].step("%s of c = %d columns".formatted(NormFacts.name(a.norm()), a.rank()), Paint.NORM);
    s[1].arrow(24, "").step("RoPE on p = %d columns".formatted(turning), Paint.ROTATION);
    flow.gather(24, s);
    Heads heads = new Heads(a.heads(), 1, a.rank() + turning, a.rank(), a.scale());
    List<String> notes = new ArrayList<>();
    notes.add("a head's key is [W c | p], its value V c: W is applied to queries, V to outputs");
    notes.addAll(notes());
    heads(
        heads,
        "Multi-head latent attention (MLA)",
        "softmax(s · q·[c | p]ᵀ) c over all earlier tokens",
        notes);
    flow.arrow(30, "(T, H·c)");
    int values = a.heads() * a.valueSize();
    flow.box(
        "Values of heads",
        "%d × V = %d × %d".formatted(a.heads(), a.valueSize(), a.rank()),
        Paint.LINEAR);
    flow.arrow(24, "");
    flow.box("Output of attention", Flow.shape("D", width, "H·v", values), Paint.LINEAR);
  }

  // ---- to a source ----

  void draw(Spec.Cross c) {
    Heads h = c.heads();
    int cols = h.query() * h.size();
    int kv = h.kv() * h.size();
    Svg svg = flow.svg();
    int y = flow.y();
    flow.arrow(50, "");
    Flow.box(
        svg,
        Flow.CENTER - Flow.COLUMN / 2,
        flow.y(),
        Flow.COLUMN,
        "Query" + Flow.bias(c.bias()),
        Flow.shape("H·h", cols, "D", width),
        Paint.LINEAR);
    int side = Flow.column(2);
    svg.box(side - Flow.COLUMN / 2, y + 6, Flow.COLUMN, 26, Paint.TOKENS);
    svg.text(side, y + 23, Flow.COLUMN - 24, "encoder's rows (S, D)", Type.NOTE, Anchor.MIDDLE);
    new Strand(svg, side, y + 32)
        .linear("Keys, values" + Flow.bias(c.bias()), Flow.shape("2 · K·h", 2L * kv, "D", width))
        .arrow(30, "(S, 2 · K·h)");
    flow.down(48);
    flow.arrow(30, columns("H·h", cols));
    svg.box(Flow.INNER, flow.y(), Flow.INNER_WIDTH, 40, Paint.ATTENTION);
    svg.text(Flow.INNER + 16, flow.y() + 25, 250, "Cross-attention", Type.LABEL, Anchor.START);
    svg.text(
        Flow.INNER + Flow.INNER_WIDTH - 16,
        flow.y() + 25,
        360,
        "softmax(q·kᵀ) v over all of the source, %d heads".formatted(h.query()),
        Type.NOTE,
        Anchor.END);
    flow.down(40);
    flow.arrow(30, "(T, H·h)");
    flow.box(
        "Output of cross-attention" + Flow.bias(c.bias()),
        Flow.shape("D", width, "H·h", cols),
        Paint.LINEAR);
  }

  /** "(T, K·h = 1,024)". */
  private static String columns(String letters, int columns) {
    return "(T, %s = %s)".formatted(letters, Quantity.exact(columns));
  }
}
