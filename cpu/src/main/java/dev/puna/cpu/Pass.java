package dev.puna.cpu;

import dev.puna.program.Limits;
import dev.puna.program.Mask;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Rotation;
import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.program.Step;
import dev.puna.program.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What all kernels share during one step, and what is checked before they trust it. */
final class Pass {
  private static final Op.By[] BYS = Op.By.values();

  private final Limits limits;
  private final Op.Kept[] kept;
  private final Mask[] masks;

  /** Whether rows have slots, and whether sequences have sources, and places. */
  private final boolean slots;

  private final boolean sources;
  private final boolean places;

  /** By which fact of a row embeddings are looked up, and rows of the smallest table. */
  private final int[] tableRows = new int[Op.By.values().length];

  /** How many adapters there are to choose from; a program without any takes no notice. */
  private final int adapters;

  /** Where rows are that the caller gives. */
  private final Map<Value, MemorySegment> given = new HashMap<>();

  private final Rotary[] rotaries;
  private final Scratch[] scratches;

  /** Of each place the number of the step that last wrote it. */
  private long[] writers = {};

  private long number;
  private @Nullable Step step;
  private @Nullable CpuState state;

  Pass(Program program, Limits limits, int workers, Arena arena) {
    this.limits = limits;
    kept = program.ops().stream().flatMap(op -> op.keeps().stream()).toArray(Op.Kept[]::new);
    places = program.keepsWhole();
    adapters = program.adapters();
    slots = program.ops().stream().anyMatch(op -> op instanceof Op.Attend || op instanceof Op.Keep);
    sources = program.ops().stream().anyMatch(Op.AttendSource.class::isInstance);
    masks =
        program.ops().stream()
            .filter(Op.Attend.class::isInstance)
            .map(op -> ((Op.Attend) op).mask())
            .distinct()
            .toArray(Mask[]::new);
    Arrays.fill(tableRows, Integer.MAX_VALUE);
    for (Op op : program.ops()) {
      if (op instanceof Op.Embed embed) {
        int by = embed.by().ordinal();
        tableRows[by] = Math.min(tableRows[by], embed.table().rows());
      }
    }
    for (Op op : program.ops()) {
      if (op instanceof Op.Given g) {
        long bytes = 4L * limits.rows() * g.out().cols();
        given.put(g.out(), arena.allocate(bytes + Memory.PADDING, 64));
      }
    }
    rotaries =
        program.rotations().stream()
            .map(r -> new Rotary(r, limits.rows(), arena))
            .toArray(Rotary[]::new);
    scratches = new Scratch[workers];
    ExpertScratch.Sizes sizes = ExpertScratch.Sizes.of(program, limits);
    long attentionBytes = TiledAttendKernel.bytes(program);
    for (int i = 0; i < workers; i++) {
      scratches[i] = new Scratch(sizes, attentionBytes, arena);
    }
  }

  /** Begins a step: checks all that becomes an address, and makes the rotary tables. */
  void begin(Step next, State nextState) {
    if (!(nextState instanceof CpuState s) || !s.open()) {
      throw new IllegalStateException("the state is closed or another backend's");
    }
    if (next.tokens() > limits.rows() || next.outputs() > limits.outputs()) {
      throw new IllegalArgumentException(
          "%d tokens and %d outputs are beyond %s"
              .formatted(next.tokens(), next.outputs(), limits));
    }
    checkLayers(s);
    checkRows(next, s);
    step = next;
    state = s;
    for (Rotary rotary : rotaries) {
      rotary.fill(next);
    }
  }

  private void checkLayers(CpuState s) {
    for (Op.Kept k : kept) {
      int l = k.state();
      if (l >= s.layers()) {
        throw new IllegalArgumentException("the state has too few layers");
      }
      boolean same =
          switch (k.spec()) {
            case StateSpec.PerToken spec ->
                s.keyBytes(l) == spec.keyBytes(s.type())
                    && s.valueBytes(l) == spec.valueBytes(s.type());
            case StateSpec.PerSequence spec -> s.wholeBytes(l) == 4L * spec.floats();
          };
      if (!same) {
        throw new IllegalArgumentException("layer " + l + " of the state is not " + k.spec());
      }
    }
  }

  private void checkRows(Step next, CpuState s) {
    if ((slots || sources) && next.limits().blockSize() != s.blockSize()) {
      throw new IllegalArgumentException("the step's blocks are not of the state's size");
    }
    int first = 0; // of the rows of a sequence
    for (int t = 0; t < next.tokens(); t++) {
      for (Op.By by : BYS) {
        checkIndex(by, EmbedKernel.index(by, next, t));
      }
      if (slots) {
        checkSlot(next.slot(t), s);
      }
      first = next.begins(t) ? t : first;
      if (next.adapter(t) < -1 || adapters > 0 && next.adapter(t) >= adapters) {
        throw new IllegalArgumentException("adapter %d of %d".formatted(next.adapter(t), adapters));
      }
      if (next.ends(t)) {
        checkTable(next, first, t, s);
      }
    }
    if (places) {
      checkPlaces(next, s);
    }
  }

  private void checkIndex(Op.By by, int index) {
    int rows = tableRows[by.ordinal()];
    if (rows < Integer.MAX_VALUE && (index < 0 || index >= rows)) {
      throw new IllegalArgumentException(
          switch (by) {
            case TOKEN -> "token %d of a vocabulary of %d".formatted(index, rows);
            case PLACE -> "place %d of %d that have an embedding".formatted(index, rows);
            case SEGMENT -> "segment %d of %d".formatted(index, rows);
          });
    }
  }

  /** The blocks that any of a sequence's rows looks at, and those of its source. */
  private void checkTable(Step next, int firstRow, int lastRow, CpuState s) {
    int first = Integer.MAX_VALUE;
    int last = next.position(lastRow);
    for (Mask mask : masks) {
      first = Math.min(first, mask.first(next.position(firstRow)));
      if (mask.end(last, next.prefix(lastRow)) > last + 1) {
        throw new IllegalArgumentException(
            "%d tokens are read as a whole, but the step ends at %d"
                .formatted(next.prefix(lastRow), last + 1));
      }
    }
    int size = s.blockSize();
    for (int p = first / size * size; p <= last; p += size) {
      checkSlot(next.slotOf(lastRow, p), s);
    }
    for (int p = 0; sources && p < next.sourceLength(lastRow); p += size) {
      checkSlot(next.sourceSlot(lastRow, p), s);
    }
  }

  /** No place that is written may be read, or written twice: a step can be run again. */
  private void checkPlaces(Step next, CpuState s) {
    if (writers.length < s.places()) {
      writers = new long[s.places()];
    }
    number++;
    for (int t = 0; t < next.tokens(); t++) {
      if (next.ends(t)) {
        int to = next.to(t);
        if (to < 0 || to >= s.places() || writers[to] == number) {
          throw new IllegalArgumentException(
              "place %d of %d is written, or twice".formatted(to, s.places()));
        }
        writers[to] = number;
      }
    }
    for (int t = 0; t < next.tokens(); t++) {
      int from = next.from(t);
      if (from < -1 || from >= s.places() || from >= 0 && writers[from] == number) {
        throw new IllegalArgumentException(
            "place %d of %d is read, or read and written".formatted(from, s.places()));
      }
    }
  }

  private static void checkSlot(int slot, CpuState s) {
    if (slot < 0 || slot >= s.slots()) {
      throw new IllegalArgumentException("slot %d of %d".formatted(slot, s.slots()));
    }
  }

  /** Copies rows that the caller gives. */
  void give(String name, float[] rows) {
    MemorySegment memory =
        given.entrySet().stream()
            .filter(e -> e.getKey().name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(name + " is not given"))
            .getValue();
    if (4L * rows.length > memory.byteSize() - Memory.PADDING) {
      throw new IllegalArgumentException(rows.length + " numbers are too many for " + limits);
    }
    MemorySegment.copy(rows, 0, memory, ValueLayout.JAVA_FLOAT, 0, rows.length);
  }

  /** Where the rows are that the caller gave. */
  long given(Value value) {
    return Objects.requireNonNull(given.get(value)).address();
  }

  Step step() {
    if (step == null) {
      throw new IllegalStateException("no step has begun");
    }
    return step;
  }

  CpuState state() {
    if (state == null) {
      throw new IllegalStateException("no step has begun");
    }
    return state;
  }

  int workers() {
    return scratches.length;
  }

  Limits limits() {
    return limits;
  }

  Scratch scratch(int worker) {
    return scratches[worker];
  }

  Rotary rotary(Rotation rotation) {
    for (Rotary rotary : rotaries) {
      if (rotary.rotation().equals(rotation)) {
        return rotary;
      }
    }
    throw new IllegalStateException("no tables for " + rotation);
  }
}
