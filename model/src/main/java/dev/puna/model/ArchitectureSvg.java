package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Normalization;
import java.util.List;
import java.util.Map;

/**
 * Draws a model's architecture: tokens enter at the top, scores leave at the bottom, and what each
 * kind of layer does is drawn once. The same description always gives the same picture.
 */
public final class ArchitectureSvg {
  private static final int WIDTH = 1100;

  /** The column of the stream, within which everything but the margin's notes is drawn. */
  static final int LEFT = 40;

  static final int RIGHT = 780;

  static final int CENTER = 430;

  /** The column of notes. */
  static final int SIDE = 810;

  static final int SIDE_WIDTH = WIDTH - SIDE - 30;

  /** Half the width of a box in the middle. */
  static final int HALF = 130;

  /** Kinds of layers that are drawn; a model with more would not fit on a page. */
  private static final int MOST_KINDS = 4;

  private final Description model;
  private final Svg svg = new Svg();
  private int y = 128;

  private ArchitectureSvg(Description model) {
    this.model = model;
  }

  /** The picture, a whole SVG document. */
  public static String draw(Description model) {
    return new ArchitectureSvg(model).draw();
  }

  private String draw() {
    title();
    int legendEnd = ArchitectureSidebar.legend(svg, model, y);
    int embedding = input();
    int firstLayer = y + 14;
    layers();
    int output = output();
    if (model.tied()) {
      tie(embedding, output);
    }
    // beside the feed-forward part of the first layer, below its KV cache
    int side = firstLayer + LayerSvg.BELOW_CACHE;
    int sideEnd = ArchitectureSidebar.parameters(svg, model, Math.max(side, legendEnd + 30));
    return svg.document(WIDTH, Math.max(y, sideEnd) + 30, "Architecture of " + model.name());
  }

  private void title() {
    svg.text(LEFT, 58, WIDTH - 2 * LEFT, model.name(), Type.TITLE, Anchor.START);
    String facts =
        "%s family · %s parameters · %d layers · trained on %s tokens at once"
            .formatted(
                model.family().name(),
                Quantity.exact(model.parameters()),
                model.spec().layers().size(),
                Quantity.exact(model.spec().context()));
    svg.text(LEFT, 84, WIDTH - 2 * LEFT, facts, Type.BODY, Anchor.START);
    svg.thread(LEFT, 102, WIDTH - 30, 102, Paint.PART.stroke());
  }

  /** Tokens and their embedding; returns the height of the embedding's middle. */
  private int input() {
    Spec spec = model.spec();
    svg.box(CENTER - 70, y, 140, 30, Paint.TOKENS);
    svg.text(CENTER, y + 20, "token ids", Type.LABEL, Anchor.MIDDLE);
    y += 30;
    y = flow(svg, y, 30, "(T)");
    int middle = y + 24;
    box("Embedding", shape("V", spec.vocab(), "D", spec.width()), Paint.EMBEDDING);
    y = flow(svg, y, 30, "(T, D = " + Quantity.exact(spec.width()) + ")");
    return middle;
  }

  private void layers() {
    int drawn = 0;
    for (Map.Entry<Spec.Layer, List<Integer>> kind : model.kinds().entrySet()) {
      if (drawn == MOST_KINDS) {
        int more = model.kinds().size() - MOST_KINDS;
        svg.text(
            CENTER, y + 14, "… and " + more + " more kinds of layers", Type.BODY, Anchor.MIDDLE);
        y += 24;
        break;
      }
      y = new LayerSvg(svg, model, kind.getKey(), kind.getValue(), y).draw();
      y = flow(svg, y, 30, "(T, D)");
      drawn++;
    }
  }

  /** What follows the last layer; returns the height of the output projection's middle. */
  private int output() {
    Spec spec = model.spec();
    svg.box(CENTER - HALF, y, 2 * HALF, 30, Paint.TOKENS);
    svg.text(CENTER, y + 20, "only rows that are asked for", Type.BODY, Anchor.MIDDLE);
    y += 30;
    y = flow(svg, y, 30, "(R, D)");
    y = norm(svg, y, "Final", java.util.Objects.requireNonNull(spec.finalNorm()), spec.width());
    y = flow(svg, y, 30, "(R, D)");
    int middle = y + 24;
    String shape = shape("V", spec.vocab(), "D", spec.width());
    if (model.tied()) {
      box("Output projection", "the embedding table again", Paint.EMBEDDING);
    } else {
      box("Output projection", shape, Paint.LINEAR);
    }
    y = flow(svg, y, 30, "(R, V = " + Quantity.exact(spec.vocab()) + ")");
    svg.box(CENTER - 70, y, 140, 30, Paint.TOKENS);
    svg.text(CENTER, y + 20, "logits", Type.LABEL, Anchor.MIDDLE);
    y += 30;
    return middle;
  }

  /** A dashed line outside the layers between the two uses of one table. */
  private void tie(int embedding, int output) {
    int margin = LEFT - 20;
    int edge = CENTER - HALF;
    svg.dashed(false, true, edge, embedding, margin, embedding, margin, output, edge - 2, output);
    svg.text(margin + 12, output - 8, "tied: one table, used twice", Type.NOTE, Anchor.START);
  }

  private void box(String title, String note, Paint paint) {
    box(svg, CENTER - HALF, y, 2 * HALF, title, note, paint);
    y += 48;
  }

  // ---- what the layers draw with, too ----

  /** A box of two lines, 48 high. */
  static void box(Svg svg, int x, int y, int width, String title, String note, Paint paint) {
    svg.box(x, y, width, 48, paint);
    svg.text(x + width / 2, y + 20, width - 16, title, Type.LABEL, Anchor.MIDDLE);
    svg.text(x + width / 2, y + 37, width - 12, note, Type.NOTE, Anchor.MIDDLE);
  }

  /** A normalization across the stream; returns the height below it. */
  static int norm(Svg svg, int y, String which, Normalization norm, int width) {
    String name = which.isEmpty() ? LayerFact.name(norm) : which + " " + LayerFact.name(norm);
    String note =
        "%s, ε = %s"
            .formatted(
                biased(norm) ? "gain and bias, " + Quantity.exact(width) + " each" : gain(width),
                Quantity.scientific(norm.epsilon()));
    box(svg, CENTER - HALF, y, 2 * HALF, name, note, Paint.NORM);
    return y + 48;
  }

  private static String gain(int width) {
    return "gain D = " + Quantity.exact(width);
  }

  private static boolean biased(Normalization norm) {
    return norm instanceof Normalization.Layer layer && layer.bias();
  }

  /** An arrow down the middle with the shape of what flows; returns the height of its end. */
  static int flow(Svg svg, int y, int height, String shape) {
    return flow(svg, CENTER, y, height, shape);
  }

  static int flow(Svg svg, int x, int y, int height, String shape) {
    svg.arrow(x, y, x, y + height - 1);
    svg.text(x + 10, y + height / 2 + 3, shape, Type.NOTE, Anchor.START);
    return y + height;
  }

  /** "V × D = 32,000 × 4,096". */
  static String shape(String rows, long r, String cols, long c) {
    return "%s × %s = %s × %s".formatted(rows, cols, Quantity.exact(r), Quantity.exact(c));
  }
}
