package dev.puna.cpu;

import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights as kernels read them: matrices where the source has them, if that is outside the heap;
 * vectors (gains and biases) copied and decoded to single precision.
 */
public final class CpuWeights implements Weights {
  private final Arena arena = Arena.ofShared();
  private final Map<Weight, Tensor> tensors = new HashMap<>();
  private final Set<MemorySegment.Scope> scopes = new HashSet<>();
  private MemorySegment.Scope[] owners = {};
  private long bytes;

  CpuWeights(Source source, List<Weight> wanted) {
    for (Weight weight : wanted) {
      Tensor tensor = source.tensor(weight);
      if (tensor.rows() != weight.rows() || tensor.cols() != weight.cols()) {
        throw new IllegalArgumentException(weight + " has another shape than " + tensor);
      }
      Tensor held = weight.rows() == 1 ? decoded(tensor) : outsideHeap(tensor);
      tensors.put(weight, held);
      scopes.add(held.data().scope());
    }
    owners = scopes.toArray(owners);
  }

  private Tensor decoded(Tensor vector) {
    float[] numbers = vector.toArray();
    MemorySegment copy = allocate(4L * numbers.length);
    DType.F32.encode(numbers, 0, numbers.length, copy, 0);
    return new Tensor(DType.F32, 1, numbers.length, copy);
  }

  private Tensor outsideHeap(Tensor tensor) {
    if (tensor.data().isNative()) {
      return tensor;
    }
    MemorySegment copy = allocate(tensor.data().byteSize());
    copy.copyFrom(tensor.data());
    return new Tensor(tensor.type(), tensor.rows(), tensor.cols(), copy);
  }

  private MemorySegment allocate(long size) {
    bytes += size;
    return arena.allocate(size + Memory.PADDING, 64).asSlice(0, size);
  }

  Tensor tensor(Weight weight) {
    Tensor tensor = tensors.get(weight);
    if (tensor == null) {
      throw new IllegalStateException(weight + " was not loaded");
    }
    return tensor;
  }

  /** Whether all memory is still there: this object's and that of the source's owner. */
  boolean open() {
    for (MemorySegment.Scope owner : owners) {
      if (!owner.isAlive()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
