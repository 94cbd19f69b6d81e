package dev.puna.cpu.kernels;

import static dev.puna.cpu.kernels.PanelKernel.HEADS;
import static dev.puna.cpu.kernels.PanelKernel.INNER;
import static dev.puna.cpu.kernels.PanelKernel.QUANTS;
import static dev.puna.cpu.kernels.PanelKernel.SCALES;

import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/** A block's product, for each layout: what bounds them is said in {@link PanelKernel}. */
final class PanelKernels {
  private PanelKernels() {}

  private static final int NEXT = QuantizedRows.BLOCK;

  static PanelKernel of(PanelLayout layout, Isa isa, int rows) {
    return switch (layout) {
      case Q8_0 -> isa.vnni() == Isa.Vnni.NONE ? new SignedQ8(isa, rows) : new Q8(isa, rows);
      case Q4_0, Q4_1 -> new Q4(layout, isa, rows);
      case Q5_0, Q5_1 -> new FiveBitKernels.Q5(layout, isa, rows);
      case Q5_K -> new FiveBitKernels.Q5K(isa, rows);
      case Q4_K -> new Q4K(isa, rows);
      case Q6_K -> new Q6K(isa, rows);
    };
  }

  /** Q8_0 with vpdpbusd: quants are kept unsigned, 128 too large, which the seed takes off. */
  private static final class Q8 extends PanelKernel {
    Q8(Isa isa, int rows) {
      super(isa, rows);
    }

    @Override
    void constants() {}

    @Override
    void block() {
      Vec[] w = perPart(0);
      fetch(8);
      seed(QuantizedRows.SEED);
      for (int i = 0; i < 8; i++) {
        for (int p = 0; p < parts; p++) {
          a.vmovups(w[p], quants(i, p));
        }
        dot(w, 4 * i, false, free(4), free(5));
      }
      end(PanelLayout.Q8_0, w, w, free(6));
    }
  }

  /**
   * Q8_0 without it: 16 bits cannot hold two products of unsigned quants, so activations take the
   * sign of the weights, whose size is multiplied; pairs are widened to 32 bits at once.
   */
  private static final class SignedQ8 extends PanelKernel {
    SignedQ8(Isa isa, int rows) {
      super(isa, rows);
    }

    private Vec ones() {
      return free(7);
    }

    @Override
    void constants() {
      constant(ones(), 0x00010001);
    }

    @Override
    void block() {
      Vec[] w = perPart(0);
      Vec[] size = perPart(2);
      Vec x = free(4);
      Vec product = free(5);
      fetch(8);
      for (int i = 0; i < 8; i++) {
        for (int p = 0; p < parts; p++) {
          a.vmovups(w[p], quants(i, p));
          a.vpabsb(size[p], w[p]);
        }
        for (int t = 0; t < rows; t++) {
          a.vpbroadcastd(x, x(t, 4 * i));
          for (int p = 0; p < parts; p++) {
            Vec sum = i == 0 ? whole(t, p) : product;
            a.vpsignb(sum, x, w[p]);
            a.vpmaddubsw(sum, size[p], sum);
            a.vpmaddwd(sum, sum, ones());
            if (i > 0) {
              a.vpaddd(whole(t, p), whole(t, p), product);
            }
          }
        }
      }
      end(PanelLayout.Q8_0, w, size, free(6));
    }

    @Override
    boolean wide() {
      return true;
    }
  }

  /** Q4_0, where the seed takes 8 off each quant, and Q4_1, which counts from a smallest number. */
  private static final class Q4 extends PanelKernel {
    private final PanelLayout layout;

    Q4(PanelLayout layout, Isa isa, int rows) {
      super(isa, rows);
      this.layout = layout;
    }

    private Vec nibble() {
      return free(6);
    }

    @Override
    void constants() {
      constant(nibble(), 0x0f0f0f0f);
    }

    @Override
    void block() {
      Vec[] lower = perPart(0);
      Vec[] upper = perPart(2);
      boolean seeded = layout.zero() != 0;
      fetch(4);
      if (seeded) {
        seed(QuantizedRows.SEED);
      }
      for (int i = 0; i < 4; i++) {
        for (int p = 0; p < parts; p++) {
          a.vmovups(upper[p], quants(i, p));
          a.vpandd(lower[p], upper[p], nibble());
          a.vpsrlw(upper[p], upper[p], 4);
          a.vpandd(upper[p], upper[p], nibble());
        }
        dot(lower, 4 * i, i == 0 && !seeded, free(4), free(5));
        dot(upper, 16 + 4 * i, false, free(4), free(5));
      }
      end(layout, lower, upper, free(7));
    }
  }

  /** Q4_K: four times 64 columns, those of the lower nibbles, then those of the upper ones. */
  private static final class Q4K extends PanelKernel {
    private static final int FIRST_SCALES = 64;
    private static final int SMALLEST = 128; // behind the scales

    Q4K(Isa isa, int rows) {
      super(isa, rows);
    }

    private Vec nibble() {
      return free(6);
    }

    @Override
    void constants() {
      constant(nibble(), 0x0f0f0f0f);
    }

    @Override
    void block() {
      a.lea(SCALES, Mem.at(HEADS, FIRST_SCALES));
      a.mov(INNER, 4);
      Label next = a.here();
      fetch(8);
      half(false);
      half(true);
      a.add(SCALES, 2 * PanelLayout.ROWS);
      a.add(QUANTS, 8 * 64);
      advance(2);
      a.sub(INNER, 1);
      a.j(Condition.NOT_ZERO, next);
      a.add(HEADS, PanelLayout.Q4_K.headBytes());
    }

    private void half(boolean upper) {
      Vec[] w = perPart(0);
      int block = upper ? NEXT : 0;
      for (int i = 0; i < 8; i++) {
        for (int p = 0; p < parts; p++) {
          if (upper) {
            a.vmovups(w[p], quants(i, p));
            a.vpsrlw(w[p], w[p], 4);
            a.vpandd(w[p], w[p], nibble());
          } else {
            a.vpandd(w[p], nibble(), quants(i, p));
          }
        }
        dot(w, block + 4 * i, i == 0, free(4), free(5));
      }
      Vec[] smallest = perPart(2);
      int at = upper ? PanelLayout.ROWS : 0;
      for (int p = 0; p < parts; p++) {
        numbers(w[p], at + p * isa.lanes(), 2 * p * isa.lanes(), false);
        numbers(smallest[p], at + SMALLEST + p * isa.lanes(), 32 + 2 * p * isa.lanes(), false);
      }
      scale(w, smallest, block, free(4), free(5), free(7));
    }
  }

  /** Q6_K: twice 128 columns, whose blocks of 32 take nibbles and bits from the same vectors. */
  private static final class Q6K extends PanelKernel {
    private static final int FIRST_SCALES = 32;
    private static final int UPPER = 16; // vectors of lower nibbles before those of upper bits

    Q6K(Isa isa, int rows) {
      super(isa, rows);
    }

    private Vec nibble() {
      return free(6);
    }

    private Vec bits() {
      return free(7);
    }

    @Override
    void constants() {
      constant(nibble(), 0x0f0f0f0f);
      constant(bits(), 0x30303030);
    }

    @Override
    void block() {
      a.lea(SCALES, Mem.at(HEADS, FIRST_SCALES));
      a.mov(INNER, 2);
      Label next = a.here();
      fetch(24);
      for (int block = 0; block < 4; block++) {
        half(block, 0);
        half(block, 1);
      }
      a.add(SCALES, 8 * PanelLayout.ROWS);
      a.add(QUANTS, 24 * 64);
      advance(4);
      a.sub(INNER, 1);
      a.j(Condition.NOT_ZERO, next);
      a.add(HEADS, PanelLayout.Q6_K.headBytes());
    }

    /** 16 columns, which have a scale in common. */
    private void half(int block, int half) {
      Vec[] w = perPart(0);
      Vec[] upper = perPart(2);
      seed(block * NEXT + QuantizedRows.SEED + 4 * half);
      for (int i = 4 * half; i < 4 * half + 4; i++) {
        for (int p = 0; p < parts; p++) {
          a.vmovups(w[p], quants(i + 8 * (block & 1), p));
          if (block >= 2) {
            a.vpsrlw(w[p], w[p], 4);
          }
          a.vpandd(w[p], w[p], nibble());
          a.vmovups(upper[p], quants(UPPER + i, p));
          if (block < 2) {
            a.vpsllw(upper[p], upper[p], 4 - 2 * block);
          } else if (block == 3) {
            a.vpsrlw(upper[p], upper[p], 2);
          }
          a.vpandd(upper[p], upper[p], bits());
          a.vpord(w[p], w[p], upper[p]);
        }
        dot(w, block * NEXT + 4 * i, false, free(4), free(5));
      }
      for (int p = 0; p < parts; p++) {
        int at = (2 * block + half) * PanelLayout.ROWS;
        numbers(w[p], at + p * isa.lanes(), 2 * p * isa.lanes(), true);
      }
      scale(w, null, block * NEXT, free(4), free(5), upper[0]);
    }
  }
}
