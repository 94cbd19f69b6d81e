package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;
import static dev.puna.cpu.asm.Vec.xmm;
import static dev.puna.cpu.asm.Vec.ymm;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;
import dev.puna.tensor.DType;

/**
 * Keys and values of a stretch of 64 positions, from wherever they lie and as they are stored, in
 * single precision and the form that {@link RowsTimesMatrix} reads.
 */
final class AttentionRows {
  private AttentionRows() {}

  // the arguments: addresses of the rows, where to, how many
  static final int ROWS = 0;
  static final int TO = 8;
  static final int COUNT = 16;

  /** Not an argument: eight rows' scales of a block, in single precision. */
  private static final int SCALES = 32;

  private static final int STRETCH = AttentionKernels.STRETCH;

  /** Eight numbers in single precision, of a type with scales without them. */
  private static void load(Assembler a, DType type, Vec to, Mem at) {
    switch (type) {
      case F32 -> a.vmovups(to, at);
      case F16 -> a.vcvtph2ps(to, at);
      case Q8_0 -> {
        a.vpmovsxbd(to, at);
        a.vcvtdq2ps(to, to);
      }
      default -> throw new IllegalArgumentException("no keys and values of type " + type);
    }
  }

  /** The byte of a row at which a column is. */
  private static int at(DType type, int column) {
    int size = type.blockSize();
    return size == 1
        ? type.blockBytes() * column
        : column / size * type.blockBytes() + Short.BYTES + column % size;
  }

  /**
   * to[c][i] = row i's column c, for groups of 8 rows: 8 times 8 numbers at a time, by 24 shuffles,
   * which bound it. A row's scales multiply its lane, after the shuffles.
   *
   * @param columns a multiple of 8, whole blocks
   */
  static byte[] keys(int columns, DType type) {
    Assembler a = new Assembler();
    int unit = Math.max(8, type.blockSize());
    a.mov(RSI, Mem.at(RDI, ROWS));
    a.mov(RDX, Mem.at(RDI, TO));
    a.mov(RCX, Mem.at(RDI, COUNT)); // groups
    Label group = a.here();
    a.mov(R8, 0);
    a.mov(R9, RDX);
    Label block = a.here();
    boolean scaled = type == DType.Q8_0;
    if (scaled) {
      scales(a);
    }
    for (int c = 0; c < unit; c += 8) {
      for (int i = 0; i < 8; i++) {
        a.mov(RAX, Mem.at(RSI, 8 * i));
        load(a, type, ymm(i), Mem.at(RAX, R8, 1, at(type, c)));
      }
      transpose(a);
      for (int i = 0; i < 8; i++) {
        if (scaled) {
          a.vmulps(ymm(8 + i), ymm(8 + i), Mem.at(RDI, SCALES));
        }
        a.vmovups(Mem.at(R9, 4 * STRETCH * (c + i)), ymm(8 + i));
      }
    }
    a.add(R9, unit * 4 * STRETCH);
    a.add(R8, (int) type.bytes(unit));
    a.cmp(R8, (int) type.bytes(columns));
    a.j(Condition.LESS, block);
    a.add(RSI, 64);
    a.add(RDX, 32);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, group);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  /** The scales of 8 rows' blocks; they wait in memory, as all registers are shuffled. */
  private static void scales(Assembler a) {
    for (int i = 0; i < 8; i++) {
      a.mov(RAX, Mem.at(RSI, 8 * i));
      a.vpinsrw(xmm(0), xmm(0), Mem.at(RAX, R8, 1, 0), i);
    }
    a.vcvtph2ps(ymm(0), xmm(0));
    a.vmovups(Mem.at(RDI, SCALES), ymm(0));
  }

  /** Registers 0 to 7, 8 numbers each, to 8 to 15. */
  private static void transpose(Assembler a) {
    for (int i = 0; i < 8; i += 2) {
      a.vunpcklps(ymm(8 + i), ymm(i), ymm(i + 1));
      a.vunpckhps(ymm(9 + i), ymm(i), ymm(i + 1));
    }
    for (int h = 0; h < 8; h += 4) {
      a.vshufps(ymm(h), ymm(8 + h), ymm(10 + h), 0x44);
      a.vshufps(ymm(h + 1), ymm(8 + h), ymm(10 + h), 0xEE);
      a.vshufps(ymm(h + 2), ymm(9 + h), ymm(11 + h), 0x44);
      a.vshufps(ymm(h + 3), ymm(9 + h), ymm(11 + h), 0xEE);
    }
    for (int i = 0; i < 4; i++) {
      a.vperm2f128(ymm(8 + i), ymm(i), ymm(4 + i), 0x20);
      a.vperm2f128(ymm(12 + i), ymm(i), ymm(4 + i), 0x31);
    }
  }

  /**
   * to[i][c] = row i's column c in single precision: bound by loads and stores.
   *
   * @param columns a multiple of 8; their last block may be cut
   */
  static byte[] values(int columns, DType type) {
    Assembler a = new Assembler();
    Vec scale = ymm(8);
    a.mov(RSI, Mem.at(RDI, ROWS));
    a.mov(RDX, Mem.at(RDI, TO));
    a.mov(RCX, Mem.at(RDI, COUNT));
    Label row = a.here();
    a.mov(RAX, Mem.at(RSI, 0));
    boolean scaled = type == DType.Q8_0;
    for (int c = 0; c < columns; c += 8) {
      Vec x = ymm(c / 8 % 8);
      if (scaled && c % type.blockSize() == 0) {
        a.vpbroadcastw(scale.as(128), Mem.at(RAX, (int) type.bytes(c)));
        a.vcvtph2ps(scale, scale.as(128));
      }
      load(a, type, x, Mem.at(RAX, at(type, c)));
      if (scaled) {
        a.vmulps(x, x, scale);
      }
      a.vmovups(Mem.at(RDX, 4 * c), x);
    }
    a.add(RDX, 4 * columns);
    a.add(RSI, 8);
    a.sub(RCX, 1);
    a.j(Condition.NOT_ZERO, row);
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }
}
