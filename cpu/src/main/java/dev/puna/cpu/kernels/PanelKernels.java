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

  static PanelKernel of(PanelLayout layout, PanelKernel.Form form) {
    return switch (layout) {
      case Q8_0 -> form.isa().vnni() == Isa.Vnni.NONE ? new SignedQ8(form) : new Q8(form);
      case Q4_0, Q4_1 -> new Q4(layout, form);
      case Q5_0, Q5_1 -> new FiveBitKernels.Q5(layout, form);
      case Q5_K -> new FiveBitKernels.Q5K(form);
      case Q4_K -> new Q4K(form);
      case Q6_K -> new Q6K(form);
    };
  }

  /** Q8_0 with vpdpbusd: quants are kept unsigned, 128 too large, which the seed takes off. */
  private static final class Q8 extends PanelBlocks {
    Q8(Form form) {
      super(form);
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
  private static final class SignedQ8 extends PanelBlocks {
    SignedQ8(Form form) {
      super(form);
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

  /** Nibbles: of each vector the lower ones, then the upper ones, 16 columns further on. */
  private abstract static class Nibbles extends PanelBlocks {
    Nibbles(Form form) {
      super(form);
    }

    private Vec nibble() {
      return free(6);
    }

    @Override
    void constants() {
      constant(nibble(), 0x0f0f0f0f);
    }

    /**
     * The products of 32 columns.
     *
     * @param first whether sums begin here, with nothing
     */
    final void nibbles(boolean first) {
      Vec[] lower = perPart(0);
      Vec[] upper = perPart(2);
      for (int i = 0; i < 4; i++) {
        for (int p = 0; p < parts; p++) {
          a.vmovups(upper[p], quants(i, p));
          a.vpandd(lower[p], upper[p], nibble());
          a.vpsrlw(upper[p], upper[p], 4);
          a.vpandd(upper[p], upper[p], nibble());
        }
        dot(lower, 4 * i, first && i == 0, free(4), free(5));
        dot(upper, 16 + 4 * i, false, free(4), free(5));
      }
    }
  }

  /** Q4_0, where the seed takes 8 off each quant, and Q4_1, which counts from a smallest number. */
  private static final class Q4 extends Nibbles {
    private final PanelLayout layout;

    Q4(PanelLayout layout, Form form) {
      super(form);
      this.layout = layout;
    }

    @Override
    void block() {
      boolean seeded = layout.zero() != 0;
      fetch(4);
      if (seeded) {
        seed(QuantizedRows.SEED);
      }
      nibbles(!seeded);
      end(layout, perPart(0), perPart(2), free(7));
    }
  }

  /** Q4_K: eight times 32 columns. */
  private static final class Q4K extends Nibbles {
    Q4K(Form form) {
      super(form);
    }

    @Override
    void block() {
      eightBlocks(PanelLayout.Q4_K, 4, () -> nibbles(true));
    }
  }

  /**
   * Q6_K: 16 times 16 columns: two vectors of nibbles and one of the bits above them. Two of these
   * in the loop and no more: code that does not stay decoded costs a third of the speed.
   */
  private static final class Q6K extends PanelBlocks {
    private static final int FIRST_SCALES = 32;
    private static final int VECTORS = 3; // of 16 columns

    Q6K(Form form) {
      super(form);
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
      a.mov(INNER, 8);
      Label next = a.here();
      fetch(2 * VECTORS);
      half(0);
      half(1);
      a.add(SCALES, 2 * PanelLayout.ROWS);
      a.add(QUANTS, 2 * VECTORS * 64);
      advance();
      a.sub(INNER, 1);
      a.j(Condition.NOT_ZERO, next);
      a.add(HEADS, PanelLayout.Q6_K.headBytes());
    }

    /** 16 columns, which have a scale in common. */
    private void half(int half) {
      Vec[] w = perPart(0);
      Vec[] upper = perPart(2);
      seed(QuantizedRows.SEED + 4 * half);
      for (int i = 0; i < 4; i++) {
        for (int p = 0; p < parts; p++) {
          quants(half, i, p, w[p], upper[p]);
        }
        dot(w, 16 * half + 4 * i, false, free(4), free(5));
      }
      for (int p = 0; p < parts; p++) {
        numbers(w[p], half * PanelLayout.ROWS + p * isa.lanes(), 2 * p * isa.lanes(), true);
      }
      scale(w, null, free(4), free(5), upper[0]);
    }

    /** Nibbles of columns 4i to 4i + 3, and two bits from bit 2i on above them. */
    private void quants(int half, int i, int part, Vec w, Vec upper) {
      Mem nibbles = quants(VECTORS * half + i % 2, part);
      if (i < 2) {
        a.vpandd(w, nibble(), nibbles);
      } else {
        a.vmovups(w, nibbles);
        a.vpsrlw(w, w, 4);
        a.vpandd(w, w, nibble());
      }
      Mem above = quants(VECTORS * half + 2, part);
      if (i == 2) {
        a.vpandd(upper, bits(), above);
      } else {
        a.vmovups(upper, above);
        if (i < 2) {
          a.vpsllw(upper, upper, 4 - 2 * i);
        } else {
          a.vpsrlw(upper, upper, 2);
        }
        a.vpandd(upper, upper, bits());
      }
      a.vpord(w, w, upper);
    }
  }
}
