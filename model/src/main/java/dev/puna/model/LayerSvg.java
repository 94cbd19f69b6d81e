package dev.puna.model;

import dev.puna.model.Svg.Anchor;
import dev.puna.model.Svg.Paint;
import dev.puna.model.Svg.Type;
import dev.puna.program.Normalization;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Draws one kind of layer as a panel across the stream. */
final class LayerSvg {
  /** Where the skip connections run. */
  private static final int SKIP = 68;

  /** Where the input of a parallel part runs. */
  private static final int BESIDE = 84;

  private final Svg page;
  private final Svg svg = new Svg();
  private final Flow flow;
  private final Description model;
  private final Stack stack;
  private final Spec.Layer layer;
  private final List<Integer> numbers;
  private final int top;
  private final int width;
  private final AttentionSvg attention;
  private final StateSpaceSvg stateSpace;
  private final FeedForwardSvg feedForward;

  /**
   * @param numbers the layers that are of this kind
   */
  LayerSvg(
      Svg page,
      Margin margin,
      Description model,
      Stack stack,
      Spec.Layer layer,
      List<Integer> numbers,
      int top) {
    this.page = page;
    this.model = model;
    this.stack = stack;
    this.layer = layer;
    this.numbers = numbers;
    this.top = top;
    width = model.spec().width();
    flow = new Flow(svg, top);
    attention = new AttentionSvg(flow, margin, model, stack, layer);
    stateSpace = new StateSpaceSvg(flow, margin, width);
    feedForward = new FeedForwardSvg(flow, width, FeedForwardFacts.activation(stack, layer));
  }

  /** Returns the height below the panel. */
  int draw() {
    header();
    line(58);
    switch (layer.residual()) {
      case Spec.Sequential s -> sequential(s.scale());
      case Spec.Parallel p -> parallel();
      case Spec.Normalized n -> normalized(n.scale());
      case Spec.PostNorm p -> postNorm();
    }
    line(10);
    // the panel lies below what is in it, whose height is known only now
    page.box(Flow.LEFT, top, Flow.RIGHT - Flow.LEFT, flow.y() - top, Paint.LAYER);
    page.append(svg);
    return flow.y();
  }

  private void header() {
    int all = stack.layers().size();
    String which = numbers.size() == all ? "" : " · " + LayerNumbers.words(numbers, all);
    String of = stack.prefix().isEmpty() ? "" : " of the " + stack.name();
    String title = numbers.size() + " × layer" + of + which;
    svg.text(Flow.LEFT + 18, top + 27, 360, title, Type.HEADING, Anchor.START);
    String prefix = stack.prefix() + "blk." + numbers.getFirst() + ".";
    long parameters =
        model.weights().stream()
            .filter(w -> w.name().startsWith(prefix))
            .mapToLong(w -> w.elements())
            .sum();
    String note = Quantity.exact(parameters) + " parameters each";
    svg.text(Flow.RIGHT - 18, top + 27, 300, note, Type.NOTE, Anchor.END);
  }

  private void line(int height) {
    svg.line(Flow.CENTER, flow.y(), Flow.CENTER, flow.y() + height);
    flow.down(height);
  }

  private int fork() {
    svg.dot(Flow.CENTER, flow.y());
    return flow.y();
  }

  /** The stream's two branches meet again, an arrow further down. */
  private void join(int fork, String note) {
    svg.arrow(Flow.CENTER, flow.y(), Flow.CENTER, flow.y() + 18);
    flow.down(30);
    int y = flow.y();
    svg.arrow(Flow.CENTER, fork, SKIP, fork, SKIP, y, Flow.CENTER - 12, y);
    plus(note);
  }

  private void plus(String note) {
    svg.operation(Flow.CENTER, flow.y(), false);
    svg.text(Flow.CENTER + 20, flow.y() + 4, note, Type.NOTE, Anchor.START);
    flow.down(12);
  }

  private void norm(@Nullable Normalization norm) {
    if (norm != null) {
      flow.arrow(16, "");
      flow.norm("", norm, width);
    }
  }

  /** A factor of what flows. */
  private void scaled(float by) {
    if (by != 1) {
      svg.arrow(Flow.CENTER, flow.y(), Flow.CENTER, flow.y() + 16);
      flow.down(28);
      svg.operation(Flow.CENTER, flow.y(), true);
      svg.text(Flow.CENTER + 20, flow.y() + 4, NormFacts.number(by), Type.NOTE, Anchor.START);
      flow.down(11);
    }
  }

  // ---- the ways in which parts join the stream ----

  private static final String RESIDUAL = "residual (T, D)";

  private void sequential(float scale) {
    int fork = fork();
    norm(layer.preMix());
    mixer();
    norm(layer.postMix());
    scaled(scale);
    join(fork, RESIDUAL);
    if (layer.cross() instanceof Spec.Cross cross) {
      line(24);
      fork = fork();
      norm(cross.norm());
      attention.draw(cross);
      join(fork, RESIDUAL);
    }
    if (!(layer.ffn() instanceof Spec.None)) {
      line(24);
      fork = fork();
      norm(layer.preFfn());
      feedForward();
      norm(layer.postFfn());
      scaled(scale);
      join(fork, RESIDUAL);
    }
  }

  /** Both parts read the same rows; the second one's input runs past the first. */
  private void parallel() {
    int fork = fork();
    norm(layer.preMix());
    int second = fork;
    if (layer.preFfn() == null) {
      line(10);
      second = fork();
    }
    mixer();
    norm(layer.postMix());
    join(fork, RESIDUAL);
    int stream = flow.y() + 14;
    int input = stream + 20;
    svg.line(Flow.CENTER, second, BESIDE, second, BESIDE, input, Flow.CENTER, input);
    svg.text(
        BESIDE + 16, input - 5, 250, "the same input, beside attention", Type.NOTE, Anchor.START);
    svg.line(Flow.CENTER, flow.y(), Flow.CENTER, stream);
    flow.down(input - flow.y());
    norm(layer.preFfn());
    feedForward();
    norm(layer.postFfn());
    svg.arrow(Flow.CENTER, flow.y(), Flow.CENTER, flow.y() + 18);
    flow.down(30);
    int y = flow.y();
    svg.arrow(Flow.CENTER, stream, SKIP, stream, SKIP, y, Flow.CENTER - 12, y);
    plus(RESIDUAL);
  }

  private void normalized(float scale) {
    String note = "residual: %s times what was normalized".formatted(NormFacts.number(scale));
    norm(layer.preMix());
    line(10);
    int fork = fork();
    mixer();
    join(fork, note);
    line(12);
    norm(layer.preFfn());
    line(10);
    fork = fork();
    feedForward();
    join(fork, note);
  }

  private void postNorm() {
    int fork = fork();
    mixer();
    join(fork, RESIDUAL);
    norm(layer.postMix());
    if (layer.cross() instanceof Spec.Cross cross) {
      line(16);
      fork = fork();
      attention.draw(cross);
      join(fork, RESIDUAL);
      norm(cross.norm());
    }
    line(16);
    fork = fork();
    feedForward();
    join(fork, RESIDUAL);
    norm(layer.postFfn());
  }

  // ---- parts ----

  private void mixer() {
    switch (layer.mixer()) {
      case Spec.Attention a -> attention.draw(a);
      case Spec.LatentAttention a -> attention.draw(a);
      case Spec.Mamba m -> stateSpace.draw(m);
      case Spec.Mamba2 m -> stateSpace.draw(m);
    }
  }

  private void feedForward() {
    switch (layer.ffn()) {
      case Spec.Dense d -> feedForward.draw(d);
      case Spec.Mlp m -> feedForward.draw(m);
      case Spec.Experts e -> feedForward.draw(e);
      case Spec.None none -> {}
    }
  }
}
