package dev.puna.cpu;

import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What sequences leave behind: of a layer that keeps something of each token all key rows, then all
 * value rows, a row for each slot; of one that keeps something of a sequence as a whole a row for
 * each place, single-precision, after one of zeros that sequences begin with. Memory is reserved at
 * once and taken up block by block as sequences grow.
 */
public final class CpuState implements State {
  private final Arena arena = Arena.ofShared();
  private final DType type;
  private final int blocks;
  private final int blockSize;
  private final int places;
  private final long bytes;
  private final long[] keys;
  private final long[] values;
  private final long[] keyBytes;
  private final long[] valueBytes;

  /**
   * Of a layer that keeps something of a sequence as a whole: the row of zeros, and a row's size.
   */
  private final long[] wholes;

  private final long[] wholeBytes;

  CpuState(List<StateSpec> layers, DType type, int blocks, int blockSize, int places) {
    if (type != DType.F32 && type != DType.F16 && type != DType.Q8_0) {
      throw new PunaException(
          "the CPU keeps no keys and values of type " + type, "use --kv-type F32, F16 or Q8_0");
    }
    this.type = type;
    this.blocks = blocks;
    this.blockSize = blockSize;
    this.places = places;
    int slots = Math.multiplyExact(blocks, blockSize);
    int count = layers.size();
    keys = new long[count];
    values = new long[count];
    keyBytes = new long[count];
    valueBytes = new long[count];
    wholes = new long[count];
    wholeBytes = new long[count];
    long total = 0;
    for (int l = 0; l < count; l++) {
      switch (layers.get(l)) {
        case StateSpec.PerToken s -> {
          keyBytes[l] = s.keyBytes(type);
          valueBytes[l] = s.valueBytes(type);
        }
        case StateSpec.PerSequence s -> wholeBytes[l] = 4L * s.floats();
      }
      keys[l] = total;
      total = Math.addExact(total, Math.multiplyExact(keyBytes[l], (long) slots));
      values[l] = total;
      total = Math.addExact(total, Math.multiplyExact(valueBytes[l], (long) slots));
      wholes[l] = total;
      total = Math.addExact(total, Math.multiplyExact(wholeBytes[l], places + 1L));
    }
    bytes = total;
    long base = LazyMemory.allocate(arena, total).address();
    for (int l = 0; l < count; l++) {
      keys[l] += base;
      values[l] += base;
      wholes[l] += base;
    }
  }

  /** How keys and values are stored: F32, F16 or Q8_0. */
  DType type() {
    return type;
  }

  int layers() {
    return keys.length;
  }

  int slots() {
    return blocks * blockSize;
  }

  int blockSize() {
    return blockSize;
  }

  long keyBytes(int layer) {
    return keyBytes[layer];
  }

  long valueBytes(int layer) {
    return valueBytes[layer];
  }

  int places() {
    return places;
  }

  /**
   * Bytes of what a layer keeps of a sequence as a whole; 0 if it keeps something of each token.
   */
  long wholeBytes(int layer) {
    return wholeBytes[layer];
  }

  boolean open() {
    return arena.scope().isAlive();
  }

  /** Address of a slot's key row. */
  long key(int layer, int slot) {
    return keys[layer] + keyBytes[layer] * slot;
  }

  /** Address of a slot's value row. */
  long value(int layer, int slot) {
    return values[layer] + valueBytes[layer] * slot;
  }

  /** Address of what is kept at a place; of zeros for place -1, which is only read. */
  long whole(int layer, int place) {
    return wholes[layer] + wholeBytes[layer] * (place + 1);
  }

  @Override
  public void copyBlock(int from, int to) {
    checkOpen();
    int a = Math.multiplyExact(Objects.checkIndex(from, blocks), blockSize);
    int b = Math.multiplyExact(Objects.checkIndex(to, blocks), blockSize);
    for (int l = 0; l < keys.length; l++) {
      Memory.copy(key(l, a), key(l, b), keyBytes[l] * blockSize);
      Memory.copy(value(l, a), value(l, b), valueBytes[l] * blockSize);
    }
  }

  @Override
  public void copyPlace(int from, int to) {
    checkOpen();
    Objects.checkIndex(from, places);
    Objects.checkIndex(to, places);
    for (int l = 0; l < wholes.length; l++) {
      Memory.copy(whole(l, from), whole(l, to), wholeBytes[l]);
    }
  }

  @Override
  public long blockBytes() {
    return blockSize * (Arrays.stream(keyBytes).sum() + Arrays.stream(valueBytes).sum());
  }

  @Override
  public long placeBytes() {
    return Arrays.stream(wholeBytes).sum();
  }

  @Override
  public void readBlock(int block, MemorySegment into) {
    moveBlock(block, into.asSlice(0, blockBytes()).address(), true);
  }

  @Override
  public void writeBlock(int block, MemorySegment from) {
    moveBlock(block, from.asSlice(0, blockBytes()).address(), false);
  }

  /** Layer by layer, key rows, then value rows. */
  private void moveBlock(int block, long memory, boolean out) {
    checkOpen();
    int slot = Math.multiplyExact(Objects.checkIndex(block, blocks), blockSize);
    for (int l = 0; l < keys.length; l++) {
      memory = move(key(l, slot), memory, keyBytes[l] * blockSize, out);
      memory = move(value(l, slot), memory, valueBytes[l] * blockSize, out);
    }
  }

  @Override
  public void readPlace(int place, MemorySegment into) {
    movePlace(place, into.asSlice(0, placeBytes()).address(), true);
  }

  @Override
  public void writePlace(int place, MemorySegment from) {
    movePlace(place, from.asSlice(0, placeBytes()).address(), false);
  }

  private void movePlace(int place, long memory, boolean out) {
    checkOpen();
    Objects.checkIndex(place, places);
    for (int l = 0; l < wholes.length; l++) {
      memory = move(whole(l, place), memory, wholeBytes[l], out);
    }
  }

  private static long move(long state, long memory, long bytes, boolean out) {
    Memory.copy(out ? state : memory, out ? memory : state, bytes);
    return memory + bytes;
  }

  private void checkOpen() {
    if (!open()) {
      throw new IllegalStateException("the state is closed");
    }
  }

  /** Memory reserved; the system takes up what has been written. */
  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (open()) {
      arena.close();
    }
  }
}
