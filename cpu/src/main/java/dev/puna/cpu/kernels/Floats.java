package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/** Floating-point numbers as they are stored, each widened to single precision by its load. */
public enum Floats {
  F32(4),
  F16(2),
  BF16(2);

  final int bytes;

  Floats(int bytes) {
    this.bytes = bytes;
  }

  /** d ← as many numbers as it has lanes. */
  void load(Assembler a, Vec d, Mem from) {
    switch (this) {
      case F32 -> a.vmovups(d, from);
      case F16 -> a.vcvtph2ps(d, from);
      case BF16 -> {
        a.vpmovzxwd(d, from);
        a.vpslld(d, d, 16);
      }
    }
  }

  /** Copies one number; up to 4 bytes are written. */
  void copy(Assembler a, Mem to, Mem from, Gpr by) {
    if (bytes == 4) {
      a.movsxd(by, from);
    } else {
      a.movzx16(by, from);
    }
    a.mov32(to, by);
  }
}
