package dev.puna.model;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.List;

/** {@code general.file_type}: what most matrices of a GGUF file are, as llama.cpp numbers it. */
public final class GgufFileType {
  private GgufFileType() {}

  /** The types that a GGUF file can be of, in the order of {@link DType}. */
  public static List<DType> all() {
    return Arrays.stream(DType.values()).filter(type -> number(type) >= 0).toList();
  }

  /**
   * The number of a type ({@code enum llama_ftype} in llama.h; of the K types the smallest
   * mixture's).
   *
   * @throws PunaException if no file is of that type
   */
  static int of(DType type) {
    int number = number(type);
    if (number < 0) {
      throw new PunaException("no GGUF file is of type " + type, "choose one of " + all());
    }
    return number;
  }

  private static int number(DType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q2_K -> 10;
      case Q3_K -> 11;
      case Q4_K -> 14;
      case Q5_K -> 16;
      case Q6_K -> 18;
      case IQ4_NL -> 25;
      case IQ4_XS -> 30;
      case BF16 -> 32;
      case MXFP4 -> 38;
      case Q8_K, F8_E4M3, F8_E5M2, AFFINE4 -> -1;
    };
  }
}
