package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/** What ends a sum: its lanes by halves, then the columns that fill no vector, one by one. */
final class Sums {
  private Sums() {}

  /**
   * The sums of four vectors' lanes, in the first one's lower four: lane i and i + 8, then i + 4,
   * then i + 2, then the last two.
   *
   * @param sums four vectors, which are overwritten; the same one four times over for a single one
   * @param free three vectors for intermediate results
   */
  static void byHalves(Assembler a, Vec[] sums, Vec[] free) {
    for (int i = 0; i < 4; i++) {
      if (i == 0 || !sums[i].equals(sums[0])) {
        fold(a, sums[i], free[0]);
      }
    }
    Vec[] s = as128(sums);
    Vec[] f = as128(free);
    pairs(a, f[0], s[0], s[1], f[2]);
    pairs(a, f[1], s[2], s[3], f[2]);
    a.vshufps(f[2], f[0], f[1], 0x44);
    a.vshufps(f[0], f[0], f[1], 0xEE);
    a.vaddps(s[0], f[2], f[0]);
  }

  /** To four lanes. */
  private static void fold(Assembler a, Vec v, Vec free) {
    if (v.bits() == 512) {
      a.vextractf64x4(free.as(256), v, 1);
      a.vaddps(v.as(256), v.as(256), free.as(256));
    }
    a.vextractf128(free.as(128), v.as(256), 1);
    a.vaddps(v.as(128), v.as(128), free.as(128));
  }

  /** to ← (a0 + a2, b0 + b2, a1 + a3, b1 + b3). */
  private static void pairs(Assembler a, Vec to, Vec va, Vec vb, Vec free) {
    a.vunpcklps(to, va, vb);
    a.vunpckhps(free, va, vb);
    a.vaddps(to, to, free);
  }

  private static Vec[] as128(Vec[] vectors) {
    Vec[] narrow = new Vec[vectors.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = vectors[i].as(128);
    }
    return narrow;
  }

  /**
   * d ← the numbers at four places, by way of memory: only columns that fill no vector come here.
   *
   * @param buffer 32 bytes
   */
  static void gather(Assembler a, Floats type, Vec d, Mem[] places, Mem buffer, Gpr free) {
    for (int r = 0; r < places.length; r++) {
      type.copy(a, buffer.plus(type.bytes * r), places[r], free);
    }
    type.load(a, d, buffer);
  }
}
