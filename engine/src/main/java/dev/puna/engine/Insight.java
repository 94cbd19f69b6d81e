package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Quantity;
import dev.puna.model.Spec;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a model computes on its way through a text, layer by layer: for looking at, off the fast
 * path.
 *
 * @param layers of the decoder, or of the only stack: those that were asked for, in their order
 * @param source the encoder's; none without one
 */
public record Insight(List<Layer> layers, List<Layer> source) {
  private static final int MOST_GUESSES = 100;

  /** The part of Java's heap that an insight may take. */
  private static final int SHARE = 2;

  /**
   * What is to be seen.
   *
   * @param hidden whether what layers hand on
   * @param attention whether how positions attend to each other
   * @param lens how many tokens to guess at each position after each layer; 0: none
   * @param layers numbers of the layers, from 0; none: all of them
   */
  public record Wanted(boolean hidden, boolean attention, int lens, List<Integer> layers) {
    /**
     * @throws PunaException if so many tokens are not to be guessed
     */
    public Wanted {
      layers = List.copyOf(layers);
      if (lens < 0 || lens > MOST_GUESSES) {
        throw new PunaException(
            lens + " guesses at each position", "ask for up to " + MOST_GUESSES);
      }
    }

    boolean layer(int number) {
      return layers.isEmpty() || layers.contains(number);
    }
  }

  /**
   * What one layer does.
   *
   * @param number from 0
   * @param hidden the residual stream behind it, [T][D]; empty unless asked for
   * @param mixing how it brings positions together
   * @param cross how its positions attend to the source, where the model has one and it was asked
   * @param lens for each position the likeliest next tokens, the first one most, if the model's
   *     head came right after this layer (nostalgebraist 2020: the logit lens); empty unless asked
   *     for, and for layers of an encoder
   */
  public record Layer(
      int number,
      float[][] hidden,
      Mixing mixing,
      Optional<AttentionMap> cross,
      List<List<TokenLogProb>> lens) {}

  /** How a layer brings positions together. */
  public sealed interface Mixing permits AttentionMap, Recurrence, NotAsked {}

  /** By a state that is carried on: there are no weights of positions. */
  public record Recurrence() implements Mixing {}

  /** It was not asked for. */
  public record NotAsked() implements Mixing {}

  /**
   * Loads a model, and looks at how it reads a text.
   *
   * @throws PunaException if the model cannot read it, a layer is not there, an encoder is asked
   *     for guesses, or so much would not fit into Java's heap
   */
  public static Insight of(
      Checkpoint checkpoint, Forward.Input input, Options options, Wanted wanted) {
    check(checkpoint, input, wanted);
    try (LoadedModel model = Forward.load(checkpoint, input, options, 1)) {
      return on(model, input, Forward.room(checkpoint, input), wanted);
    }
  }

  /**
   * The same by a model that is loaded.
   *
   * @param room that nobody else uses meanwhile
   */
  static Insight on(LoadedModel model, Forward.Input input, Room room, Wanted wanted) {
    Checkpoint checkpoint = model.checkpoint;
    check(checkpoint, input, wanted);
    Spec spec = checkpoint.spec();
    int[] own = input.own(checkpoint);
    TextPass pass = new TextPass(model, input, own, room);
    LayerRows rows =
        new LayerRows(
            checkpoint.program(),
            spec.layers().size(),
            i -> Decoder.layerOut(spec, i),
            wanted,
            own.length);
    List<Layer> source = new ArrayList<>();
    Optional<LayerRows> sourceRows = sourceRows(checkpoint, input, wanted);
    if (sourceRows.isPresent()) {
      pass.readSource(sourceRows.get().kept());
      int length = input.ids().length;
      source.addAll(sourceRows.get().layers(model, length, Optional.empty(), List.of()));
    }
    pass.read(rows.kept(), (from, to) -> {});
    rows.requireFinite(model);
    List<List<List<TokenLogProb>>> lenses =
        wanted.lens == 0 ? List.of() : rows.lenses(model, input.adapter());
    return new Insight(rows.layers(model, pass.prefix(), sourceRows, lenses), List.copyOf(source));
  }

  private static Optional<LayerRows> sourceRows(
      Checkpoint checkpoint, Forward.Input input, Wanted wanted) {
    Spec.Encoder encoder = checkpoint.spec().source();
    return Optional.ofNullable(checkpoint.sourceProgram())
        .map(
            program ->
                new LayerRows(
                    program,
                    encoder == null ? 0 : encoder.layers().size(),
                    Decoder::sourceLayerOut,
                    wanted,
                    input.ids().length));
  }

  private static void check(Checkpoint checkpoint, Forward.Input input, Wanted wanted) {
    int layers = checkpoint.spec().layers().size();
    for (int layer : wanted.layers) {
      if (layer < 0 || layer >= layers) {
        throw new PunaException(
            "layer %d of a model with %d".formatted(layer, layers), "they are numbered from 0");
      }
    }
    if (wanted.lens > 0) {
      Head.program(checkpoint);
    }
    long bytes = LayerRows.bytes(checkpoint, input, wanted);
    long heap = Runtime.getRuntime().maxMemory() / SHARE;
    if (bytes > heap) {
      throw new PunaException(
          "looking into the model over %d tokens takes %s, where %s of Java's heap may be used"
              .formatted(input.ids().length, Quantity.bytes(bytes), Quantity.bytes(heap)),
          "ask for fewer layers or a shorter text, or enlarge the heap (-Xmx)");
    }
  }
}
