package dev.puna.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Drawing primitives of an SVG document that needs nothing from outside. Coordinates are whole
 * pixels, y grows downwards; what is drawn later lies above.
 */
final class Svg {
  private static final String FONTS =
      "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

  static final String INK = "#1f2a37";
  static final String MUTED = "#5f6b7a";
  static final String LINE = "#7b8796";
  static final String PAPER = "#fdfcf9";

  /** Fill and outline of a box. */
  enum Paint {
    TOKENS("#ffffff", "#7b8796"),
    EMBEDDING("#ece6f6", "#8f78bd"),
    NORM("#fbf2d5", "#c9a23f"),
    LINEAR("#e2ecf8", "#6390c8"),
    ROTATION("#e0f1e6", "#5fa377"),
    ATTENTION("#fbe8dc", "#cf8355"),
    ACTIVATION("#f9e1e8", "#c56d8c"),
    STATE("#eceff2", "#7b8796"),
    LAYER("#f2f4f7", "#c3ccd7"),
    PART("#ffffff", "#dbe1e8");

    private final String fill;
    private final String stroke;

    Paint(String fill, String stroke) {
      this.fill = fill;
      this.stroke = stroke;
    }

    String fill() {
      return fill;
    }

    String stroke() {
      return stroke;
    }
  }

  /** Sizes and weights of text. */
  enum Type {
    TITLE(26, 600, INK),
    HEADING(15, 600, INK),
    LABEL(13, 600, INK),
    BODY(12, 400, INK),
    NOTE(11, 400, MUTED);

    private final int size;
    private final int weight;
    private final String color;

    Type(int size, int weight, String color) {
      this.size = size;
      this.weight = weight;
      this.color = color;
    }
  }

  /** Which end of a text lies at its x. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  private final StringBuilder body = new StringBuilder();

  /** A rectangle with round corners. */
  void box(int x, int y, int width, int height, Paint paint) {
    int radius = paint == Paint.TOKENS ? height / 2 : 7;
    element(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" stroke=\"%s\""
            + " stroke-width=\"1.25\"/>",
        x, y, width, height, radius, paint.fill, paint.stroke);
  }

  /** A small filled rectangle. */
  void bar(int x, int y, int width, int height, String fill) {
    element(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" fill=\"%s\"/>",
        x, y, width, height, fill);
  }

  /** Text whose baseline is at y. */
  void text(int x, int y, String text, Type type, Anchor anchor) {
    text(x, y, Integer.MAX_VALUE, text, type, anchor);
  }

  /** Text that is set smaller, and at last cut, so that it fits into {@code width}. */
  void text(int x, int y, int width, String text, Type type, Anchor anchor) {
    if (text.isEmpty()) {
      return;
    }
    double size = type.size;
    double wide = width(text, type.size);
    if (wide > width) {
      size = Math.max(8, Math.floor(type.size * width / wide * 2) / 2);
    }
    String fitting = text;
    while (width(fitting, size) > width && fitting.length() > 2) {
      int keep = fitting.offsetByCodePoints(fitting.length(), fitting.endsWith("…") ? -2 : -1);
      fitting = fitting.substring(0, keep) + "…";
    }
    element(
        "<text x=\"%d\" y=\"%d\" font-size=\"%s\" font-weight=\"%d\" fill=\"%s\""
            + " text-anchor=\"%s\">%s</text>",
        x,
        y,
        Quantity.plain(size),
        type.weight,
        type.color,
        anchor.name().toLowerCase(Locale.ROOT),
        escaped(fitting));
  }

  /** An estimate on the safe side: the widest of the common sans-serif fonts. */
  private static double width(String text, double size) {
    double ems =
        text.codePoints()
            .mapToDouble(
                c -> ".,:;'| ilj·".indexOf(c) >= 0 ? 0.36 : c == 'm' || c == 'w' ? 0.95 : 0.64)
            .sum();
    return ems * size;
  }

  /** A text in lines that fit into {@code width}, broken between words. */
  static List<String> wrap(String text, int width, Type type) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && width(line + " " + word, type.size) > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** Puts another drawing above this one. */
  void append(Svg other) {
    body.append(other.body);
  }

  /** Straight lines through points x, y, x, y, ... */
  void line(int... points) {
    path("", points);
  }

  /** The same with an arrowhead at the end. */
  void arrow(int... points) {
    path(" marker-end=\"url(#head)\"", points);
  }

  /** Dashed, with arrowheads where asked for. */
  void dashed(boolean first, boolean last, int... points) {
    path(
        " stroke-dasharray=\"5 4\""
            + (first ? " marker-start=\"url(#tail)\"" : "")
            + (last ? " marker-end=\"url(#head)\"" : ""),
        points);
  }

  private void path(String attributes, int... points) {
    StringBuilder d = new StringBuilder();
    for (int i = 0; i < points.length; i += 2) {
      d.append(i == 0 ? "M" : " L").append(points[i]).append(' ').append(points[i + 1]);
    }
    element(
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\""
            + " stroke-linejoin=\"round\"%s/>",
        d, LINE, attributes);
  }

  /** A thin line in a colour of its own. */
  void thread(int x1, int y1, int x2, int y2, String color) {
    element(
        "<path d=\"M%d %d L%d %d\" fill=\"none\" stroke=\"%s\" stroke-width=\"1\"/>",
        x1, y1, x2, y2, color);
  }

  /** Where a line forks. */
  void dot(int x, int y) {
    element("<circle cx=\"%d\" cy=\"%d\" r=\"3\" fill=\"%s\"/>", x, y, LINE);
  }

  /** An element-wise operation: "+" or "×" in a circle around (x, y). */
  void operation(int x, int y, boolean product) {
    int r = 11;
    element(
        "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"#ffffff\" stroke=\"%s\""
            + " stroke-width=\"1.5\"/>",
        x, y, r, LINE);
    if (product) {
      element("<circle cx=\"%d\" cy=\"%d\" r=\"2.5\" fill=\"%s\"/>", x, y, INK);
    } else {
      element(
          "<path d=\"M%d %d h10 M%d %d v10\" stroke=\"%s\" stroke-width=\"1.5\"/>",
          x - 5, y, x, y - 5, INK);
    }
  }

  private void element(String format, Object... arguments) {
    body.append("  ").append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  /** The document, with its background. */
  String document(int width, int height, String title) {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" \
    viewBox="0 0 %1$d %2$d" role="img" font-family="%3$s">
      <title>%4$s</title>
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6.5" \
    markerHeight="6.5" orient="auto">
          <path d="M0 0.5 L8 4 L0 7.5 z" fill="%5$s"/>
        </marker>
        <marker id="tail" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="6.5" \
    markerHeight="6.5" orient="auto">
          <path d="M8 0.5 L0 4 L8 7.5 z" fill="%5$s"/>
        </marker>
      </defs>
      <rect width="%1$d" height="%2$d" fill="%6$s"/>
    %7$s</svg>
    """
        .formatted(width, height, FONTS, escaped(title), LINE, PAPER, body);
  }

  /** Names come from files: markup is escaped, and what XML 1.0 cannot hold becomes "?". */
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(allowed(c) ? c : '?');
              }
            });
    return escaped.toString();
  }

  private static boolean allowed(int c) {
    return c >= 0x20 && c < 0xD800 || c >= 0xE000 && c < 0xFFFE || c >= 0x10000;
  }
}
