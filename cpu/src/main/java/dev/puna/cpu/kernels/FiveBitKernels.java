package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Vec;
import org.jspecify.annotations.Nullable;

/** A block's product, for layouts with quants of five bits: see {@link PanelLayout}. */
final class FiveBitKernels {
  private FiveBitKernels() {}

  /**
   * Sums of 32 columns are of quants less 16, all of which the seed takes off: |Σ (q - 16)·x| is at
   * most 8·2·16·127 = 32512 for each pair of four columns, so 16 bits hold it without VNNI. Where
   * quants count from a smallest number, what the seed took is given back in that one: d·q - m =
   * d·(q - 16) - (m - 16·d), once for a block, not for each row of activations.
   *
   * <p>Decoding takes 23 instructions for 32 columns, where nibbles take 12.
   */
  private abstract static class FiveBits extends PanelBlocks {
    private static final int UPPER_TWO = 1;
    private static final int SIXTH = 2;
    private static final int SIXTEEN = 3;

    FiveBits(Form form) {
      super(form);
    }

    private Vec lowerFive() {
      return free(6);
    }

    @Override
    final void constants() {
      constant(UPPER_TWO, 0xc0c0c0c0);
      constant(SIXTH, 0x20202020);
      constant(SIXTEEN, Float.floatToRawIntBits(16));
      constant(lowerFive(), 0x1f1f1f1f);
    }

    /** The first 32 columns of {@link #QUANTS}. */
    final void columns() {
      Vec[] w = perPart(0);
      Vec mask = free(7); // the scales' factor comes later
      seed(QuantizedRows.SEED);
      for (int i = 0; i < 5; i++) {
        for (int p = 0; p < parts; p++) {
          a.vpandd(w[p], lowerFive(), quants(i, p));
        }
        dot(w, 4 * i, false, free(4), free(5));
      }
      a.vmovups(mask, constant(UPPER_TWO));
      for (int i = 0; i < 2; i++) {
        upperThree(i);
        add(mask, 3 + i, 3);
        dot(w, 20 + 4 * i, false, free(4), free(5));
      }
      a.vmovups(mask, constant(SIXTH));
      upperThree(2);
      add(mask, 3, 2);
      add(mask, 4, 1);
      dot(w, 28, false, free(4), free(5));
    }

    /** Begins quants with the upper three bits of a vector's bytes. */
    private void upperThree(int vector) {
      for (int p = 0; p < parts; p++) {
        a.vpandnd(free(p), lowerFive(), quants(vector, p));
        a.vpsrlw(free(p), free(p), 5);
      }
    }

    /** Adds some bits of a vector's bytes, so many places lower. */
    private void add(Vec mask, int vector, int places) {
      for (int p = 0; p < parts; p++) {
        a.vpandd(free(2 + p), mask, quants(vector, p));
        a.vpsrlw(free(2 + p), free(2 + p), places);
        a.vpord(free(p), free(p), free(2 + p));
      }
    }

    @Override
    final void scale(Vec[] scales, Vec @Nullable [] smallest, Vec dx, Vec sx, Vec factor) {
      for (int p = 0; smallest != null && p < parts; p++) {
        a.vfnmadd231ps(smallest[p], scales[p], constant(SIXTEEN));
      }
      super.scale(scales, smallest, dx, sx, factor);
    }
  }

  /** Q5_0 and Q5_1. */
  static final class Q5 extends FiveBits {
    private final PanelLayout layout;

    Q5(PanelLayout layout, Form form) {
      super(form);
      this.layout = layout;
    }

    @Override
    void block() {
      fetch(5);
      columns();
      end(layout, perPart(0), perPart(2), free(7));
    }
  }

  /** Q5_K: eight times 32 columns, whose scales are Q4_K's. */
  static final class Q5K extends FiveBits {
    Q5K(Form form) {
      super(form);
    }

    @Override
    void block() {
      eightBlocks(PanelLayout.Q5_K, 5, this::columns);
    }
  }
}
