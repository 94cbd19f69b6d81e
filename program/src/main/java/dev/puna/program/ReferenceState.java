package dev.puna.program;

import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The reference interpreter's state: an array per slot or place, made when first written. */
final class ReferenceState implements State {
  /**
   * @param slotBytes what a slot would take in the cache's type
   */
  private record Layer(float[] @Nullable [] keys, float[] @Nullable [] values, long slotBytes) {}

  private final List<StateSpec> specs;
  private final DType type;
  private final int blockSize;
  private final Layer[] layers;
  private final float[][] @Nullable [] wholes;
  private long bytes;

  ReferenceState(List<StateSpec> specs, DType type, int blocks, int blockSize, int places) {
    this.specs = List.copyOf(specs);
    this.type = type;
    this.blockSize = blockSize;
    int slots = Math.multiplyExact(blocks, blockSize);
    layers = new Layer[specs.size()];
    for (int l = 0; l < layers.length; l++) {
      long slotBytes =
          specs.get(l) instanceof StateSpec.PerToken s ? s.keyBytes(type) + s.valueBytes(type) : 0;
      layers[l] = new Layer(new float[slots][], new float[slots][], slotBytes);
    }
    wholes = new float[specs.size()][places][];
  }

  void write(int layer, int slot, float[] k, int keyAt, float[] v, int valueAt) {
    switch (specs.get(layer)) {
      case StateSpec.PerToken s -> {
        boolean isNew = layers[layer].keys[slot] == null;
        layers[layer].keys[slot] = stored(k, keyAt, s.keyCols());
        layers[layer].values[slot] = stored(v, valueAt, s.valueCols());
        bytes += isNew ? layers[layer].slotBytes : 0;
      }
      case StateSpec.PerSequence s -> throw new IllegalStateException(s + " has no slots");
    }
  }

  /** What is left of the numbers once they are stored in the cache's type. */
  private float[] stored(float[] x, int at, int count) {
    byte[] encoded = new byte[Math.toIntExact(type.bytes(count))];
    MemorySegment memory = MemorySegment.ofArray(encoded);
    type.encode(x, at, count, memory, 0);
    float[] decoded = new float[count];
    type.decode(memory, 0, decoded, 0, count);
    return decoded;
  }

  float[] key(int layer, int slot) {
    return written(layers[layer].keys[slot]);
  }

  float[] value(int layer, int slot) {
    return written(layers[layer].values[slot]);
  }

  /** A copy of what a sequence keeps as a whole; zeros for one that begins. */
  float[] whole(int layer, int place) {
    if (!(specs.get(layer) instanceof StateSpec.PerSequence s)) {
      throw new IllegalStateException(specs.get(layer) + " has no places");
    }
    return place < 0 ? new float[s.floats()] : written(wholes[layer][place]).clone();
  }

  void whole(int layer, int place, float[] numbers) {
    bytes += wholes[layer][place] == null ? 4L * numbers.length : 0;
    wholes[layer][place] = numbers;
  }

  private static float[] written(float @Nullable [] row) {
    if (row == null) {
      throw new IllegalStateException("a slot is read that was never written");
    }
    return row;
  }

  @Override
  public void copyBlock(int from, int to) {
    for (Layer layer : layers) {
      System.arraycopy(layer.keys, from * blockSize, layer.keys, to * blockSize, blockSize);
      System.arraycopy(layer.values, from * blockSize, layer.values, to * blockSize, blockSize);
    }
  }

  @Override
  public void copyPlace(int from, int to) {
    for (float[] @Nullable [] whole : wholes) {
      float[] numbers = whole[from];
      whole[to] = numbers == null ? null : numbers.clone();
    }
  }

  @Override
  public long blockBytes() {
    long bytes = 0;
    for (Layer layer : layers) {
      bytes += layer.slotBytes * blockSize;
    }
    return bytes;
  }

  @Override
  public long placeBytes() {
    long bytes = 0;
    for (StateSpec spec : specs) {
      bytes += spec instanceof StateSpec.PerSequence s ? 4L * s.floats() : 0;
    }
    return bytes;
  }

  @Override
  public void readBlock(int block, MemorySegment into) {
    long at = 0;
    for (int l = 0; l < layers.length; l++) {
      for (int slot = block * blockSize; slot < (block + 1) * blockSize; slot++) {
        if (specs.get(l) instanceof StateSpec.PerToken s) {
          type.encode(key(l, slot), 0, s.keyCols(), into, at);
          at += s.keyBytes(type);
          type.encode(value(l, slot), 0, s.valueCols(), into, at);
          at += s.valueBytes(type);
        }
      }
    }
  }

  @Override
  public void writeBlock(int block, MemorySegment from) {
    long at = 0;
    for (int l = 0; l < layers.length; l++) {
      for (int slot = block * blockSize; slot < (block + 1) * blockSize; slot++) {
        if (specs.get(l) instanceof StateSpec.PerToken s) {
          float[] key = new float[s.keyCols()];
          float[] value = new float[s.valueCols()];
          type.decode(from, at, key, 0, key.length);
          at += s.keyBytes(type);
          type.decode(from, at, value, 0, value.length);
          at += s.valueBytes(type);
          write(l, slot, key, 0, value, 0);
        }
      }
    }
  }

  @Override
  public void readPlace(int place, MemorySegment into) {
    long at = 0;
    for (int l = 0; l < specs.size(); l++) {
      if (specs.get(l) instanceof StateSpec.PerSequence s) {
        MemorySegment.copy(MemorySegment.ofArray(whole(l, place)), 0, into, at, 4L * s.floats());
        at += 4L * s.floats();
      }
    }
  }

  @Override
  public void writePlace(int place, MemorySegment from) {
    long at = 0;
    for (int l = 0; l < specs.size(); l++) {
      if (specs.get(l) instanceof StateSpec.PerSequence s) {
        float[] numbers = new float[s.floats()];
        MemorySegment.copy(from, at, MemorySegment.ofArray(numbers), 0, 4L * s.floats());
        whole(l, place, numbers);
        at += 4L * s.floats();
      }
    }
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {}
}
