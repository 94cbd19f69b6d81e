package dev.puna.bench;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.Arrays;

/**
 * What llama.cpp's quantizer makes of a LLaMA's tensors (src/llama-quant.cpp): vectors stay F32,
 * quantized files have an output projection of 6 bits unless they have 8 anyway, and the mixtures
 * called M store some layers' value and down projections in 6 bits.
 */
public enum SyntheticType {
  F16(1, DType.F16),
  BF16(32, DType.BF16),
  Q8_0(7, DType.Q8_0),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q5_0(8, DType.Q5_0),
  Q5_1(9, DType.Q5_1),
  Q4_K_M(15, DType.Q4_K),
  Q5_K_M(17, DType.Q5_K),
  Q6_K(18, DType.Q6_K);

  private final int number;
  private final DType usual;

  SyntheticType(int number, DType usual) {
    this.number = number;
    this.usual = usual;
  }

  /** The type of that name. */
  public static SyntheticType named(String name) {
    return Arrays.stream(values())
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new PunaException(
                    "no type is called \"" + name + "\"",
                    "choose one of " + Arrays.toString(values())));
  }

  /** {@code enum llama_ftype}. */
  int number() {
    return number;
  }

  boolean quantized() {
    return usual.blockSize() > 1;
  }

  /**
   * How a tensor is stored.
   *
   * @param layers of the whole model
   */
  DType of(String tensor, int layers) {
    if (tensor.endsWith("norm.weight")) {
      return DType.F32;
    }
    if (tensor.equals("output.weight")) {
      return quantized() && this != Q8_0 ? DType.Q6_K : usual;
    }
    boolean mixed = this == Q4_K_M || this == Q5_K_M;
    boolean sensitive = tensor.endsWith("attn_v.weight") || tensor.endsWith("ffn_down.weight");
    return mixed && sensitive && moreBits(layer(tensor), layers) ? DType.Q6_K : usual;
  }

  private static int layer(String tensor) {
    return Integer.parseInt(tensor.split("\\.", -1)[1]);
  }

  /** The first eighth of the layers, the last, and every third between. */
  private static boolean moreBits(int layer, int layers) {
    int eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
  }
}
