package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.PanelProduct;
import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.program.Loading;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Weights as kernels read them: matrices where the source has them, if that is outside the heap;
 * vectors (gains and biases) copied and decoded to single precision, and so are the small matrices
 * of which a kernel reads number by number, once a program asks for them.
 */
public final class CpuWeights implements Weights {
  private final Arena arena = Arena.ofShared();
  private final Map<Weight, Tensor> tensors = new HashMap<>();
  private final Map<Weight, MemorySegment> numbers = new HashMap<>();
  private final Map<Weight, MemorySegment> columns = new HashMap<>();
  private final Map<Weight, Tensor> padded = new HashMap<>();
  private final Set<MemorySegment.Scope> scopes = new HashSet<>();
  private MemorySegment.Scope[] owners = {};
  private final PackedWeights packed = new PackedWeights();
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
    scopes.add(arena.scope());
    owners = scopes.toArray(owners);
  }

  private Tensor decoded(Tensor vector) {
    float[] numbers = vector.toArray();
    return new Tensor(DType.F32, 1, numbers.length, copy(numbers));
  }

  private MemorySegment copy(float[] numbers) {
    MemorySegment copy = allocate(4L * numbers.length);
    DType.F32.encode(numbers, 0, numbers.length, copy, 0);
    return copy;
  }

  /** Address of a weight's (rows, cols) numbers in single precision, whatever it is stored as. */
  synchronized long numbers(Weight weight) {
    Tensor tensor = tensor(weight);
    return tensor.type() == DType.F32
        ? tensor.data().address()
        : numbers.computeIfAbsent(weight, w -> copy(tensor.toArray())).address();
  }

  /** Address of a weight's numbers in single precision, column by column: (cols, rows). */
  synchronized long columns(Weight weight) {
    return columns
        .computeIfAbsent(weight, w -> copy(transposed(tensor(w).toArray(), w.rows(), w.cols())))
        .address();
  }

  /**
   * A weight with columns of zeros after its own, up to a multiple of {@code unit}: itself if it
   * has so many.
   */
  synchronized Tensor padded(Weight weight, int unit) {
    Tensor tensor = tensor(weight);
    return weight.cols() % unit == 0
        ? tensor
        : padded.computeIfAbsent(weight, w -> padded(tensor.toArray(), w.cols(), unit));
  }

  private Tensor padded(float[] numbers, int cols, int unit) {
    int wide = (cols + unit - 1) / unit * unit;
    int rows = numbers.length / cols;
    float[] padded = new float[rows * wide];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(numbers, row * cols, padded, row * wide, cols);
    }
    return new Tensor(DType.F32, rows, wide, copy(padded));
  }

  private static float[] transposed(float[] numbers, int rows, int cols) {
    float[] turned = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      turned[i % cols * rows + i / cols] = numbers[i];
    }
    return turned;
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

  /** Packs the weights that the program multiplies with, if their type has a layout for it. */
  void pack(Program program, ThreadTeam team, Loading loading) {
    Map<Weight, Tensor> sources = new LinkedHashMap<>();
    for (Op op : program.ops()) {
      if (op instanceof Op.Linear linear) {
        sources.put(linear.weight(), tensor(linear.weight()));
      }
    }
    packed.pack(sources, arena, team, loading);
  }

  /** The weight's panels; null if it is used as it is stored. */
  @Nullable Panels panels(Weight weight) {
    return packed.get(weight);
  }

  /** Bytes of the weights as they were stored. */
  long storedBytes() {
    return tensors.values().stream().mapToLong(t -> t.data().byteSize()).sum();
  }

  /** What multiplies panels of a layout here. */
  QuantizedProduct product(PanelLayout layout) {
    QuantizedProduct assembled = PanelProduct.of(layout);
    return assembled != null ? assembled : new VectorPanelProduct(layout);
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
    return bytes + packed.bytes();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
