package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * ggml's tensor types by the number GGUF files use ({@code enum ggml_type} in ggml.h), and which of
 * them are readable. The only place that knows these numbers.
 */
enum GgmlType {
  F32(0, DType.F32),
  F16(1, DType.F16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q4_2(4),
  Q4_3(5),
  Q5_0(6, DType.Q5_0),
  Q5_1(7, DType.Q5_1),
  Q8_0(8, DType.Q8_0),
  Q8_1(9),
  Q2_K(10, DType.Q2_K),
  Q3_K(11, DType.Q3_K),
  Q4_K(12, DType.Q4_K),
  Q5_K(13, DType.Q5_K),
  Q6_K(14, DType.Q6_K),
  Q8_K(15, DType.Q8_K),
  IQ2_XXS(16),
  IQ2_XS(17),
  IQ3_XXS(18),
  IQ1_S(19),
  IQ4_NL(20, DType.IQ4_NL),
  IQ3_S(21),
  IQ2_S(22),
  IQ4_XS(23, DType.IQ4_XS),
  I8(24),
  I16(25),
  I32(26),
  I64(27),
  F64(28),
  IQ1_M(29),
  BF16(30, DType.BF16),
  Q4_0_4_4(31),
  Q4_0_4_8(32),
  Q4_0_8_8(33),
  TQ1_0(34),
  TQ2_0(35),
  IQ4_NL_4_4(36),
  IQ4_NL_4_8(37),
  IQ4_NL_8_8(38),
  MXFP4(39, DType.MXFP4),
  NVFP4(40),
  Q1_0(41);

  private final int id;
  private final @Nullable DType type;

  GgmlType(int id) {
    this(id, null);
  }

  GgmlType(int id, @Nullable DType type) {
    this.id = id;
    this.type = type;
  }

  /** The type with number {@code id}; {@code tensor} is named in the error if there is none. */
  static DType dtype(MappedFile file, String tensor, long id) {
    for (GgmlType known : values()) {
      if (known.id == id) {
        if (known.type == null) {
          throw new PunaException(
              "%s: tensor '%s' is of type %s, not supported yet"
                  .formatted(file.path(), tensor, known),
              "use a file in " + readable());
        }
        return known.type;
      }
    }
    throw new PunaException(
        "%s: tensor '%s' is of unknown type %d".formatted(file.path(), tensor, id),
        "the file is damaged, or newer than this program");
  }

  private static String readable() {
    return Arrays.stream(values())
        .filter(known -> known.type != null)
        .map(Enum::name)
        .collect(Collectors.joining(", "));
  }

  /** Whether GGUF has a number for {@code type}. */
  static boolean has(DType type) {
    return Arrays.stream(values()).anyMatch(known -> known.type == type);
  }

  /**
   * The number GGUF files use for {@code type}.
   *
   * @throws PunaException if it has none
   */
  static int id(DType type) {
    for (GgmlType known : values()) {
      if (known.type == type) {
        return known.id;
      }
    }
    throw new PunaException("GGUF has no type " + type, "write one of " + readable());
  }
}
