package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;

/** One of several columns beside each other, drawn downwards from the line that feeds them. */
final class Strand {
  private static final int WIDTH = Flow.COLUMN;

  private final Svg svg;
  private final int x;
  private int y;
  private boolean entered;

  /**
   * @param y of the line that feeds it
   */
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

  private void enter() {
    if (!entered) {
      svg.arrow(x, y, x, y + 17);
      y += 18;
      entered = true;
    }
  }

  /** A projection. */
  Strand linear(String title, String shape) {
    enter();
    Flow.box(svg, x - WIDTH / 2, y, WIDTH, title, shape, Paint.LINEAR);
    y += 48;
    return this;
  }

  /** A step of one line. */
  Strand step(String text, Paint paint) {
    enter();
    svg.box(x - WIDTH / 2, y, WIDTH, 30, paint);
    svg.text(x, y + 20, WIDTH - 16, text, Type.LABEL, Anchor.MIDDLE);
    y += 30;
    return this;
  }

  /** The shape of what flows from here, beside an arrow that is drawn later. */
  Strand label(String shape) {
    svg.text(x + 10, y + 16, WIDTH / 2 + 10, shape, Type.NOTE, Anchor.START);
    return this;
  }

  Strand arrow(int height, String shape) {
    entered = true;
    svg.arrow(x, y, x, y + height - 1);
    label(shape);
    y += height;
    return this;
  }
}
