package dev.puna.cpu;

import dev.puna.program.Limits;
import dev.puna.program.Mask;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Rotation;
import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.program.Step;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What all kernels share during one step, and what is checked before they trust it. */
final class Pass {
  private final Limits limits;
  private final List<StateSpec> layers;
  private final Mask[] masks;
  private final int vocabulary;
  private final Rotary[] rotaries;
  private final Scratch[] scratches;
  private @Nullable Step step;
  private @Nullable CpuState state;

  Pass(Program program, Limits limits, int workers, Arena arena) {
    this.limits = limits;
    layers = program.states();
    List<Mask> seen = new ArrayList<>();
    int rows = Integer.MAX_VALUE;
    for (Op op : program.ops()) {
      if (op instanceof Op.Attend attend && !seen.contains(attend.mask())) {
        seen.add(attend.mask());
      } else if (op instanceof Op.Embed embed) {
        rows = Math.min(rows, embed.table().rows());
      }
    }
    masks = seen.toArray(new Mask[0]);
    vocabulary = rows;
    rotaries =
        program.rotations().stream().map(r -> new Rotary(r, limits.rows())).toArray(Rotary[]::new);
    scratches = new Scratch[workers];
    for (int i = 0; i < workers; i++) {
      scratches[i] = new Scratch(arena);
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
    if (s.layers() < layers.size()) {
      throw new IllegalArgumentException("the state has too few layers");
    }
    for (int l = 0; l < layers.size(); l++) {
      switch (layers.get(l)) {
        case StateSpec.PerToken spec -> {
          if (s.keyBytes(l) != s.type().bytes(spec.keyCols())
              || s.valueBytes(l) != s.type().bytes(spec.valueCols())) {
            throw new IllegalArgumentException("layer " + l + " of the state is not " + spec);
          }
        }
        case StateSpec.PerSequence s -> throw new UnsupportedOperationException(s.toString());
      }
    }
  }

  private void checkRows(Step next, CpuState s) {
    if (masks.length > 0 && next.limits().blockSize() != s.blockSize()) {
      throw new IllegalArgumentException("the step's blocks are not of the state's size");
    }
    int first = 0; // of the rows of a sequence
    for (int t = 0; t < next.tokens(); t++) {
      if (next.token(t) < 0 || next.token(t) >= vocabulary) {
        throw new IllegalArgumentException(
            "token %d of a vocabulary of %d".formatted(next.token(t), vocabulary));
      }
      if (masks.length == 0) {
        continue;
      }
      checkSlot(next.slot(t), s);
      first = t > 0 && next.sequence(t) == next.sequence(t - 1) ? first : t;
      if (t + 1 == next.tokens() || next.sequence(t + 1) != next.sequence(t)) {
        checkTable(next, first, t, s);
      }
    }
  }

  /** The blocks that any of a sequence's rows looks at. */
  private void checkTable(Step next, int firstRow, int lastRow, CpuState s) {
    int first = Integer.MAX_VALUE;
    for (Mask mask : masks) {
      first = Math.min(first, mask.first(next.position(firstRow)));
    }
    int size = s.blockSize();
    for (int p = first / size * size; p <= next.position(lastRow); p += size) {
      checkSlot(next.slotOf(lastRow, p), s);
    }
  }

  private static void checkSlot(int slot, CpuState s) {
    if (slot < 0 || slot >= s.slots()) {
      throw new IllegalArgumentException("slot %d of %d".formatted(slot, s.slots()));
    }
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
