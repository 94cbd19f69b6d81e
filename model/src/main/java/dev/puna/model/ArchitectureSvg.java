package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Draws a model's architecture: tokens enter at the top, scores leave at the bottom, and what each
 * kind of layer does is drawn once. The same description always gives the same picture.
 */
public final class ArchitectureSvg {
  private static final int WIDTH = Margin.X + Margin.WIDTH + 30;
  private static final int LEFT = Flow.LEFT;
  private static final int TOP = 128;

  /** Kinds of layers that are drawn; a model with more would not fit on a page. */
  private static final int MOST_KINDS = 4;

  private final Description model;
  private final Svg svg = new Svg();
  private final Flow flow = new Flow(svg, TOP);
  private final int width;

  private ArchitectureSvg(Description model) {
    this.model = model;
    width = model.spec().width();
  }

  /** The picture, a whole SVG document. */
  public static String draw(Description model) {
    return new ArchitectureSvg(model).draw();
  }

  private String draw() {
    title();
    Margin margin = new Margin(ArchitectureSidebar.legend(svg, model, TOP) + 20);
    Spec.Encoder source = model.spec().source();
    if (source != null) {
      stack(margin, java.util.Objects.requireNonNull(Stack.source(model.spec())), "source ids");
      flow.arrow(30, "(S, D)");
      if (source.finalNorm() != null) {
        flow.norm("Final", source.finalNorm(), width);
        flow.arrow(30, "(S, D)");
      }
      flow.pill(Flow.HALF, "encoder's rows");
      flow.down(40);
    }
    int embedding = stack(margin, model.stack(), "token ids");
    flow.arrow(30, "(T, D)");
    int output =
        switch (model.spec().head()) {
          case Spec.Logits logits -> logits(logits);
          case Spec.Pooled pooled -> pooled(pooled);
        };
    if (model.tied()) {
      tie(embedding, output);
    }
    int side = ArchitectureSidebar.parameters(svg, model, margin.free() + 24);
    return svg.document(WIDTH, Math.max(flow.y(), side) + 30, "Architecture of " + model.name());
  }

  private void title() {
    svg.text(LEFT, 58, WIDTH - 2 * LEFT, model.name(), Type.TITLE, Anchor.START);
    String facts =
        "%s family · %s parameters · %d layers · trained on %s tokens at once"
            .formatted(
                model.family().name(),
                Quantity.exact(model.parameters()),
                model.stacks().stream().mapToInt(s -> s.layers().size()).sum(),
                Quantity.exact(model.spec().context()));
    svg.text(LEFT, 84, WIDTH - 2 * LEFT, facts, Type.BODY, Anchor.START);
    svg.thread(LEFT, 102, WIDTH - 30, 102, Paint.PART.stroke());
  }

  /** The way in and the layers; returns the height of the embedding's middle. */
  private int stack(Margin margin, Stack stack, String tokens) {
    flow.pill(70, tokens);
    flow.arrow(30, "(T)");
    int middle = flow.y() + 24;
    embedding(stack.embedding());
    SequencedMap<Spec.Layer, List<Integer>> kinds = LayerNumbers.by(stack.layers(), l -> l);
    int drawn = 0;
    for (Map.Entry<Spec.Layer, List<Integer>> kind : kinds.entrySet()) {
      flow.arrow(30, drawn > 0 ? "(T, D)" : "(T, D = " + Quantity.exact(width) + ")");
      if (drawn == MOST_KINDS) {
        String more = "… and " + (kinds.size() - MOST_KINDS) + " more kinds of layers";
        svg.text(Flow.CENTER, flow.y() + 14, more, Type.BODY, Anchor.MIDDLE);
        flow.down(24);
        break;
      }
      LayerSvg panel =
          new LayerSvg(svg, margin, model, stack, kind.getKey(), kind.getValue(), flow.y());
      flow.down(panel.draw() - flow.y());
      drawn++;
    }
    return middle;
  }

  private void embedding(Embedding e) {
    int columns = e.columns() == 0 ? width : e.columns();
    String scale = e.scale() == 1 ? "" : " times " + NormFacts.number(e.scale());
    flow.box(
        "Embedding" + scale, Flow.shape("V", model.spec().vocab(), "D", columns), Paint.EMBEDDING);
    if (e.columns() != 0) {
      flow.arrow(20, "");
      flow.box("Projection", Flow.shape("D", width, "d", columns), Paint.LINEAR);
    }
    switch (e.positions()) {
      case Embedding.InLayers in -> {}
      case Embedding.Learned l ->
          added("Learned positions", Flow.shape("P", l.count(), "D", width));
      case Embedding.Sinusoidal s ->
          added("Sinusoidal positions", "sines and cosines, not learned");
    }
    if (e.segments() > 0) {
      added("Kinds of text", "%d rows of D".formatted(e.segments()));
    }
    if (e.norm() != null) {
      flow.arrow(20, "");
      flow.norm("", e.norm(), width);
    }
  }

  /** Rows that are added to the tokens'. */
  private void added(String title, String note) {
    svg.arrow(Flow.CENTER, flow.y(), Flow.CENTER, flow.y() + 30);
    flow.down(42);
    svg.operation(Flow.CENTER, flow.y(), false);
    int x = Flow.column(2) - Flow.COLUMN / 2;
    Flow.box(svg, x, flow.y() - 24, Flow.COLUMN, title, note, Paint.EMBEDDING);
    svg.arrow(x, flow.y(), Flow.CENTER + 12, flow.y());
    flow.down(12);
  }

  // ---- the way out ----

  /** Returns the height of the output projection's middle. */
  private int logits(Spec.Logits head) {
    Spec spec = model.spec();
    flow.pill(Flow.HALF, "only rows that are asked for");
    flow.arrow(30, "(R, D)");
    finalNorm("(R, D)");
    int columns = spec.embedding().columns() == 0 ? width : spec.embedding().columns();
    if (columns != width) {
      flow.box("Projection", Flow.shape("d", columns, "D", width), Paint.LINEAR);
      flow.arrow(30, "(R, d)");
    }
    int middle = flow.y() + 24;
    String bias = Flow.bias(head.bias());
    if (head.tied()) {
      flow.box("Output projection" + bias, "the embedding table again", Paint.EMBEDDING);
    } else {
      String title = head.unit() ? "NormHead: rows of length 1" : "Output projection" + bias;
      flow.box(title, Flow.shape("V", spec.vocab(), "D", columns), Paint.LINEAR);
    }
    flow.arrow(30, "(R, V = " + Quantity.exact(spec.vocab()) + ")" + scores(head));
    flow.pill(70, "logits");
    return middle;
  }

  private static String scores(Spec.Logits head) {
    String scale = head.scale() == 1 ? "" : ", times " + NormFacts.number(head.scale());
    return scale + (head.cap() == 0 ? "" : ", soft cap " + NormFacts.number(head.cap()));
  }

  private int pooled(Spec.Pooled head) {
    finalNorm("(T, D)");
    flow.pill(Flow.HALF, "rows of the text");
    if (head.dense()) {
      flow.arrow(30, "the first, (1, D)");
      flow.box("Pooler + bias, tanh", Flow.shape("D", width, "D", width), Paint.LINEAR);
      flow.arrow(30, "(1, D)");
      flow.pill(70, "vector");
    }
    return flow.y();
  }

  private void finalNorm(String shape) {
    dev.puna.program.@Nullable Normalization last = model.spec().finalNorm();
    if (last != null) {
      flow.norm("Final", last, width);
      flow.arrow(30, shape);
    }
  }

  /** A dashed line outside the layers between the two uses of one table. */
  private void tie(int embedding, int output) {
    int margin = LEFT - 20;
    int edge = Flow.CENTER - Flow.HALF;
    svg.dashed(false, true, edge, embedding, margin, embedding, margin, output, edge - 2, output);
    svg.text(margin + 12, output - 8, "tied: one table, used twice", Type.NOTE, Anchor.START);
  }
}
