package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor as a checkpoint holds it: name, type and shape are known at once, the bytes when asked
 * for.
 *
 * @param name the name the file gives it
 * @param type of what {@link #data} returns
 * @param shape outermost dimension first, as in numpy and safetensors; empty for a scalar
 * @param content where the bytes come from
 */
public record StoredTensor(String name, DType type, List<Long> shape, Content content) {
  /** Where the encoded bytes of a tensor come from. */
  public sealed interface Content {}

  /** The bytes lie in the file as they are needed: a slice of its mapping. */
  public record Mapped(MemorySegment data) implements Content {}

  /**
   * The bytes have to be made of what the file holds: shards merged, packed integers laid out anew,
   * a transposed matrix gathered.
   */
  @FunctionalInterface
  public non-sealed interface Made extends Content {
    /** Makes them in the arena, which more than one thread may use meanwhile. */
    MemorySegment in(Arena arena);
  }

  public StoredTensor {
    shape = List.copyOf(shape);
    boolean fits = type.divides(columns(shape));
    if (fits && content instanceof Mapped mapped) {
      fits = mapped.data.byteSize() == type.bytes(elements(shape));
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "tensor %s of %s %s does not fill %s".formatted(name, type, shape, content));
    }
  }

  /** A tensor whose bytes lie in the file as they are needed. */
  public StoredTensor(String name, DType type, List<Long> shape, MemorySegment data) {
    this(name, type, shape, new Mapped(data));
  }

  /** How many numbers the tensor has: the product of its dimensions, 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  /** Size of {@link #data}. */
  public long bytes() {
    return type.bytes(elements());
  }

  /**
   * Exactly the encoded bytes, row-major: a slice of the mapped file, or made anew at every call.
   *
   * @param arena holds what has to be made; shared or automatic, since all cores work in it. It
   *     bounds how long the bytes are there, as closing the file does.
   */
  public MemorySegment data(Arena arena) {
    return switch (content) {
      case Mapped mapped -> mapped.data;
      case Made made -> {
        MemorySegment data = made.in(arena);
        if (data.byteSize() != bytes()) {
          throw new IllegalStateException(name + " was made with " + data.byteSize() + " bytes");
        }
        yield data;
      }
    };
  }

  /** As {@link #data(Arena)}; what is made stays until nobody refers to it any more. */
  public MemorySegment data() {
    return data(Arena.ofAuto());
  }

  /**
   * The tensor as a matrix: the last dimension makes the columns, all others together the rows. A
   * vector is [1, n], a scalar [1, 1].
   *
   * @param arena as for {@link #data(Arena)}
   */
  public Tensor matrix(Arena arena) {
    return new Tensor(type, rows(shape), columns(shape), data(arena));
  }

  /** As {@link #matrix(Arena)}; what is made stays until nobody refers to it any more. */
  public Tensor matrix() {
    return matrix(Arena.ofAuto());
  }

  /** Rows of {@link #matrix}. */
  public long rows() {
    return rows(shape);
  }

  /** Columns of {@link #matrix}. */
  public long columns() {
    return columns(shape);
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

  static long rows(List<Long> shape) {
    return shape.isEmpty() ? 1 : elements(shape.subList(0, shape.size() - 1));
  }

  static long columns(List<Long> shape) {
    return shape.isEmpty() ? 1 : shape.getLast();
  }
}
