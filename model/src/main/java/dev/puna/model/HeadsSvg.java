package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Type;
import dev.puna.program.Heads;

/**
 * Pictures how query heads share key and value heads: a square for each, the sharers of one above
 * it. Squares shrink so that all fit; where even small ones would not, only the first are drawn.
 */
final class HeadsSvg {
  private static final int LABEL = 150;
  private static final int LARGEST = 18;
  private static final int SMALLEST = 10;

  /** The size of squares of which not all are drawn. */
  private static final int CUT = 12;

  private static final int ELLIPSIS = 30;

  /** From the queries' row to that of the keys and values. */
  private static final int ROW = 48;

  /** Neighbouring groups differ in colour: queries light, keys and values dark. */
  private static final String[] LIGHT = {"#e8a57c", "#8fb4de", "#93c7a4", "#c3aede"};

  private static final String[] DARK = {"#b5602b", "#3d74b3", "#3d8a5a", "#7a5ab0"};

  private final Svg svg;
  private final Heads heads;
  private final int room;
  private final int square;
  private final boolean all;

  /**
   * @param width of the strip, which is 96 high
   */
  HeadsSvg(Svg svg, Heads heads, int width) {
    this.svg = svg;
    this.heads = heads;
    room = width - LABEL;
    int fitting = LARGEST;
    while (fitting >= SMALLEST && extent(heads.kv(), heads.group(), fitting) > room) {
      fitting -= 2;
    }
    all = fitting >= SMALLEST;
    square = all ? fitting : CUT;
  }

  private static int gap(int square) {
    return Math.max(3, square / 4);
  }

  private int groupGap(int square) {
    return heads.group() == 1 ? gap(square) : square;
  }

  /** Columns of so many squares beside each other. */
  private static int extent(int squares, int square) {
    return squares * (square + gap(square)) - gap(square);
  }

  private long extent(long groups, int sharers, int square) {
    return groups * ((long) extent(sharers, square) + groupGap(square)) - groupGap(square);
  }

  void draw(int x, int y) {
    label(x, y, "H = %s query %s", heads.query());
    label(x, y + ROW, "K = %s key/value %s", heads.kv());
    String sharing = heads.group() == 1 ? "one for each" : heads.group() + " share one";
    svg.text(x, y + 28, LABEL - 6, sharing, Type.NOTE, Anchor.START);
    String size = "%d × %d columns (H × h)".formatted(heads.query(), heads.size());
    svg.text(x, y + 88, room, size, Type.NOTE, Anchor.START);

    int usable = all ? room : room - ELLIPSIS;
    int most = Math.max(1, (usable + gap(square)) / (square + gap(square)));
    int sharers = Math.min(heads.group(), most);
    int pitch = extent(sharers, square) + groupGap(square);
    int groups = Math.clamp((usable + groupGap(square)) / pitch, 1, heads.kv());
    for (int i = 0; i < groups; i++) {
      group(x + LABEL + i * pitch, y, sharers, i);
    }
    int end = x + LABEL + groups * pitch;
    if (groups * sharers < heads.query()) {
      svg.text(end, y + square - 2, "…", Type.HEADING, Anchor.START);
    }
    if (groups < heads.kv()) {
      svg.text(end, y + ROW + square - 2, "…", Type.HEADING, Anchor.START);
    }
  }

  private void label(int x, int y, String format, int count) {
    String text = format.formatted(Quantity.exact(count), count == 1 ? "head" : "heads");
    svg.text(x, y + 11, LABEL - 6, text, Type.BODY, Anchor.START);
  }

  private void group(int x, int y, int sharers, int number) {
    String light = LIGHT[number % LIGHT.length];
    String dark = DARK[number % DARK.length];
    int kv = x + (extent(sharers, square) - square) / 2;
    for (int i = 0; i < sharers; i++) {
      int at = x + i * (square + gap(square));
      svg.thread(at + square / 2, y + square, kv + square / 2, y + ROW, light);
      svg.bar(at, y, square, square, light);
    }
    svg.bar(kv, y + ROW, square, square, dark);
  }
}
