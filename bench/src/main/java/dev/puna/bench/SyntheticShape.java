package dev.puna.bench;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * Sizes of a LLaMA, and the tensors that follow from them.
 *
 * @param width columns of an activation
 * @param feedForward columns between a layer's gate and down projections
 * @param context tokens that the file declares
 */
public record SyntheticShape(
    int width, int layers, int heads, int kvHeads, int feedForward, int vocabulary, int context) {

  private enum Known {
    TINY("tiny", new SyntheticShape(256, 3, 4, 2, 512, 512, 256)),
    TINYLLAMA_1_1B("1.1b", new SyntheticShape(2048, 22, 32, 4, 5632, 32_000, 4096)),
    LLAMA2_7B("7b", new SyntheticShape(4096, 32, 32, 32, 11_008, 32_000, 4096));

    private final String title;
    private final SyntheticShape shape;

    Known(String title, SyntheticShape shape) {
      this.title = title;
      this.shape = shape;
    }
  }

  /**
   * @param name 1.1b, 7b, or tiny
   */
  public static SyntheticShape named(String name) {
    for (Known known : Known.values()) {
      if (known.title.equals(name)) {
        return known.shape;
      }
    }
    throw new PunaException(
        "no shape is called \"" + name + "\"",
        Arrays.stream(Known.values())
            .map(known -> known.title)
            .collect(Collectors.joining(", ", "choose one of ", "")));
  }

  /** Columns of a head. */
  int headSize() {
    return width / heads;
  }

  /** Each tensor's shape, outermost first, by the name that GGUF gives it. */
  SequencedMap<String, List<Long>> tensors() {
    SequencedMap<String, List<Long>> all = new LinkedHashMap<>();
    all.put("token_embd.weight", shape(vocabulary, width));
    for (int i = 0; i < layers; i++) {
      layer("blk." + i + ".", all);
    }
    all.put("output_norm.weight", shape(width));
    all.put("output.weight", shape(vocabulary, width));
    return all;
  }

  private void layer(String blk, SequencedMap<String, List<Long>> all) {
    int kv = kvHeads * headSize();
    all.put(blk + "attn_norm.weight", shape(width));
    all.put(blk + "attn_q.weight", shape(width, width));
    all.put(blk + "attn_k.weight", shape(kv, width));
    all.put(blk + "attn_v.weight", shape(kv, width));
    all.put(blk + "attn_output.weight", shape(width, width));
    all.put(blk + "ffn_norm.weight", shape(width));
    all.put(blk + "ffn_gate.weight", shape(feedForward, width));
    all.put(blk + "ffn_up.weight", shape(feedForward, width));
    all.put(blk + "ffn_down.weight", shape(width, feedForward));
  }

  private static List<Long> shape(int... sizes) {
    List<Long> shape = new ArrayList<>();
    for (int size : sizes) {
      shape.add((long) size);
    }
    return shape;
  }
}
