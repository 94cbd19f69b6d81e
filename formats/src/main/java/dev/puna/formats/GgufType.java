package dev.puna.formats;

import org.jspecify.annotations.Nullable;

/**
 * Types of GGUF metadata values; the ordinal is the number in the file ({@code
 * gguf_metadata_value_type} in ggml's docs/gguf.md).
 */
enum GgufType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private static final GgufType[] ALL = values();

  private final int leastBytes;

  GgufType(int leastBytes) {
    this.leastBytes = leastBytes;
  }

  static @Nullable GgufType of(long id) {
    return id >= 0 && id < ALL.length ? ALL[(int) id] : null;
  }

  int id() {
    return ordinal();
  }

  /** The fewest bytes a value takes: those of an empty string or an empty array. */
  int leastBytes() {
    return leastBytes;
  }
}
