package dev.puna.program;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The rows of one step, a ragged batch: some sequences bring a chunk of their prompt, others one
 * new token. All of it lies in one native struct of fixed layout, int32 throughout, so that a
 * device can take it in one copy and a captured launch can read it in place:
 *
 * <pre>
 *   tokens | outputs | sequences | blocks         counts
 *   token[rows] position[rows] sequence[rows] slot[rows] rotation[rows]
 *   output[outputs]                               row numbers
 *   table[sequences]                              where each sequence's block table begins
 *   block[blocks]                                 the tables, one after the other
 * </pre>
 *
 * <p>A slot is where a token's keys and values are written: block · blockSize + offset. A row's
 * rotation is the length that its rotary tables are made for: the length of the prompt while it is
 * being read, then the length so far (only scalings that depend on length look at it). Further
 * per-row facts (a second position, a bidirectional prefix, an adapter) become further arrays.
 */
public final class Step implements AutoCloseable {
  private static final int HEADER = 4;

  private final Limits limits;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment ints;
  private final int outputAt;
  private final int tableAt;
  private final int blockAt;
  private int tokens;
  private int outputs;
  private int sequences;
  private int blocks;

  public Step(Limits limits) {
    this.limits = limits;
    outputAt = HEADER + 5 * limits.rows();
    tableAt = outputAt + limits.outputs();
    blockAt = tableAt + limits.sequences();
    ints = arena.allocate(JAVA_INT, (long) blockAt + limits.blocks());
  }

  /** Empties the step. */
  public void clear() {
    tokens = 0;
    outputs = 0;
    sequences = 0;
    blocks = 0;
    header();
  }

  /**
   * Adds a sequence; rows added next belong to it.
   *
   * @param table its block table
   * @param count how many entries of it count
   */
  public void sequence(int[] table, int count) {
    check(sequences < limits.sequences() && blocks + count <= limits.blocks(), "sequences");
    set(tableAt + sequences, blocks);
    MemorySegment.copy(table, 0, ints, JAVA_INT, 4L * (blockAt + blocks), count);
    sequences++;
    blocks += count;
    header();
  }

  /**
   * Adds a token of the latest sequence. Rows of a sequence come in the order of their positions.
   *
   * @param position place in the sequence, from 0; its block must be in the table
   * @param rotation length for which the rotary tables are made
   * @param wanted whether the program's results are wanted for it
   */
  public void add(int token, int position, int rotation, boolean wanted) {
    check(tokens < limits.rows() && sequences > 0, "rows");
    int index = get(tableAt + sequences - 1) + position / limits.blockSize();
    check(position >= 0 && index < blocks, "blocks");
    set(HEADER + tokens, token);
    set(HEADER + limits.rows() + tokens, position);
    set(HEADER + 2 * limits.rows() + tokens, sequences - 1);
    int slot = get(blockAt + index) * limits.blockSize() + position % limits.blockSize();
    set(HEADER + 3 * limits.rows() + tokens, slot);
    set(HEADER + 4 * limits.rows() + tokens, rotation);
    if (wanted) {
      check(outputs < limits.outputs(), "outputs");
      set(outputAt + outputs++, tokens);
    }
    tokens++;
    header();
  }

  public int tokens() {
    return tokens;
  }

  public int outputs() {
    return outputs;
  }

  public int token(int row) {
    return get(HEADER + row);
  }

  public int position(int row) {
    return get(HEADER + limits.rows() + row);
  }

  public int sequence(int row) {
    return get(HEADER + 2 * limits.rows() + row);
  }

  public int slot(int row) {
    return get(HEADER + 3 * limits.rows() + row);
  }

  public int rotation(int row) {
    return get(HEADER + 4 * limits.rows() + row);
  }

  /** The row of the {@code i}-th wanted result. */
  public int output(int i) {
    return get(outputAt + i);
  }

  /** The slot of position {@code position} of the sequence that {@code row} belongs to. */
  public int slotOf(int row, int position) {
    int table = get(tableAt + sequence(row));
    return get(blockAt + table + position / limits.blockSize()) * limits.blockSize()
        + position % limits.blockSize();
  }

  public Limits limits() {
    return limits;
  }

  /** The struct itself. */
  public MemorySegment struct() {
    return ints.asReadOnly();
  }

  @Override
  public void close() {
    arena.close();
  }

  private void header() {
    set(0, tokens);
    set(1, outputs);
    set(2, sequences);
    set(3, blocks);
  }

  private int get(int index) {
    return ints.getAtIndex(JAVA_INT, index);
  }

  private void set(int index, int value) {
    ints.setAtIndex(JAVA_INT, index, value);
  }

  private static void check(boolean fits, String what) {
    if (!fits) {
      throw new IllegalStateException("more " + what + " than the step has room for");
    }
  }
}
