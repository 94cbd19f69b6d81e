package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.MachineCode;
import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Attention of several queries that read the same key head, assembled: stretch by stretch of 64
 * positions, S = Q Kᵀ, the online softmax, O += P V; never more than a stretch of scores. Keys and
 * values are brought into single precision once for all queries. A query's result does not depend
 * on which others there are: stretches begin at multiples of 64, and each number is one chain of
 * multiply-adds.
 */
public final class Attention {
  /** Positions of a stretch. */
  public static final int STRETCH = AttentionKernels.STRETCH;

  /** The most queries at a time. */
  public static final int QUERIES = 64;

  private static final Map<Long, Attention> MADE = new HashMap<>();

  private final int keySize;
  private final int valueSize;

  /** What reads keys and values, by their type; made when one is met. */
  private final @Nullable MachineCode[] keys = new MachineCode[DType.values().length];

  private final @Nullable MachineCode[] values = new MachineCode[DType.values().length];
  private final MachineCode scores;
  private final MachineCode softmax;
  private final MachineCode sums;
  private final MachineCode divide;

  private Attention(Isa isa, int keySize, int valueSize) throws MachineCode.Refused {
    this.keySize = keySize;
    this.valueSize = valueSize;
    scores = MachineCode.of(RowsTimesMatrix.assemble(isa, STRETCH, 4 * keySize, false));
    softmax = MachineCode.of(AttentionKernels.softmax(valueSize, Constants.ADDRESS));
    sums = MachineCode.of(RowsTimesMatrix.assemble(isa, valueSize, 4 * STRETCH, true));
    divide = MachineCode.of(AttentionKernels.divide(valueSize));
  }

  /** Whether there are kernels for heads of these sizes. */
  public static boolean supports(int keySize, int valueSize) {
    return Isa.best() != null && keySize % 8 == 0 && valueSize % 8 == 0;
  }

  /**
   * The kernels for heads of these sizes; null if there are none.
   *
   * @param keySize columns of queries and keys
   * @param valueSize columns of values
   */
  public static synchronized @Nullable Attention of(int keySize, int valueSize) {
    Isa isa = Isa.best();
    if (isa == null || !supports(keySize, valueSize)) {
      return null;
    }
    long kind = (long) keySize << 32 | valueSize;
    Attention known = MADE.get(kind);
    if (known == null) {
      try {
        known = new Attention(isa, keySize, valueSize);
      } catch (MachineCode.Refused e) {
        return null;
      }
      MADE.put(kind, known);
    }
    return known;
  }

  private static final class Constants {
    static final long ADDRESS =
        Arena.global()
            .allocate(4L * AttentionKernels.constants().length, 64)
            .copyFrom(MemorySegment.ofArray(AttentionKernels.constants()))
            .address();
  }

  /** Where things are in a worker's memory. */
  public record Memory(long address, int keySize, int valueSize) {
    private static final int ARGUMENTS = 64;

    /** Bytes for heads of these sizes. */
    public static long bytes(int keySize, int valueSize) {
      return new Memory(0, keySize, valueSize).end();
    }

    /** Addresses of the stretch's keys, 8 bytes each. */
    public long keyRows() {
      return address + ARGUMENTS;
    }

    /** Addresses of the stretch's values. */
    public long valueRows() {
      return keyRows() + 8 * STRETCH;
    }

    /** Each query's range [from, to) of the stretch, 4 bytes each. */
    public long ranges() {
      return valueRows() + 8 * STRETCH;
    }

    private long state() {
      return ranges() + 8 * QUERIES;
    }

    /** (queries, keySize) */
    public long queries() {
      return state() + AttentionKernels.STATE_BYTES * QUERIES;
    }

    private long keys() {
      return queries() + 4L * keySize * QUERIES;
    }

    private long values() {
      return keys() + 4L * keySize * STRETCH;
    }

    private long scores() {
      return values() + 4L * valueSize * STRETCH;
    }

    private long sums() {
      return scores() + 4L * STRETCH * QUERIES;
    }

    private long end() {
      return sums() + 4L * valueSize * QUERIES;
    }
  }

  /** Begins with nothing, for so many queries. */
  public void begin(Memory m, int queries) {
    for (int i = 0; i < queries; i++) {
      Arguments.ALL.set(ValueLayout.JAVA_FLOAT, m.state() + 8L * i, Float.NEGATIVE_INFINITY);
      Arguments.ALL.set(ValueLayout.JAVA_FLOAT, m.state() + 8L * i + 4, 0);
    }
    Zeros.write(m.sums(), 4L * valueSize * queries);
  }

  /**
   * Adds a stretch, whose rows' addresses and ranges are in the memory; addresses of keys are
   * filled up with readable ones to a multiple of 8.
   *
   * @param type F32, F16 or Q8_0, of whose blocks a key is a whole number
   */
  public void add(Memory m, DType type, int queries, int positions, float scale) {
    rows(m, keys(type), m.keyRows(), m.keys(), (positions + 7) / 8);
    rows(m, values(type), m.valueRows(), m.values(), positions);
    multiply(m, scores, m.queries(), m.keys(), m.scores(), queries, keySize);
    set(m, AttentionKernels.SCORES, m.scores());
    set(m, AttentionKernels.STATE, m.state());
    set(m, AttentionKernels.COUNT, queries);
    set(m, AttentionKernels.OUT, m.sums());
    set(m, AttentionKernels.RANGES, m.ranges());
    Arguments.ALL.set(ValueLayout.JAVA_FLOAT, m.address() + AttentionKernels.SCALE, scale);
    softmax.run(m.address());
    multiply(m, sums, m.scores(), m.values(), m.sums(), queries, positions);
  }

  private MachineCode keys(DType type) {
    MachineCode code = keys[type.ordinal()];
    return code != null
        ? code
        : FloatKernels.made(keys, type.ordinal(), AttentionRows.keys(keySize, type));
  }

  private MachineCode values(DType type) {
    MachineCode code = values[type.ordinal()];
    return code != null
        ? code
        : FloatKernels.made(values, type.ordinal(), AttentionRows.values(valueSize, type));
  }

  private void rows(Memory m, MachineCode code, long rows, long to, int count) {
    set(m, AttentionRows.ROWS, rows);
    set(m, AttentionRows.TO, to);
    set(m, AttentionRows.COUNT, count);
    code.run(m.address());
  }

  private void multiply(Memory mem, MachineCode code, long a, long b, long c, int rows, int k) {
    set(mem, RowsTimesMatrix.A, a);
    set(mem, RowsTimesMatrix.B, b);
    set(mem, RowsTimesMatrix.C, c);
    set(mem, RowsTimesMatrix.ROWS, rows);
    set(mem, RowsTimesMatrix.K, k);
    code.run(mem.address());
  }

  /**
   * The results of some queries.
   *
   * @param out address of (count, valueSize) numbers
   */
  public void end(Memory m, int first, int count, long out) {
    set(m, AttentionKernels.FROM, m.sums() + 4L * valueSize * first);
    set(m, AttentionKernels.STATE, m.state() + (long) AttentionKernels.STATE_BYTES * first);
    set(m, AttentionKernels.COUNT, count);
    set(m, AttentionKernels.RESULT, out);
    divide.run(m.address());
  }

  private static void set(Memory m, int offset, long value) {
    Arguments.set(m.address(), offset, value);
  }
}
