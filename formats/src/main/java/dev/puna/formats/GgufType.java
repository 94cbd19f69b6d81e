package dev.puna.formats;

import org.jspecify.annotations.Nullable;

/**
 * Types of GGUF metadata values and their numbers in the file ({@code gguf_metadata_value_type} in
 * ggml's docs/gguf.md).
 */
enum GgufType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  STRING(8, 8),
  ARRAY(9, 12),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private final int id;
  private final int leastBytes;

  GgufType(int id, int leastBytes) {
    this.id = id;
    this.leastBytes = leastBytes;
  }

  static @Nullable GgufType of(long id) {
    for (GgufType type : values()) {
      if (type.id == id) {
        return type;
      }
    }
    return null;
  }

  int id() {
    return id;
  }

  /** The fewest bytes a value takes: those of an empty string or an empty array. */
  int leastBytes() {
    return leastBytes;
  }
}
