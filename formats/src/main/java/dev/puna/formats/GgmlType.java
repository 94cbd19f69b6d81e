package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import org.jspecify.annotations.Nullable;

/**
 * ggml's tensor types by the number GGUF files use ({@code enum ggml_type} in ggml.h), and which of
 * them are readable. The only place that knows these numbers.
 */
enum GgmlType {
  F32(0, DType.F32),
  F16(1, DType.F16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3),
  Q4_2(4),
  Q4_3(5),
  Q5_0(6),
  Q5_1(7),
  Q8_0(8, DType.Q8_0),
  Q8_1(9),
  Q2_K(10),
  Q3_K(11),
  Q4_K(12),
  Q5_K(13),
  Q6_K(14),
  Q8_K(15),
  IQ2_XXS(16),
  IQ2_XS(17),
  IQ3_XXS(18),
  IQ1_S(19),
  IQ4_NL(20),
  IQ3_S(21),
  IQ2_S(22),
  IQ4_XS(23),
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
  MXFP4(39),
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
              "use a file in F32, F16, BF16, Q8_0 or Q4_0");
        }
        return known.type;
      }
    }
    throw new PunaException(
        "%s: tensor '%s' is of unknown type %d".formatted(file.path(), tensor, id),
        "the file is damaged, or newer than this program");
  }

  /** The number GGUF files use for {@code type}. */
  static int id(DType type) {
    for (GgmlType known : values()) {
      if (known.type == type) {
        return known.id;
      }
    }
    throw new IllegalArgumentException("GGUF has no type " + type);
  }
}
