package dev.puna.cpu;

import static dev.puna.cpu.Lanes.L;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.PanelProduct;
import dev.puna.cpu.kernels.QuantizedProduct;
import dev.puna.cpu.kernels.QuantizedRows;
import dev.puna.cpu.kernels.Zeros;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What {@link PanelProduct} computes, by the Vector API: its oracle, and what runs where machine
 * code does not. Quants are decoded to whole numbers in single precision, those of 16 rows and up
 * to 32 columns at a time, for several rows of activations; sums of their products are below 2²⁴,
 * so they are exact.
 */
final class VectorPanelProduct implements QuantizedProduct {
  /** Rows of activations that share what was decoded. */
  private static final int TILE = 8;

  private static final int ROW_BYTES = 4 * PanelLayout.ROWS;

  // the working memory: decoded quants (columns, 16), scales, smallest numbers, sums (rows, 16)
  private static final int SCALES = QuantizedRows.COLUMNS * ROW_BYTES;
  private static final int SMALLEST = SCALES + ROW_BYTES;
  private static final int SUMS = SMALLEST + ROW_BYTES;

  private static final IntVector NIBBLE = IntVector.broadcast(Lanes.I, 15);
  private static final IntVector TWO_BITS = IntVector.broadcast(Lanes.I, 3);

  private final PanelLayout layout;

  VectorPanelProduct(PanelLayout layout) {
    this.layout = layout;
  }

  @Override
  public void quantize(long working, long x, long out, int cols) {
    for (int c = 0; c < cols; c += QuantizedRows.COLUMNS) {
      quantizeBlock(x + 4L * c, out + (long) c / QuantizedRows.COLUMNS * QuantizedRows.BLOCK);
    }
  }

  private static void quantizeBlock(long x, long out) {
    int max = 0; // bits of the largest |x|: NaN's are the largest of all
    for (int i = 0; i < QuantizedRows.COLUMNS; i++) {
      max = Math.max(max, Memory.i32(x + 4L * i) & Integer.MAX_VALUE);
    }
    float largest = Float.intBitsToFloat(max);
    float factor = 127 / (largest > QuantizedRows.LEAST ? largest : QuantizedRows.LEAST);
    int sum = 0;
    for (int i = 0; i < QuantizedRows.COLUMNS; i++) {
      byte q = (byte) Math.rint(Memory.f32(x + 4L * i) * factor);
      Memory.i8(out + i, q);
      sum += q;
    }
    float scale = largest * (1 / 127f);
    Memory.f32(out + QuantizedRows.SCALE, scale);
    Memory.f32(out + QuantizedRows.SUM, sum * scale);
  }

  @Override
  public void run(
      long working,
      long panel,
      int cols,
      int panels,
      long x,
      int rows,
      long out,
      long outStride,
      long bias) {
    long xs = QuantizedRows.rowBytes(cols);
    for (int p = 0; p < panels; p++) {
      long heads = panel + p * layout.panelBytes(cols);
      for (int t = 0; t < rows; t += TILE) {
        int count = Math.min(TILE, rows - t);
        Zeros.write(working + SUMS, 4L * count * PanelLayout.ROWS);
        for (int span = 0; span < cols / layout.span(); span++) {
          decode(heads, heads + layout.headsBytes(cols), span, working);
          giveBack(working);
          multiply(working, x + xs * t, xs, span, count);
        }
        long to = out + outStride * t + (long) p * ROW_BYTES;
        store(working + SUMS, count, to, outStride, bias == 0 ? 0 : bias + (long) p * ROW_BYTES);
      }
    }
  }

  private static void store(long sums, int rows, long out, long outStride, long bias) {
    for (int t = 0; t < rows; t++) {
      for (int r = 0; r < PanelLayout.ROWS; r += L) {
        FloatVector sum = Lanes.load(sums + (long) t * ROW_BYTES + 4L * r);
        Lanes.store(
            bias == 0 ? sum : sum.add(Lanes.load(bias + 4L * r)), out + outStride * t + 4L * r);
      }
    }
  }

  /** Quants, scales and smallest numbers of the columns that have them in common. */
  private void decode(long heads, long quants, int span, long to) {
    switch (layout) {
      case Q8_0 -> {
        heads32(heads + (long) span * layout.headBytes(), to);
        for (int i = 0; i < 8; i++) {
          bytes(quants + 512L * span + 64 * i, to + 4L * i * ROW_BYTES);
        }
      }
      case Q4_0, Q4_1 -> {
        heads32(heads + (long) span * layout.headBytes(), to);
        nibbles32(quants + 256L * span, layout.zero(), to);
      }
      case Q5_0, Q5_1 -> {
        heads32(heads + (long) span * layout.headBytes(), to);
        fives(quants + 320L * span, to);
      }
      case Q4_K -> {
        long head = heads + (long) span / 8 * layout.headBytes();
        headsK(head, span % 8, to);
        nibbles32(quants + 256L * span, 0, to);
      }
      case Q5_K -> {
        headsK(heads + (long) span / 8 * layout.headBytes(), span % 8, to);
        fives(quants + 320L * span, to);
      }
      case Q6_K -> {
        long head = heads + (long) span / 16 * layout.headBytes();
        scales(head, head + 32 + 16 * (span % 16), true, to + SCALES);
        long words = quants + 192L * span;
        for (int i = 0; i < 4; i++) {
          sixes(words + 64 * (i % 2), i / 2 * 4, words + 128, 2 * i, to + 4L * i * ROW_BYTES);
        }
      }
    }
  }

  /** 32 columns of nibbles, less {@code zero}: the lower ones, then the upper ones. */
  private static void nibbles32(long from, int zero, long to) {
    for (int i = 0; i < 4; i++) {
      nibbles(from + 64 * i, 0, zero, to + 4L * i * ROW_BYTES);
      nibbles(from + 64 * i, 4, zero, to + (16 + 4L * i) * ROW_BYTES);
    }
  }

  /** What is taken off each quant, where these count from a smallest number: from that one, too. */
  private void giveBack(long working) {
    if (layout.smallest() && layout.zero() != 0) {
      for (int r = 0; r < PanelLayout.ROWS; r++) {
        long at = working + SMALLEST + 4L * r;
        float scale = Memory.f32(working + SCALES + 4L * r);
        Memory.f32(at, Math.fma(-layout.zero(), scale, Memory.f32(at)));
      }
    }
  }

  /** Scales and smallest numbers of a block of 32 columns. */
  private void heads32(long head, long to) {
    halves(head, to + SCALES);
    if (layout.smallest()) {
      halves(head + 2 * PanelLayout.ROWS, to + SMALLEST);
    }
  }

  /** Scales and smallest numbers of 32 columns of a K type. */
  private static void headsK(long head, int group, long to) {
    scales(head, head + 64 + 16 * group, false, to + SCALES);
    scales(head + 32, head + 192 + 16 * group, false, to + SMALLEST);
  }

  private static void halves(long from, long to) {
    for (int r = 0; r < PanelLayout.ROWS; r++) {
      Memory.f32(to + 4L * r, Memory.f16(from + 2L * r));
    }
  }

  private static void scales(long halves, long bytes, boolean signed, long to) {
    for (int r = 0; r < PanelLayout.ROWS; r++) {
      int number = signed ? Memory.i8(bytes + r) : Memory.i8(bytes + r) & 0xff;
      Memory.f32(to + 4L * r, number * Memory.f16(halves + 2L * r));
    }
  }

  private static IntVector words(long at) {
    return IntVector.fromMemorySegment(Lanes.I, Memory.ALL, at, Memory.ORDER);
  }

  private static void store(IntVector v, long to) {
    Lanes.store((FloatVector) v.convert(VectorOperators.I2F, 0), to);
  }

  /** Four columns of signed bytes. */
  private static void bytes(long from, long to) {
    int flip = PanelProduct.unsigned() ? 0x80808080 : 0;
    for (int r = 0; r < PanelLayout.ROWS; r += L) {
      IntVector v = words(from + 4L * r).lanewise(VectorOperators.XOR, flip);
      for (int k = 0; k < 4; k++) {
        IntVector q = v.lanewise(VectorOperators.LSHL, 24 - 8 * k);
        store(q.lanewise(VectorOperators.ASHR, 24), to + (long) k * ROW_BYTES + 4L * r);
      }
    }
  }

  /** Four columns of the nibbles from bit {@code shift} on, less {@code zero}. */
  private static void nibbles(long from, int shift, int zero, long to) {
    for (int r = 0; r < PanelLayout.ROWS; r += L) {
      IntVector v = words(from + 4L * r);
      for (int k = 0; k < 4; k++) {
        IntVector q = v.lanewise(VectorOperators.LSHR, 8 * k + shift).and(NIBBLE);
        store(q.sub(zero), to + (long) k * ROW_BYTES + 4L * r);
      }
    }
  }

  /** Four columns of nibbles with two more bits above, less 32. */
  private static void sixes(long lower, int shift, long upper, int upperShift, long to) {
    for (int r = 0; r < PanelLayout.ROWS; r += L) {
      IntVector v = words(lower + 4L * r);
      IntVector u = words(upper + 4L * r);
      for (int k = 0; k < 4; k++) {
        IntVector q = v.lanewise(VectorOperators.LSHR, 8 * k + shift).and(NIBBLE);
        IntVector bits = u.lanewise(VectorOperators.LSHR, 8 * k + upperShift).and(TWO_BITS);
        IntVector six = q.or(bits.lanewise(VectorOperators.LSHL, 4));
        store(six.sub(32), to + (long) k * ROW_BYTES + 4L * r);
      }
    }
  }

  /** 32 columns of five bits, less 16: see {@link PanelLayout}. */
  private static void fives(long from, long to) {
    for (int r = 0; r < PanelLayout.ROWS; r += L) {
      for (int k = 0; k < 4; k++) {
        long at = from + 4L * r;
        long out = to + (long) k * ROW_BYTES + 4L * r;
        for (int i = 0; i < 5; i++) {
          five(bits(at, i, 8 * k, 31), out, i);
        }
        for (int i = 0; i < 2; i++) {
          IntVector two = bits(at, 3 + i, 8 * k + 6, 3).lanewise(VectorOperators.LSHL, 3);
          five(bits(at, i, 8 * k + 5, 7).or(two), out, 5 + i);
        }
        IntVector fourth = bits(at, 3, 8 * k + 5, 1).lanewise(VectorOperators.LSHL, 3);
        IntVector fifth = bits(at, 4, 8 * k + 5, 1).lanewise(VectorOperators.LSHL, 4);
        five(bits(at, 2, 8 * k + 5, 7).or(fourth).or(fifth), out, 7);
      }
    }
  }

  private static IntVector bits(long from, int vector, int shift, int mask) {
    return words(from + 64L * vector).lanewise(VectorOperators.LSHR, shift).and(mask);
  }

  private static void five(IntVector q, long to, int group) {
    store(q.sub(16), to + 4L * group * ROW_BYTES);
  }

  /** sums += Σ w·x · (scale·dx) - smallest·(dx·Σx), for each row of activations. */
  private void multiply(long working, long x, long xs, int span, int rows) {
    int columns = layout.span();
    int column = span * columns;
    long block = (long) column / QuantizedRows.COLUMNS * QuantizedRows.BLOCK;
    for (int t = 0; t < rows; t++) {
      long at = x + xs * t + block;
      float dx = Memory.f32(at + QuantizedRows.SCALE);
      long q = at + column % QuantizedRows.COLUMNS;
      for (int r = 0; r < PanelLayout.ROWS; r += L) {
        FloatVector whole = dot(working + 4L * r, q, columns);
        FloatVector factor = Lanes.load(working + SCALES + 4L * r).mul(dx);
        long to = working + SUMS + (long) t * ROW_BYTES + 4L * r;
        FloatVector sum = whole.fma(factor, Lanes.load(to));
        if (layout.smallest()) {
          float sx = Memory.f32(at + QuantizedRows.SUM);
          sum = Lanes.load(working + SMALLEST + 4L * r).neg().fma(Lanes.all(sx), sum);
        }
        Lanes.store(sum, to);
      }
    }
  }

  /** Σ w·x over some columns, exactly; two sums, as one would wait for itself. */
  private static FloatVector dot(long w, long q, int columns) {
    FloatVector even = Lanes.zero();
    FloatVector odd = Lanes.zero();
    for (int c = 0; c < columns; c += 2) {
      long at = w + (long) c * ROW_BYTES;
      even = Lanes.load(at).fma(Lanes.all(Memory.i8(q + c)), even);
      odd = Lanes.load(at + ROW_BYTES).fma(Lanes.all(Memory.i8(q + c + 1)), odd);
    }
    return even.add(odd);
  }
}
