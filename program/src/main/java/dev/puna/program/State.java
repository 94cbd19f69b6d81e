package dev.puna.program;

import java.lang.foreign.MemorySegment;

/**
 * The memory of what sequences leave behind, in blocks of a fixed number of tokens. Who owns which
 * block is the caller's business; the backend knows only slots. Closing frees it.
 */
public interface State extends AutoCloseable {
  /** Copies all layers' content of a block, for a sequence that continues on its own. */
  void copyBlock(int from, int to);

  /** Copies what sequences keep as a whole ({@link StateSpec.PerSequence}) from place to place. */
  void copyPlace(int from, int to);

  /** Bytes of a block's content, as {@link #readBlock} gives it. */
  long blockBytes();

  /** Bytes of a place's content, as {@link #readPlace} gives it. */
  long placeBytes();

  /** Copies a block's content out of the state; only the same kind of state can take it back. */
  void readBlock(int block, MemorySegment into);

  /** Copies a block's content into the state. */
  void writeBlock(int block, MemorySegment from);

  /** Copies a place's content out of the state. */
  void readPlace(int place, MemorySegment into);

  /** Copies a place's content into the state. */
  void writePlace(int place, MemorySegment from);

  /** Memory held, in bytes. */
  long bytes();

  @Override
  void close();
}
