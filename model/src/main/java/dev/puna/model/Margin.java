package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import java.util.List;

/** The column of notes beside the picture; a note that finds no room slides down. */
final class Margin {
  static final int X = 810;
  static final int WIDTH = 260;

  private static final int LINE = 17;

  /** Where dashed lines turn: right of the panels, left of the notes. */
  private static final int TURN = 795;

  private int free;

  Margin(int top) {
    free = top;
  }

  /** The height from which on there is nothing yet. */
  int free() {
    return free;
  }

  void taken(int to) {
    free = Math.max(free, to);
  }

  /**
   * What is kept of a sequence, tied to what keeps it.
   *
   * @param edge right end of what keeps it
   * @param middle its height
   */
  void state(Svg svg, int edge, int middle, String title, List<String> lines) {
    int height = 40 + LINE * lines.size();
    int top = Math.max(free, middle - height / 2);
    int at = top + height / 2;
    svg.dashed(true, true, edge + 2, middle, TURN, middle, TURN, at, X - 2, at);
    svg.box(X, top, WIDTH, height, Paint.STATE);
    svg.text(X + 16, top + 24, WIDTH - 32, title, Type.LABEL, Anchor.START);
    for (int i = 0; i < lines.size(); i++) {
      boolean last = i == lines.size() - 1;
      int y = top + 44 + LINE * i;
      svg.text(X + 16, y, WIDTH - 32, lines.get(i), last ? Type.BODY : Type.NOTE, Anchor.START);
    }
    taken(top + height + 24);
  }
}
