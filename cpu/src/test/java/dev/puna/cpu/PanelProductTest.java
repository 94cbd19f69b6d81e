package dev.puna.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.PanelProduct;
import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.cpu.kernels.QuantizedRows;
import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Packed weights times quantized activations: assembled, by the Vector API, and in doubles. */
class PanelProductTest {
  private static final int OUTPUTS = 48;
  private static final int ROWS = 37;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(7);
  private final long working = arena.allocate(QuantizedProduct.WORKING_BYTES, 64).address();

  @AfterEach
  void close() {
    arena.close();
  }

  /** A packed matrix, the last panel of which is padded. */
  private record Packed(float[] decoded, int cols, Panels panels) {}

  private Packed packed(PanelLayout layout, int cols, boolean anyBits) {
    DType type = DType.valueOf(layout.name());
    MemorySegment data = data(type, cols);
    if (anyBits) {
      byte[] bytes = new byte[(int) data.byteSize()];
      random.nextBytes(bytes);
      MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
      scales(layout, data);
    } else {
      float[] w = new float[ROWS * cols];
      for (int i = 0; i < w.length; i++) {
        w[i] = (float) random.nextGaussian();
      }
      type.encode(w, 0, w.length, data, 0);
    }
    return packed(layout, cols, data);
  }

  private MemorySegment data(DType type, int cols) {
    return arena.allocate(type.bytes((long) ROWS * cols), 64);
  }

  private Packed packed(PanelLayout layout, int cols, MemorySegment data) {
    DType type = DType.valueOf(layout.name());
    float[] w = new float[ROWS * cols];
    type.decode(data, 0, w, 0, w.length);
    long to = arena.allocate(Panels.bytes(layout, ROWS, cols), 64).address();
    Panels panels = new Panels(layout, ROWS, cols, to);
    panels.pack(new Tensor(type, ROWS, cols, data), 0, 3, working);
    return new Packed(w, cols, panels);
  }

  /** Any quants, but scales of ordinary size. */
  private void scales(PanelLayout layout, MemorySegment data) {
    DType type = DType.valueOf(layout.name());
    int block = (int) type.bytes(type.blockSize());
    for (long b = 0; b < data.byteSize(); b += block) {
      scale(data, type == DType.Q6_K ? b + 208 : b);
      if (layout.smallest()) {
        scale(data, b + 2);
      }
    }
  }

  private void scale(MemorySegment data, long at) {
    short half = Float.floatToFloat16((float) random.nextGaussian());
    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, half);
  }

  private float[] numbers(int count) {
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) (random.nextGaussian() * Math.exp(random.nextGaussian()));
    }
    return x;
  }

  private long quantized(QuantizedProduct product, float[] x, int rows, int cols) {
    MemorySegment from = arena.allocate(4L * x.length, 64);
    MemorySegment.copy(x, 0, from, ValueLayout.JAVA_FLOAT, 0, x.length);
    long to = arena.allocate(rows * QuantizedRows.rowBytes(cols), 64).address();
    for (int t = 0; t < rows; t++) {
      long row = from.address() + 4L * t * cols;
      product.quantize(working, row, to + t * QuantizedRows.rowBytes(cols), cols);
    }
    return to;
  }

  private float[] run(QuantizedProduct product, Packed w, long x, int rows, long bias) {
    MemorySegment out = arena.allocate(4L * OUTPUTS * rows, 64);
    out.fill((byte) -1);
    Panels p = w.panels();
    long to = out.address();
    product.run(working, p.panel(0), w.cols(), 3, x, rows, to, 4L * OUTPUTS, bias);
    return out.toArray(ValueLayout.JAVA_FLOAT);
  }

  @ParameterizedTest
  @EnumSource
  void assembledIsTheVectorApi(PanelLayout layout) {
    QuantizedProduct assembled = PanelProduct.of(layout);
    assumeTrue(assembled != null, "this machine runs no assembled kernels");
    QuantizedProduct vector = new VectorPanelProduct(layout);
    for (int cols : new int[] {layout.columns(), 3 * layout.columns(), 1024}) {
      for (boolean anyBits : new boolean[] {false, true}) {
        Packed w = packed(layout, cols, anyBits);
        MemorySegment biases = arena.allocate(4L * OUTPUTS, 64);
        MemorySegment.copy(numbers(OUTPUTS), 0, biases, ValueLayout.JAVA_FLOAT, 0, OUTPUTS);
        for (int rows = 1; rows <= 29; rows++) {
          float[] x = numbers(rows * cols);
          long bias = rows % 2 == 0 ? biases.address() : 0;
          float[] a = run(assembled, w, quantized(assembled, x, rows, cols), rows, bias);
          float[] b = run(vector, w, quantized(vector, x, rows, cols), rows, bias);
          assertThat(a).as("%d rows of %d columns", rows, cols).isEqualTo(b);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void panelsArePackedAlikeByMachineCode(PanelLayout layout) {
    assumeTrue(PanelProduct.of(layout) != null, "this machine runs no assembled kernels");
    DType type = DType.valueOf(layout.name());
    int rows = 32;
    int cols = 3 * layout.columns();
    byte[] bytes = new byte[(int) type.bytes((long) rows * cols)];
    random.nextBytes(bytes);
    MemorySegment data = arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
    Tensor source = new Tensor(type, rows, cols, data);
    byte[][] packed = new byte[2][];
    for (int i = 0; i < 2; i++) {
      MemorySegment to = arena.allocate(Panels.bytes(layout, rows, cols), 64);
      Panels panels = new Panels(layout, rows, cols, to.address());
      if (i == 0) {
        panels.pack(source, 0, 2, working);
      } else {
        panels.pack(source, 0, 16);
        panels.pack(source, 1, 16);
      }
      packed[i] = to.toArray(ValueLayout.JAVA_BYTE);
    }
    assertThat(packed[0]).isEqualTo(packed[1]);
  }

  @ParameterizedTest
  @EnumSource
  void quantizedActivationsAreThoseOfTheVectorApi(PanelLayout layout) {
    QuantizedProduct assembled = PanelProduct.of(layout);
    assumeTrue(assembled != null, "this machine runs no assembled kernels");
    int cols = 4096;
    float[] x = numbers(cols);
    Arrays.fill(x, 32, 64, 0);
    Arrays.fill(x, 64, 96, 1e-38f);
    x[100] = Float.MIN_VALUE;
    long a = quantized(assembled, x, 1, cols);
    long b = quantized(new VectorPanelProduct(layout), x, 1, cols);
    for (int c = 0; c < cols; c++) {
      long at = (long) c / 32 * QuantizedRows.BLOCK;
      assertThat(Memory.i8(a + at + c % 32))
          .as("column %d", c)
          .isEqualTo(Memory.i8(b + at + c % 32));
      for (int fact : new int[] {QuantizedRows.SCALE, QuantizedRows.SUM}) {
        assertThat(Memory.i32(a + at + fact)).isEqualTo(Memory.i32(b + at + fact));
      }
    }
  }

  /** Half a percent is what rounding to 8 bits costs. */
  @ParameterizedTest
  @EnumSource
  void productsAreThoseOfTheFormula(PanelLayout layout) {
    int cols = 1024;
    Packed w = packed(layout, cols, false);
    int rows = 5;
    float[] x = new float[rows * cols];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    for (QuantizedProduct product : products(layout)) {
      float[] y = run(product, w, quantized(product, x, rows, cols), rows, 0);
      double difference = 0;
      double size = 0;
      for (int t = 0; t < rows; t++) {
        for (int j = 0; j < OUTPUTS; j++) {
          double exact = 0;
          for (int c = 0; c < cols && j < ROWS; c++) {
            exact += (double) w.decoded()[j * cols + c] * x[t * cols + c];
          }
          difference += Math.pow(y[t * OUTPUTS + j] - exact, 2);
          size += exact * exact;
        }
      }
      assertThat(Math.sqrt(difference / size)).isLessThan(0.008);
    }
  }

  /** The largest and smallest quants with the largest activations: no sum overflows. */
  @ParameterizedTest
  @EnumSource
  void largestSumsAreExact(PanelLayout layout) {
    int cols = 512;
    DType type = DType.valueOf(layout.name());
    for (int bits : new int[] {0, 0xff, 0x0f, 0xf0, 0x7f, 0x80}) {
      MemorySegment data = data(type, cols).fill((byte) bits);
      scales(layout, data);
      groups(type, data);
      Packed w = packed(layout, cols, data);
      for (float sign : new float[] {1, -1}) {
        float[] x = new float[cols];
        Arrays.fill(x, sign); // 127 or -127, times 1/127
        for (QuantizedProduct product : products(layout)) {
          float[] y = run(product, w, quantized(product, x, 1, cols), 1, 0);
          for (int j = 0; j < ROWS; j++) {
            double exact = 0;
            double size = 0;
            for (int c = 0; c < cols; c++) {
              exact += sign * w.decoded()[j * cols + c];
              size += Math.abs(w.decoded()[j * cols + c]);
            }
            assertThat((double) y[j])
                .as("bits %x, output %d", bits, j)
                .isCloseTo(exact, within(1e-5 * size + 1e-5));
          }
        }
      }
    }
  }

  /** Scales of groups within a block that are not zero. */
  private static void groups(DType type, MemorySegment data) {
    int from = type == DType.Q6_K ? 192 : 4;
    int to = type.blockSize() < 256 ? from : type == DType.Q6_K ? 208 : 16;
    for (long b = 0; b < data.byteSize(); b += type.blockBytes()) {
      data.asSlice(b + from, to - from).fill((byte) 0x55);
    }
  }

  /** What is no number stays none, and harms its own row only. */
  @ParameterizedTest
  @EnumSource
  void noNumberStaysNone(PanelLayout layout) {
    int cols = 512;
    Packed w = packed(layout, cols, false);
    for (QuantizedProduct product : products(layout)) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        float[] x = numbers(3 * cols);
        x[cols + 17] = bad;
        float[] y = run(product, w, quantized(product, x, 3, cols), 3, 0);
        for (int j = 0; j < ROWS; j++) {
          assertThat(y[j]).isFinite();
          assertThat(Float.isFinite(y[OUTPUTS + j])).isFalse();
          assertThat(y[2 * OUTPUTS + j]).isFinite();
        }
      }
    }
  }

  private static QuantizedProduct[] products(PanelLayout layout) {
    QuantizedProduct vector = new VectorPanelProduct(layout);
    QuantizedProduct assembled = PanelProduct.of(layout);
    return assembled == null
        ? new QuantizedProduct[] {vector}
        : new QuantizedProduct[] {vector, assembled};
  }
}
