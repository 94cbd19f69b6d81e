package dev.puna.formats;

import dev.puna.tensor.DType;
import org.jspecify.annotations.Nullable;

/** PyTorch's types of numbers, as a pickle names them ({@code c10/core/ScalarType.h}). */
enum TorchType implements Pickled.Global {
  F32("float32", "FloatStorage", 4, DType.F32),
  F16("float16", "HalfStorage", 2, DType.F16),
  BF16("bfloat16", "BFloat16Storage", 2, DType.BF16),
  F64("float64", "DoubleStorage", 8, null),
  F8_E4M3("float8_e4m3fn", null, 1, DType.F8_E4M3),
  F8_E5M2("float8_e5m2", null, 1, DType.F8_E5M2),
  I64("int64", "LongStorage", 8, null),
  I32("int32", "IntStorage", 4, null),
  I16("int16", "ShortStorage", 2, null),
  I8("int8", "CharStorage", 1, null),
  U8("uint8", "ByteStorage", 1, null),
  U16("uint16", null, 2, null),
  U32("uint32", null, 4, null),
  U64("uint64", null, 8, null),
  BOOL("bool", "BoolStorage", 1, null),
  C64("complex64", "ComplexFloatStorage", 8, null),
  C128("complex128", "ComplexDoubleStorage", 16, null);

  private final String dtype;
  private final @Nullable String storage;
  private final int bytes;
  private final @Nullable DType type;

  TorchType(String dtype, @Nullable String storage, int bytes, @Nullable DType type) {
    this.dtype = dtype;
    this.storage = storage;
    this.bytes = bytes;
    this.type = type;
  }

  /** The type that is {@code torch.NAME}, or null. */
  static @Nullable TorchType ofDtype(String name) {
    for (TorchType type : values()) {
      if (type.dtype.equals(name)) {
        return type;
      }
    }
    return null;
  }

  /** The type of a storage class, or null. */
  static @Nullable TorchType ofStorage(String name) {
    for (TorchType type : values()) {
      if (name.equals(type.storage)) {
        return type;
      }
    }
    return null;
  }

  /** Bytes of a number. */
  int bytes() {
    return bytes;
  }

  /** The type of a matrix of such numbers; null if there is none. */
  @Nullable DType type() {
    return type;
  }
}
