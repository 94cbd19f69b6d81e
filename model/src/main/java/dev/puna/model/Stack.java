package dev.puna.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pile of layers with its way in: the decoder's, or that of the source it attends to.
 *
 * @param name "decoder" or "encoder"
 * @param prefix of its weights' names, before "blk."
 * @param atOnce whether its text is read as a whole
 */
record Stack(
    String name, String prefix, Embedding embedding, List<Spec.Layer> layers, boolean atOnce) {

  /** The one whose rows leave the model. */
  static Stack of(Spec spec) {
    boolean encoder = spec.reading() instanceof Reading.AtOnce;
    return new Stack(
        encoder ? "encoder" : "decoder",
        spec.source() == null ? "" : "dec.",
        spec.embedding(),
        spec.layers(),
        encoder);
  }

  /** The one that the decoder attends to; null without an encoder. */
  static @Nullable Stack source(Spec spec) {
    return spec.source() == null
        ? null
        : new Stack("encoder", "enc.", spec.source().embedding(), spec.source().layers(), true);
  }
}
