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
 *   token[rows] position[rows] sequence[rows] slot[rows] rotation[rows] place[rows] second[rows]
 *   output[outputs]                               row numbers
 *   table[sequences] prefix[sequences] source[sequences] sourceLength[sequences]
 *   from[sequences] to[sequences] adapter[sequences]
 *   block[blocks]                                 the block tables, one after the other
 * </pre>
 *
 * <p>A position is a token's number in its sequence; a slot is where its keys and values are
 * written: block · blockSize + offset. A row's rotation is the length that its rotary tables are
 * made for (see {@link RopeScaling.Length}). Its place is what position embeddings look at: the
 * position, but for models that number tokens otherwise; its second place counts within a part of
 * the sequence, or names the part.
 *
 * <p>table and source say where a sequence's block tables begin: its own, and that of the source
 * which it attends to. What it keeps as a whole is read from one place and written to another, so
 * that a step can be run again, or undone. Its adapter is the one whose updates its rows get.
 */
public final class Step implements AutoCloseable {
  private static final int HEADER = 4;
  private static final int ROW_FACTS = 7;
  private static final int SEQUENCE_FACTS = 7;

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
    outputAt = HEADER + ROW_FACTS * limits.rows();
    tableAt = outputAt + limits.outputs();
    blockAt = tableAt + SEQUENCE_FACTS * limits.sequences();
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
    sequences++;
    fact(0, blocks(table, count));
    fact(1, 0);
    fact(2, -1);
    fact(3, 0);
    fact(4, -1);
    fact(5, -1);
    fact(6, -1);
  }

  /** The latest sequence is read as a whole up to {@code length}; see {@link Mask.Prefix}. */
  public void readWhole(int length) {
    fact(1, length);
  }

  /**
   * The latest sequence attends to a source.
   *
   * @param table the source's block table
   * @param count how many entries of it count
   * @param length positions of the source
   */
  public void source(int[] table, int count, int length) {
    check(length <= (long) count * limits.blockSize(), "positions of a source");
    fact(2, blocks(table, count));
    fact(3, length);
  }

  /**
   * Where the latest sequence's {@link StateSpec.PerSequence} states are.
   *
   * @param from place that they are read from; -1 for a sequence that begins, all zeros
   * @param to place that they are written to, another one
   */
  public void places(int from, int to) {
    fact(4, from);
    fact(5, to);
  }

  /**
   * The latest sequence's rows are computed with an adapter; see {@link Updates.Chosen}. A program
   * that has none takes no notice.
   *
   * @param adapter its number; -1 for none, which is so unless said
   */
  public void choose(int adapter) {
    fact(6, adapter);
  }

  private int blocks(int[] table, int count) {
    check(blocks + count <= limits.blocks(), "blocks");
    int at = blocks;
    MemorySegment.copy(table, 0, ints, JAVA_INT, 4L * (blockAt + blocks), count);
    blocks += count;
    header();
    return at;
  }

  /** Sets a fact of the latest sequence. */
  private void fact(int which, int value) {
    check(sequences > 0, "facts");
    set(tableAt + which * limits.sequences() + sequences - 1, value);
  }

  /**
   * Adds a token of the latest sequence, whose place is its position. Rows of a sequence come in
   * the order of their positions.
   *
   * @param position place in the sequence, from 0; its block must be in the table
   * @param rotation length for which the rotary tables are made
   * @param wanted whether the program's results are wanted for it
   */
  public void add(int token, int position, int rotation, boolean wanted) {
    add(token, position, rotation, position, 0, wanted);
  }

  /**
   * Likewise, a token that is numbered otherwise.
   *
   * @param place what position embeddings look at
   * @param second its second place, or its segment
   */
  public void add(int token, int position, int rotation, int place, int second, boolean wanted) {
    check(tokens < limits.rows() && sequences > 0, "rows");
    int index = get(tableAt + sequences - 1) + position / limits.blockSize();
    check(position >= 0 && index < blocks, "blocks");
    int slot = get(blockAt + index) * limits.blockSize() + position % limits.blockSize();
    setRow(0, token);
    setRow(1, position);
    setRow(2, sequences - 1);
    setRow(3, slot);
    setRow(4, rotation);
    setRow(5, place);
    setRow(6, second);
    if (wanted) {
      check(outputs < limits.outputs(), "outputs");
      set(outputAt + outputs++, tokens);
    }
    tokens++;
    header();
  }

  private void setRow(int which, int value) {
    set(HEADER + which * limits.rows() + tokens, value);
  }

  private int row(int which, int row) {
    return get(HEADER + which * limits.rows() + row);
  }

  public int tokens() {
    return tokens;
  }

  public int outputs() {
    return outputs;
  }

  public int token(int row) {
    return row(0, row);
  }

  public int position(int row) {
    return row(1, row);
  }

  public int sequence(int row) {
    return row(2, row);
  }

  public int slot(int row) {
    return row(3, row);
  }

  public int rotation(int row) {
    return row(4, row);
  }

  /** What position embeddings look at. */
  public int place(int row) {
    return row(5, row);
  }

  /** The second place: within a part of the sequence, or the part itself. */
  public int second(int row) {
    return row(6, row);
  }

  /** Length of the part of the row's sequence that is read as a whole. */
  public int prefix(int row) {
    return get(tableAt + limits.sequences() + sequence(row));
  }

  /** Positions of the source that the row's sequence attends to; 0 if there is none. */
  public int sourceLength(int row) {
    return get(tableAt + 3 * limits.sequences() + sequence(row));
  }

  /** Where what the row's sequence keeps as a whole is read from; -1: all zeros. */
  public int from(int row) {
    return get(tableAt + 4 * limits.sequences() + sequence(row));
  }

  /** Where what the row's sequence keeps as a whole is written to. */
  public int to(int row) {
    return get(tableAt + 5 * limits.sequences() + sequence(row));
  }

  /** Number of the adapter that the row's sequence chose; -1: none. */
  public int adapter(int row) {
    return get(tableAt + 6 * limits.sequences() + sequence(row));
  }

  /** Number of the adapter that a row of a value has to do with; -1: none. */
  public int adapter(Value value, int row) {
    return adapter(value.rows() == Value.Rows.TOKENS ? row : output(row));
  }

  /** Whether the row is the first of its sequence in this step. */
  public boolean begins(int row) {
    return row == 0 || sequence(row) != sequence(row - 1);
  }

  /** Whether the row is the last of its sequence in this step. */
  public boolean ends(int row) {
    return row + 1 == tokens || sequence(row) != sequence(row + 1);
  }

  /** The row of the {@code i}-th wanted result. */
  public int output(int i) {
    return get(outputAt + i);
  }

  /** The slot of position {@code position} of the sequence that {@code row} belongs to. */
  public int slotOf(int row, int position) {
    return slotIn(get(tableAt + sequence(row)), position);
  }

  /** The slot of position {@code position} of the source that the row's sequence attends to. */
  public int sourceSlot(int row, int position) {
    return slotIn(get(tableAt + 2 * limits.sequences() + sequence(row)), position);
  }

  private int slotIn(int table, int position) {
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
