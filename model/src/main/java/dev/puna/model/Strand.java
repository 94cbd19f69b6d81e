package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;

/** One of several columns beside each other, drawn downwards. */
final class Strand {
  private static final int WIDTH = Flow.COLUMN;

  private final Svg svg;
  private final int x;
  private int y;

  Strand(Svg svg, int x, int y) {
    this.svg = svg;
    this.x = x;
    this.y = y;
  }

  int x() {
    return x;
  }

  int y() {
    return y;
  }

  /** A projection. */
  Strand linear(String title, String shape) {
    Flow.box(svg, x - WIDTH / 2, y, WIDTH, title, shape, Paint.LINEAR);
    y += 48;
    return this;
  }

  /** A step of one line. */
  Strand step(String text, Paint paint) {
    svg.box(x - WIDTH / 2, y, WIDTH, 30, paint);
    svg.text(x, y + 20, WIDTH - 16, text, Type.LABEL, Anchor.MIDDLE);
    y += 30;
    return this;
  }

  Strand arrow(int height, String shape) {
    if (height > 0) {
      svg.arrow(x, y, x, y + height - 1);
      svg.text(x + 10, y + Math.min(height, 30) / 2 + 3, WIDTH / 2 + 10, shape, Type.NOTE,
          Anchor.START);
      y += height;
    }
    return this;
  }
}
