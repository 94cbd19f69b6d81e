package dev.puna.program;

/**
 * The memory of what sequences leave behind, in blocks of a fixed number of tokens. Who owns which
 * block is the caller's business; the backend knows only slots. Closing frees it.
 */
public interface State extends AutoCloseable {
  /** Copies all layers' content of a block, for a sequence that continues on its own. */
  void copyBlock(int from, int to);

  /** Copies what sequences keep as a whole ({@link StateSpec.PerSequence}) from place to place. */
  void copyPlace(int from, int to);

  /** Memory held, in bytes. */
  long bytes();

  @Override
  void close();
}
