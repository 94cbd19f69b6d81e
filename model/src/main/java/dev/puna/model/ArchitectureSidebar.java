package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.StateSpace;
import dev.puna.program.Weight;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** The notes beside the picture: what the letters mean, and where the parameters are. */
final class ArchitectureSidebar {
  private static final int X = Margin.X;
  private static final int WIDTH = Margin.WIDTH;
  private static final int LINE = 18;

  private ArchitectureSidebar() {}

  /** Parts of a model that hold parameters. */
  private enum Part {
    EMBEDDING("Embedding", Paint.EMBEDDING),
    ATTENTION("Attention", Paint.ATTENTION),
    STATE_SPACE("State space", Paint.ROTATION),
    FEED_FORWARD("Feed-forward", Paint.LINEAR),
    EXPERTS("Experts", Paint.ACTIVATION),
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
      if (name.contains("attn_")) {
        return ATTENTION;
      }
      if (name.contains("_exps") || name.contains("_shexp") || name.contains("_inp")) {
        return EXPERTS;
      }
      if (name.contains(".ffn_")) {
        return FEED_FORWARD;
      }
      if (name.contains(".ssm_")) {
        return STATE_SPACE;
      }
      return name.contains("_embd") || name.startsWith("token_types")
          ? EMBEDDING
          : name.startsWith("output") ? OUTPUT : OTHER;
    }
  }

  /** The letters with their numbers; returns the height below. */
  static int legend(Svg svg, Description model, int top) {
    SequencedMap<String, String> letters = letters(model);
    int y = heading(svg, top + 12, "Letters");
    for (Map.Entry<String, String> letter : letters.entrySet()) {
      svg.text(X, y, letter.getKey(), Type.LABEL, Anchor.START);
      svg.text(X + 24, y, WIDTH - 24, letter.getValue(), Type.BODY, Anchor.START);
      y += LINE;
    }
    return positions(svg, model, y + 6);
  }

  private static SequencedMap<String, String> letters(Description model) {
    SequencedMap<String, String> letters = new LinkedHashMap<>();
    letters.put("T", "tokens of a step");
    if (model.spec().source() != null) {
      letters.put("S", "tokens of the source");
    }
    if (model.spec().head() instanceof Spec.Logits) {
      letters.put("R", "rows that are asked for");
    }
    letters.put("V", "vocabulary" + equal(model.spec().vocab()));
    letters.put("D", "width" + equal(model.spec().width()));
    put(letters, model, "F", "feed-forward", LayerFact.FEED_FORWARD);
    put(letters, model, "E", "experts", LayerFact.EXPERTS);
    put(letters, model, "H", "query heads", LayerFact.HEADS);
    put(letters, model, "K", "key/value heads", LayerFact.KV_HEADS);
    put(letters, model, "h", "columns of a head", LayerFact.HEAD_SIZE);
    for (Spec.Layer layer : model.stack().layers()) {
      switch (layer.mixer()) {
        case Spec.Attention a -> {}
        case Spec.LatentAttention a -> {
          letters.put("c", "columns of a latent row" + equal(a.rank()));
          letters.put("p", "columns that turn" + equal(a.rotation().size()));
          if (a.queryRank() > 0) {
            letters.put("r", "columns of a latent query" + equal(a.queryRank()));
          }
        }
        case Spec.Mamba m -> {
          states(letters, m.space());
          letters.put("r", "columns that steps are made of" + equal(m.stepRank()));
        }
        case Spec.Mamba2 m -> {
          states(letters, m.space());
          letters.put("G", "groups of inputs, outputs" + equal(m.space().groups()));
          letters.put("H", "heads" + equal(m.space().heads()));
        }
      }
    }
    return letters;
  }

  private static void states(Map<String, String> letters, StateSpace space) {
    letters.put("C", "columns of the state space" + equal(space.columns()));
    letters.put("N", "states of a column" + equal(space.states()));
  }

  private static void put(
      Map<String, String> letters, Description model, String letter, String word, LayerFact fact) {
    List<Object> values = fact.values(model.stack());
    if (!values.isEmpty()) {
      letters.put(
          letter,
          values.stream()
              .map(value -> Quantity.exact(((Number) value).longValue()))
              .limit(3)
              .collect(Collectors.joining(", ", word + " = ", "")));
    }
  }

  private static int positions(Svg svg, Description model, int top) {
    int y = top;
    for (String sentence : DescriptionText.sentences(model.stack(), LayerFact.POSITION)) {
      for (String line : wrapped(sentence)) {
        svg.text(X, y, WIDTH, line, Type.NOTE, Anchor.START);
        y += LINE;
      }
    }
    return y;
  }

  private static List<String> wrapped(String sentence) {
    return sentence.lines().flatMap(l -> Svg.wrap(l, WIDTH, Type.NOTE).stream()).limit(6).toList();
  }

  private static String equal(long number) {
    return " = " + Quantity.exact(number);
  }

  /** How many parameters each part has; returns the height below. */
  static int parameters(Svg svg, Description model, int top) {
    Map<Part, Long> counts = new EnumMap<>(Part.class);
    for (Weight w : model.weights()) {
      counts.merge(Part.of(w), w.elements(), Long::sum);
    }
    ParameterCount count = ParameterCount.of(model.programs());
    int y = heading(svg, top, "Parameters");
    for (Map.Entry<Part, Long> part : counts.entrySet()) {
      y = bar(svg, y, part.getKey(), part.getValue(), Math.max(1, count.total()));
    }
    if (model.tied()) {
      svg.text(X, y, WIDTH, "the output projection is the embedding", Type.NOTE, Anchor.START);
      y += LINE + 4;
    }
    svg.thread(X, y - 8, X + WIDTH, y - 8, Paint.LAYER.stroke());
    y = sum(svg, y + 10, "in all", count.total());
    return count.isSparse() ? sum(svg, y, "met by a token", count.active()) : y;
  }

  private static int sum(Svg svg, int y, String label, long count) {
    svg.text(X, y, label, Type.LABEL, Anchor.START);
    svg.text(X + WIDTH, y, Quantity.exact(count), Type.LABEL, Anchor.END);
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
