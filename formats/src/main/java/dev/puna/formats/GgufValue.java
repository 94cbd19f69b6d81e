package dev.puna.formats;

import java.lang.foreign.MemorySegment;

/**
 * A metadata value exactly as a GGUF file encodes it. The writer copies it byte for byte, so that a
 * copied file keeps types that {@link GgufMetadata} does not tell apart (UINT32 and UINT64, say),
 * which other programs insist on.
 *
 * @param type the number of its type in the file
 * @param data the encoded value without its type; a slice of the mapped file
 */
public record GgufValue(int type, MemorySegment data) {}
