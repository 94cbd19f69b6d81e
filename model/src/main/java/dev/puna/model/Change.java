package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;

/**
 * How a stored tensor differs from the weight that a program reads. A change is a view: what it
 * makes is made when asked for; rows that lie together stay mapped.
 */
public sealed interface Change {
  /**
   * The tensor after the change.
   *
   * @throws PunaException if its shape does not allow it
   */
  StoredTensor of(StoredTensor tensor);

  /**
   * Some rows of each group of rows: one projection of several that are stored as one. The rows of
   * a vector are its numbers; all dimensions but the last make rows.
   *
   * @param group rows of a group
   * @param from first of those that are taken
   * @param count how many
   */
  record Rows(long group, long from, long count) implements Change {
    @Override
    public StoredTensor of(StoredTensor tensor) {
      boolean vector = tensor.shape().size() == 1;
      long rows = vector ? tensor.columns() : tensor.rows();
      long cols = vector ? 1 : tensor.columns();
      if (group < 1 || rows % group != 0 || from < 0 || from + count > group) {
        throw refused(tensor, "groups of " + group + " rows");
      }
      long kept = rows / group * count;
      List<Long> shape = vector ? List.of(kept) : List.of(kept, cols);
      long rowBytes = vector ? tensor.bytes() / rows : tensor.type().bytes(cols);
      if (rows == group && tensor.content() instanceof StoredTensor.Mapped mapped) {
        MemorySegment slice = mapped.data().asSlice(from * rowBytes, count * rowBytes);
        return new StoredTensor(tensor.name(), tensor.type(), shape, slice);
      }
      return made(
          tensor,
          tensor.type(),
          shape,
          (source, target) -> {
            for (long g = 0; g < rows / group; g++) {
              long at = (g * group + from) * rowBytes;
              MemorySegment.copy(source, at, target, g * count * rowBytes, count * rowBytes);
            }
          });
    }
  }

  /**
   * Rows, or a vector's numbers, in another order.
   *
   * @param from from which row each row comes
   */
  record Ordered(int[] from) implements Change {
    @Override
    public StoredTensor of(StoredTensor tensor) {
      long rowBytes = tensor.bytes() / from.length;
      return made(
          tensor,
          tensor.type(),
          tensor.shape(),
          (source, target) -> {
            for (int r = 0; r < from.length; r++) {
              MemorySegment.copy(source, from[r] * rowBytes, target, r * rowBytes, rowBytes);
            }
          });
    }
  }

  /** The last rows: those before them nothing looks at. */
  record Last(long count) implements Change {
    @Override
    public StoredTensor of(StoredTensor tensor) {
      return new Rows(tensor.rows(), tensor.rows() - count, count).of(tensor);
    }
  }

  /**
   * Groups of rows, each transposed: (G·rows, cols) to (G·cols, rows). Vectors stay.
   *
   * @param rows of a group; 0: all of a matrix, or the second dimension of three
   */
  record Transposed(long rows) implements Change {
    @Override
    public StoredTensor of(StoredTensor tensor) {
      List<Long> shape = tensor.shape();
      if (shape.size() == 1) {
        return tensor;
      }
      long cols = tensor.columns();
      long group = rows == 0 ? shape.get(shape.size() - 2) : rows;
      if (group < 1 || tensor.rows() % group != 0) {
        throw refused(tensor, "groups of " + group + " rows");
      }
      DType type = tensor.type().blockSize() == 1 ? tensor.type() : DType.F32;
      long groups = tensor.rows() / group;
      return made(
          tensor,
          type,
          List.of(groups * cols, group),
          (source, target) -> {
            Tensor matrix = new Tensor(tensor.type(), tensor.rows(), cols, source);
            long strips = Math.ceilDiv(group, STRIP);
            LongStream.range(0, groups * strips)
                .parallel()
                .forEach(i -> strip(matrix, group, i / strips, i % strips * STRIP, type, target));
          });
    }

    /** Rows that are transposed together: what is written of a column is then a cache line. */
    private static final int STRIP = 32;

    private static void strip(
        Tensor matrix, long group, long g, long from, DType type, MemorySegment target) {
      int cols = Math.toIntExact(matrix.cols());
      int count = (int) Math.min(STRIP, group - from);
      float[] rows = new float[count * cols];
      for (int r = 0; r < count; r++) {
        matrix.row(g * group + from + r, rows, r * cols);
      }
      float[] column = new float[count];
      for (int c = 0; c < cols; c++) {
        for (int r = 0; r < count; r++) {
          column[r] = rows[r * cols + c];
        }
        type.encode(column, 0, count, target, type.bytes((g * cols + c) * group + from));
      }
    }
  }

  /** The same numbers in rows of another length. */
  record Shaped(long cols) implements Change {
    @Override
    public StoredTensor of(StoredTensor tensor) {
      if (cols < 1 || tensor.elements() % cols != 0 || !tensor.type().divides(cols)) {
        throw refused(tensor, "rows of " + cols);
      }
      List<Long> shape = List.of(tensor.elements() / cols, cols);
      return new StoredTensor(tensor.name(), tensor.type(), shape, tensor.content());
    }
  }

  /** Each number x becomes another, in single precision: for vectors and other small tensors. */
  enum Each implements Change {
    /** 1 + x: gains that are stored as their distance from 1. */
    ONE_MORE {
      @Override
      double apply(double x) {
        return 1 + x;
      }
    },
    /** -eˣ: decays that are stored as logarithms. */
    MINUS_EXP {
      @Override
      double apply(double x) {
        return -Math.exp(x);
      }
    };

    abstract double apply(double x);

    @Override
    public StoredTensor of(StoredTensor tensor) {
      return made(
          tensor,
          DType.F32,
          tensor.shape(),
          (source, target) -> {
            float[] x = new float[Math.toIntExact(tensor.elements())];
            tensor.type().decode(source, 0, x, 0, x.length);
            for (int i = 0; i < x.length; i++) {
              x[i] = (float) apply(x[i]);
            }
            DType.F32.encode(x, 0, x.length, target, 0);
          });
    }
  }

  /** Rows of length 1. */
  record UnitRows() implements Change {
    private static final double LEAST = 1e-12; // a length that is divided by

    @Override
    public StoredTensor of(StoredTensor tensor) {
      return made(
          tensor,
          DType.F32,
          tensor.shape(),
          (source, target) -> {
            int cols = Math.toIntExact(tensor.columns());
            float[] row = new float[cols];
            Tensor matrix = new Tensor(tensor.type(), tensor.rows(), cols, source);
            for (long r = 0; r < tensor.rows(); r++) {
              matrix.row(r, row, 0);
              double squares = 0;
              for (float x : row) {
                squares += (double) x * x;
              }
              double length = Math.max(Math.sqrt(squares), LEAST);
              for (int c = 0; c < cols; c++) {
                row[c] = (float) (row[c] / length);
              }
              DType.F32.encode(row, 0, cols, target, 4L * r * cols);
            }
          });
    }
  }

  /** Writes the changed bytes. */
  interface Body {
    void write(MemorySegment source, MemorySegment target);
  }

  private static StoredTensor made(StoredTensor tensor, DType type, List<Long> shape, Body body) {
    return new StoredTensor(
        tensor.name(),
        type,
        shape,
        (StoredTensor.Made)
            arena -> {
              try (Arena kept = Arena.ofShared()) {
                long elements = shape.stream().reduce(1L, Math::multiplyExact);
                MemorySegment target = arena.allocate(type.bytes(elements), 64);
                body.write(tensor.data(kept), target);
                return target;
              }
            });
  }

  /**
   * Tensors one below the other: the experts of a layer.
   *
   * @throws PunaException if they differ in shape or type
   */
  static StoredTensor stacked(List<StoredTensor> parts) {
    StoredTensor first = parts.getFirst();
    for (StoredTensor part : parts) {
      if (!part.shape().equals(first.shape()) || part.type() != first.type()) {
        throw refused(part, "the same shape and type as " + first.name());
      }
    }
    boolean vector = first.shape().size() == 1;
    long rows = (vector ? 1 : first.rows()) * parts.size();
    return new StoredTensor(
        first.name(),
        first.type(),
        List.of(rows, first.columns()),
        (StoredTensor.Made)
            arena -> {
              MemorySegment target = arena.allocate(first.bytes() * parts.size(), 64);
              try (Arena kept = Arena.ofShared()) {
                for (int i = 0; i < parts.size(); i++) {
                  MemorySegment data = parts.get(i).data(kept);
                  MemorySegment.copy(data, 0, target, i * first.bytes(), first.bytes());
                }
              }
              return target;
            });
  }

  private static PunaException refused(StoredTensor tensor, String wanted) {
    return new PunaException(
        "tensor %s has shape %s where %s are expected"
            .formatted(tensor.name(), tensor.shape(), wanted),
        "the configuration and the weights do not belong together");
  }
}
