package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products by assembled kernels against the Vector API's, bit for bit, and double arithmetic. */
class FloatProductTest {
  @BeforeEach
  void onlyWithKernels() {
    Assumptions.assumeTrue(FloatProduct.usable(), "no assembled kernels here");
  }

  /** Random numbers in memory that ends where they end, so far from a cache line's beginning. */
  private static MemorySegment random(Arena arena, Random random, long count, int offset) {
    MemorySegment all = arena.allocate(4 * count + offset + Memory.PADDING, 64);
    MemorySegment numbers = all.asSlice(offset, 4 * count);
    for (long i = 0; i < count; i++) {
      numbers.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) random.nextGaussian());
    }
    return numbers;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void sameBitsAsByVectorsOfThatWidthAndRightInAnyShape(DType type) {
    Random random = new Random(type.ordinal());
    int[] rowCounts = {1, 2, 3, 4, 5, 7, 8, 11, 13, 14, 15, 16, 17, 18, 23, 64, 258};
    for (int round = 0; round < 25; round++) {
      int block = type.blockSize();
      int cols =
          round % 3 == 0
              ? block * (1 + random.nextInt(Math.max(1, 64 / block)))
              : block * (1 + random.nextInt(1100 / block));
      int outputs = 1 + random.nextInt(round % 2 == 0 ? 8 : 70);
      check(type, random, rowCounts[random.nextInt(rowCounts.length)], outputs, cols);
    }
  }

  private static void check(DType type, Random random, int rows, int outputs, int cols) {
    try (Arena arena = Arena.ofConfined()) {
      Scratch scratch = new Scratch(new ExpertScratch.Sizes(1, 1, 16), 0, arena);
      float[] numbers = new float[outputs * cols];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) random.nextGaussian();
      }
      MemorySegment data = arena.allocate(type.bytes((long) outputs * cols), 4);
      type.encode(numbers, 0, numbers.length, data, 0);
      Tensor weight = new Tensor(type, outputs, cols, data);
      MemorySegment x = random(arena, random, (long) rows * cols, 4 * random.nextInt(16));
      MemorySegment bias = random(arena, random, outputs, 0);
      Product product = Product.of(weight, 0, random.nextBoolean() ? bias.address() : 0);
      int from = random.nextInt(outputs);
      int to = from + 1 + random.nextInt(outputs - from);
      MemorySegment assembled = random(arena, new Random(9), (long) rows * outputs, 0);
      MemorySegment vectors = random(arena, new Random(9), (long) rows * outputs, 0);
      FloatProduct.run(
          product,
          scratch,
          x.address(),
          4L * cols,
          rows,
          assembled.address(),
          4L * outputs,
          from,
          to);
      VectorProduct.run(
          product,
          scratch,
          x.address(),
          4L * cols,
          rows,
          vectors.address(),
          4L * outputs,
          from,
          to);
      String what =
          "%s %d x %d x %d, outputs %d to %d".formatted(type, rows, outputs, cols, from, to);
      if (Lanes.L == dev.puna.cpu.kernels.FloatKernels.best().lanes()) {
        assertThat(assembled.toArray(ValueLayout.JAVA_INT))
            .as(what)
            .isEqualTo(vectors.toArray(ValueLayout.JAVA_INT));
      }

      double[] w = new double[outputs * cols];
      float[] decoded = weight.toArray();
      for (int i = 0; i < w.length; i++) {
        w[i] = decoded[i];
      }
      for (int t = 0; t < rows; t++) {
        for (int j = 0; j < outputs; j++) {
          float y = assembled.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * outputs + j);
          if (j < from || j >= to) {
            continue;
          }
          double sum = product.bias() == 0 ? 0 : bias.getAtIndex(ValueLayout.JAVA_FLOAT, j);
          double size = Math.abs(sum);
          for (int c = 0; c < cols; c++) {
            float v = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * ((long) t * cols + c));
            sum += w[j * cols + c] * v;
            size += Math.abs(w[j * cols + c] * v);
          }
          // each of at most cols + 6 roundings loses half a unit of the last place
          double bound = size * (cols + 6) * 0x1p-24;
          assertThat((double) y).as(what).isBetween(sum - bound, sum + bound);
        }
      }
    }
  }
}
