package dev.puna.model;

import dev.puna.program.Heads;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import org.jspecify.annotations.Nullable;

/**
 * The order of rows of query and key projections: a layout puts the columns of a head that turn
 * together side by side (GGUF's llama, Meta's), or half a head apart (Hugging Face's).
 */
final class RowOrder {
  private RowOrder() {}

  /**
   * From which row of a checkpoint each row of another layout comes, which the same model has
   * there; null if the order stays.
   */
  static int @Nullable [] of(Spec spec, Weight weight, Spec there) {
    int layer = layer(weight.name());
    return layer >= 0
            && there.layers().get(layer).mixer() instanceof Spec.Attention a
            && !a.rotations().isEmpty()
        ? of(spec, weight, a.rotations().getFirst().pairing())
        : null;
  }

  /**
   * From which row of a checkpoint each row of another layout comes; null if the order stays.
   *
   * @param wanted the other layout's pairing
   */
  static int @Nullable [] of(Spec spec, Weight weight, Rotation.Pairing wanted) {
    int layer = layer(weight.name());
    if (layer < 0) {
      return null;
    }
    return switch (spec.layers().get(layer).mixer()) {
      case Spec.Attention a -> {
        Heads h = a.heads();
        boolean query = weight.name().contains(".attn_q.");
        boolean key = weight.name().contains(".attn_k.");
        if (a.rotations().isEmpty() || !(query || key)) {
          yield null;
        }
        Rotation rotation = a.rotations().getFirst();
        yield rotation.pairing() == wanted
            ? null
            : order(query ? h.query() : h.kv(), h.size(), rotation.size(), wanted);
      }
      default -> null;
    };
  }

  /** Adjacent row 2i + half of a head is row half·turning/2 + i of the other order. */
  private static int[] order(int heads, int headSize, int turning, Rotation.Pairing wanted) {
    int[] order = new int[heads * headSize];
    for (int row = 0; row < order.length; row++) {
      int in = row % headSize;
      int from = in;
      if (in < turning) {
        from =
            switch (wanted) {
              case ADJACENT -> in % 2 * (turning / 2) + in / 2;
              case HALVES -> in % (turning / 2) * 2 + in / (turning / 2);
            };
      }
      order[row] = row - in + from;
    }
    return order;
  }

  /** The number in "blk.3.attn_q.weight", or -1. */
  static int layer(String name) {
    if (!name.startsWith("blk.")) {
      return -1;
    }
    return Integer.parseInt(name.substring(4, name.indexOf('.', 4)));
  }
}
