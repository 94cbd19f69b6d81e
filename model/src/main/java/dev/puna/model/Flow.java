package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Normalization;

/** Draws downwards along the column of the stream: each step begins where the last one ended. */
final class Flow {
  /** The column of the stream, within which everything but the margin's notes is drawn. */
  static final int LEFT = 40;

  static final int RIGHT = 780;

  static final int CENTER = 430;

  /** Half the width of a box in the middle. */
  static final int HALF = 130;

  /** Left end and width of what layers compute; left of it run the skip connections. */
  static final int INNER = 100;

  static final int INNER_WIDTH = 660;

  /** Three columns with gaps of 30: queries, keys, values. */
  static final int COLUMN = 200;

  private static final int PITCH = 230;

  private final Svg svg;
  private int y;

  Flow(Svg svg, int y) {
    this.svg = svg;
    this.y = y;
  }

  Svg svg() {
    return svg;
  }

  int y() {
    return y;
  }

  void down(int by) {
    y += by;
  }

  /** Middle of column 0, 1 or 2. */
  static int column(int i) {
    return INNER + COLUMN / 2 + PITCH * i;
  }

  /** An arrow with the shape of what flows. */
  void arrow(int height, String shape) {
    svg.arrow(CENTER, y, CENTER, y + height - 1);
    svg.text(CENTER + 10, y + height / 2 + 3, shape, Type.NOTE, Anchor.START);
    y += height;
  }

  /** A box of two lines. */
  void box(String title, String note, Paint paint) {
    box(svg, CENTER - HALF, y, 2 * HALF, title, note, paint);
    y += 48;
  }

  static void box(Svg svg, int x, int y, int width, String title, String note, Paint paint) {
    svg.box(x, y, width, 48, paint);
    svg.text(x + width / 2, y + 20, width - 16, title, Type.LABEL, Anchor.MIDDLE);
    svg.text(x + width / 2, y + 37, width - 12, note, Type.NOTE, Anchor.MIDDLE);
  }

  /** What enters or leaves. */
  void pill(int half, String text) {
    svg.box(CENTER - half, y, 2 * half, 30, Paint.TOKENS);
    svg.text(CENTER, y + 20, 2 * half - 24, text, Type.LABEL, Anchor.MIDDLE);
    y += 30;
  }

  /** A normalization across the stream. */
  void norm(String which, Normalization norm, int columns) {
    String name = NormFacts.name(norm);
    String learned =
        !norm.weighted()
            ? "nothing learned"
            : norm.biased()
                ? "gain and bias, " + Quantity.exact(columns) + " each"
                : "gain D = " + Quantity.exact(columns);
    box(
        which.isEmpty() ? name : which + " " + name,
        "%s, ε = %s".formatted(learned, Quantity.scientific(norm.epsilon())),
        Paint.NORM);
  }

  /** From the middle to several columns, and on along each. */
  Strand[] branch(int... columns) {
    int bus = y + 16;
    svg.line(CENTER, y, CENTER, bus);
    svg.line(columns[0], bus, columns[columns.length - 1], bus);
    y = bus;
    Strand[] strands = new Strand[columns.length];
    for (int i = 0; i < columns.length; i++) {
      strands[i] = new Strand(svg, columns[i], bus);
    }
    return strands;
  }

  /** All strands' arrows end where the longest does, which is where the flow goes on. */
  void gather(int height, Strand... strands) {
    for (Strand strand : strands) {
      y = Math.max(y, strand.y() + height);
    }
    for (Strand strand : strands) {
      if (strand.y() < y) {
        strand.arrow(y - strand.y(), "");
      }
    }
  }

  /** "V × D = 32,000 × 4,096". */
  static String shape(String rows, long r, String cols, long c) {
    return "%s × %s = %s × %s".formatted(rows, cols, Quantity.exact(r), Quantity.exact(c));
  }

  static String bias(boolean bias) {
    return bias ? " + bias" : "";
  }
}
