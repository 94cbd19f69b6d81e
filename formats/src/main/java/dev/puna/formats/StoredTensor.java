package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor as a checkpoint holds it.
 *
 * @param name the name the file gives it
 * @param shape outermost dimension first, as in numpy and safetensors; empty for a scalar
 * @param data exactly the encoded bytes, row-major; a slice of the mapped file
 */
public record StoredTensor(String name, DType type, List<Long> shape, MemorySegment data) {
  public StoredTensor {
    shape = List.copyOf(shape);
    if (!type.divides(columns(shape)) || data.byteSize() != type.bytes(elements(shape))) {
      throw new IllegalArgumentException(
          "tensor %s of %s %s does not fill %d bytes"
              .formatted(name, type, shape, data.byteSize()));
    }
  }

  /** How many numbers the tensor has: the product of its dimensions, 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  /**
   * The tensor as a matrix: the last dimension makes the columns, all others together the rows. A
   * vector is [1, n], a scalar [1, 1].
   */
  public Tensor matrix() {
    long rows = shape.isEmpty() ? 1 : elements(shape.subList(0, shape.size() - 1));
    return new Tensor(type, rows, columns(shape), data);
  }

  /**
   * The product of dimensions.
   *
   * @throws ArithmeticException on overflow, even where a dimension of 0 would make the product 0:
   *     every part of a shape that passes can be multiplied out
   */
  static long elements(List<Long> shape) {
    long product = 1;
    boolean empty = false;
    for (long dimension : shape) {
      empty |= dimension == 0;
      product = Math.multiplyExact(product, Math.max(dimension, 1));
    }
    return empty ? 0 : product;
  }

  static long columns(List<Long> shape) {
    return shape.isEmpty() ? 1 : shape.getLast();
  }
}
