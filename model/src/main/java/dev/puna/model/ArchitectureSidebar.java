package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Weight;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** The notes beside the picture: what the letters mean, and where the parameters are. */
final class ArchitectureSidebar {
  private static final int X = ArchitectureSvg.SIDE;
  private static final int WIDTH = ArchitectureSvg.SIDE_WIDTH;
  private static final int LINE = 18;

  private ArchitectureSidebar() {}

  /** Parts of a model that hold parameters. */
  private enum Part {
    EMBEDDING("Embedding", Paint.EMBEDDING),
    ATTENTION("Attention", Paint.ATTENTION),
    FEED_FORWARD("Feed-forward", Paint.LINEAR),
    NORMALIZATION("Normalization", Paint.NORM),
    OUTPUT("Output projection", Paint.ROTATION),
    OTHER("Other", Paint.STATE);

    private final String title;
    private final Paint paint;

    Part(String title, Paint paint) {
      this.title = title;
      this.paint = paint;
    }

    /** By the weight's canonical name. */
    static Part of(Weight weight) {
      String name = weight.name();
      if (name.contains("norm")) {
        return NORMALIZATION;
      }
      if (name.contains(".attn_")) {
        return ATTENTION;
      }
      if (name.contains(".ffn_")) {
        return FEED_FORWARD;
      }
      return switch (name) {
        case "token_embd.weight" -> EMBEDDING;
        case "output.weight", "output.bias" -> OUTPUT;
        default -> OTHER;
      };
    }
  }

  /** The letters with their numbers; returns the height below. */
  static int legend(Svg svg, Description model, int top) {
    SequencedMap<String, String> letters = new LinkedHashMap<>();
    letters.put("T", "tokens of a step");
    letters.put("R", "rows that are asked for");
    letters.put("V", "vocabulary" + equal(model.spec().vocab()));
    letters.put("D", "width" + equal(model.spec().width()));
    letters.put("F", "feed-forward" + values(model, LayerFact.FEED_FORWARD));
    letters.put("H", "query heads" + values(model, LayerFact.HEADS));
    letters.put("K", "key/value heads" + values(model, LayerFact.KV_HEADS));
    letters.put("h", "columns of a head" + values(model, LayerFact.HEAD_SIZE));
    int y = heading(svg, top + 12, "Letters");
    for (Map.Entry<String, String> letter : letters.entrySet()) {
      svg.text(X, y, letter.getKey(), Type.LABEL, Anchor.START);
      svg.text(X + 24, y, WIDTH - 24, letter.getValue(), Type.BODY, Anchor.START);
      y += LINE;
    }
    return rotation(svg, model, y + 6);
  }

  /** Of the first layer: the few models whose layers turn differently say so in words only. */
  private static int rotation(Svg svg, Description model, int top) {
    int y = top;
    String sentence = LayerFact.POSITION.sentence(model.spec().layers().getFirst());
    for (String line : sentence.split("; ")) {
      svg.text(X, y, WIDTH, line, Type.BODY, Anchor.START);
      y += LINE;
    }
    return y;
  }

  private static String values(Description model, LayerFact fact) {
    return model.spec().layers().stream()
        .map(fact::value)
        .distinct()
        .map(value -> Quantity.exact(((Number) value).longValue()))
        .limit(3)
        .collect(Collectors.joining(", ", " = ", ""));
  }

  private static String equal(long number) {
    return " = " + Quantity.exact(number);
  }

  /** How many parameters each part has; returns the height below. */
  static int parameters(Svg svg, Description model, int top) {
    Map<Part, Long> counts = new EnumMap<>(Part.class);
    for (Weight w : model.program().weights()) {
      counts.merge(Part.of(w), w.elements(), Long::sum);
    }
    long total = Math.max(1, model.parameters());
    int y = heading(svg, top, "Parameters");
    for (Map.Entry<Part, Long> count : counts.entrySet()) {
      y = bar(svg, y, count.getKey(), count.getValue(), total);
    }
    if (model.tied()) {
      svg.text(X, y, WIDTH, "the output projection is the embedding", Type.NOTE, Anchor.START);
      y += LINE + 4;
    }
    svg.thread(X, y - 8, X + WIDTH, y - 8, Paint.LAYER.stroke());
    svg.text(X, y + 10, "in all", Type.LABEL, Anchor.START);
    String sum = Quantity.exact(model.parameters());
    svg.text(X + WIDTH, y + 10, sum, Type.LABEL, Anchor.END);
    return y + 20;
  }

  private static int bar(Svg svg, int y, Part part, long count, long total) {
    svg.text(X, y, part.title, Type.BODY, Anchor.START);
    svg.text(X + WIDTH, y, Quantity.exact(count), Type.NOTE, Anchor.END);
    int length = (int) Math.max(2, Math.round((double) count / total * WIDTH));
    svg.bar(X, y + 6, WIDTH, 8, Paint.STATE.fill());
    svg.bar(X, y + 6, length, 8, part.paint.stroke());
    return y + 36;
  }

  private static int heading(Svg svg, int y, String title) {
    svg.text(X, y, title, Type.HEADING, Anchor.START);
    return y + 26;
  }
}
