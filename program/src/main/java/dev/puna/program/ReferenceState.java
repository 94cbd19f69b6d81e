package dev.puna.program;

import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys and values of the reference interpreter: an array per slot, made when first written. */
final class ReferenceState implements State {
  private record Layer(float[] @Nullable [] keys, float[] @Nullable [] values) {}

  private final List<StateSpec> specs;
  private final DType type;
  private final int blockSize;
  private final Layer[] layers;
  private long bytes;

  ReferenceState(List<StateSpec> specs, DType type, int blocks, int blockSize) {
    this.specs = List.copyOf(specs);
    this.type = type;
    this.blockSize = blockSize;
    int slots = Math.multiplyExact(blocks, blockSize);
    layers = new Layer[specs.size()];
    for (int l = 0; l < layers.length; l++) {
      layers[l] = new Layer(new float[slots][], new float[slots][]);
    }
  }

  void write(int layer, int slot, float[] k, int keyAt, float[] v, int valueAt) {
    switch (specs.get(layer)) {
      case StateSpec.PerToken s -> {
        boolean isNew = layers[layer].keys[slot] == null;
        layers[layer].keys[slot] = stored(k, keyAt, s.keyCols());
        layers[layer].values[slot] = stored(v, valueAt, s.valueCols());
        bytes += isNew ? type.bytes(s.keyCols()) + type.bytes(s.valueCols()) : 0;
      }
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
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {}
}
