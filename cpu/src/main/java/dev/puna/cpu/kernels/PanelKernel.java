package dev.puna.cpu.kernels;

import static dev.puna.cpu.asm.Gpr.R10;
import static dev.puna.cpu.asm.Gpr.R11;
import static dev.puna.cpu.asm.Gpr.R12;
import static dev.puna.cpu.asm.Gpr.R13;
import static dev.puna.cpu.asm.Gpr.R14;
import static dev.puna.cpu.asm.Gpr.R15;
import static dev.puna.cpu.asm.Gpr.R8;
import static dev.puna.cpu.asm.Gpr.R9;
import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RBP;
import static dev.puna.cpu.asm.Gpr.RBX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;
import static dev.puna.cpu.asm.Gpr.RSP;

import dev.puna.cpu.asm.Assembler;
import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Gpr;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;

/**
 * The product of panels of quantized weights with rows of quantized activations (see {@link
 * PanelLayout} and {@link QuantizedRows}): out[t][r] = Σ over blocks of d_r·dx_t · Σ w·x, the inner
 * sum in whole numbers, exactly, the outer one by one multiply-add per block in ascending order,
 * then the bias. That order does not depend on how many rows are multiplied at a time, so a row's
 * result is the same alone and among others.
 *
 * <p>One row: bound by the memory. Several: by the units that multiply bytes, of which each
 * instruction does 32 or 64; decoding the weights and scaling the sums are spread over the rows.
 */
abstract class PanelKernel {
  // the arguments
  static final int PANEL = 0;
  static final int PANEL_BYTES = 8;
  static final int HEADS_BYTES = 16;
  static final int BLOCKS = 24;
  static final int X = 32;
  static final int X_STRIDE = 40;
  static final int OUT = 48;
  static final int OUT_STRIDE = 56;
  static final int PANELS = 64;
  static final int TILES = 72;
  static final int BIAS = 80;
  private static final int TILES_LEFT = 88;

  /** Bytes by which quants are fetched ahead: less hides too little of the memory's latency. */
  static final int AHEAD = 4096;

  // constants in memory: this one, and those of layouts
  private static final int CONSTANTS = 4;
  static final int PAIR_OF_ONES = 0;

  // registers: the current block's heads, quants and activations (rows 0 to 3, 4 to 7, 8 to 11)
  static final Gpr HEADS = RAX;
  static final Gpr QUANTS = RCX;
  private static final Gpr[] ROWS = {RDX, R8, R9};
  private static final Gpr STRIDE = R10;
  private static final Gpr STRIDE_3 = R11;
  private static final Gpr BLOCKS_LEFT = RSI;
  private static final Gpr PANEL_AT = RBX;
  private static final Gpr TILE_X = R12;
  private static final Gpr TILE_OUT = R13;
  static final Gpr INNER = R14;
  static final Gpr SCALES = R15;

  /**
   * What there is a kernel of its own for.
   *
   * @param rows rows of activations of a tile
   * @param ahead whether to fetch quants ahead of their use
   */
  record Form(Isa isa, int rows, boolean ahead) {}

  final Assembler a = new Assembler();
  final Form form;
  final Isa isa;
  final int rows;

  /** Vectors for the 16 rows of a panel. */
  final int parts;

  final boolean sumsInRegisters;

  PanelKernel(Form form) {
    this.form = form;
    isa = form.isa();
    rows = form.rows();
    parts = 512 / isa.bits();
    sumsInRegisters = 2 * rows * parts + 8 <= isa.registers();
  }

  /**
   * The most rows of a tile: their sums of whole numbers, and what decoding takes, in registers.
   */
  static int mostRows(Isa isa) {
    return isa.bits() == 512 ? 12 : 4;
  }

  /** Sets constants. */
  abstract void constants();

  /** Multiplies a block and moves on {@link #HEADS}, {@link #QUANTS} and the activations. */
  abstract void block();

  // ---- registers

  /** Whole numbers of a row of activations and a part of the panel. */
  final Vec whole(int t, int part) {
    return isa.v(t * parts + part);
  }

  /** One of those that are free for other uses: 8, after all sums. */
  final Vec free(int i) {
    return isa.v((sumsInRegisters ? 2 : 1) * rows * parts + i);
  }

  /** Where sums are when a tile ends, and begin as zeros. */
  final Vec result(int t, int part) {
    return sumsInRegisters ? isa.v((rows + t) * parts + part) : whole(t, part);
  }

  final Mem sumInMemory(int t, int part) {
    return Mem.at(RSP, (t * parts + part) * isa.bits() / 8);
  }

  /** Activations of row t, so many bytes from the block's first. */
  final Mem x(int t, int offset) {
    Gpr base = ROWS[t / 4];
    return switch (t % 4) {
      case 0 -> Mem.at(base, offset);
      case 1 -> Mem.at(base, STRIDE, 1, offset);
      case 2 -> Mem.at(base, STRIDE, 2, offset);
      default -> Mem.at(base, STRIDE_3, 1, offset);
    };
  }

  final void constant(Vec v, int bits) {
    Arguments.constant(a, v, bits);
  }

  /** Puts 32 bits into all lanes of a constant in memory, for which there is no register. */
  final void constant(int number, int bits) {
    constant(free(0), bits);
    a.vmovups(constant(number), free(0));
  }

  final Mem constant(int number) {
    return Mem.at(RSP, 64 * (rows + number));
  }

  /** Moves the activations on by 32 columns. */
  final void advance() {
    for (int i = 0; 4 * i < rows; i++) {
      a.add(ROWS[i], QuantizedRows.BLOCK);
    }
  }

  /** A register for each part of the panel. */
  final Vec[] perPart(int first) {
    Vec[] registers = new Vec[parts];
    for (int p = 0; p < parts; p++) {
      registers[p] = free(first + p);
    }
    return registers;
  }

  /** Quants of the panel's rows, so many vectors of 512 bits from the current block's first. */
  final Mem quants(int vector, int part) {
    return Mem.at(QUANTS, 64 * vector + part * isa.bits() / 8);
  }

  // ---- the loops

  /** The code: panels, tiles of activations, blocks. */
  final byte[] assemble() {
    for (Gpr r : new Gpr[] {RBP, RBX, R12, R13, R14, R15}) {
      a.push(r);
    }
    a.mov(RBP, RSP);
    a.sub(RSP, 64 * (rows + CONSTANTS));
    a.and(RSP, -64);
    constant(PAIR_OF_ONES, 0x00010001);
    constants();
    a.mov(STRIDE, Mem.at(RDI, X_STRIDE));
    a.lea(STRIDE_3, Mem.at(STRIDE, STRIDE, 2, 0));
    a.mov(PANEL_AT, Mem.at(RDI, PANEL));
    Label panel = a.here();
    a.mov(TILE_X, Mem.at(RDI, X));
    a.mov(TILE_OUT, Mem.at(RDI, OUT));
    a.mov(RAX, Mem.at(RDI, TILES));
    a.mov(Mem.at(RDI, TILES_LEFT), RAX);
    Label tile = a.here();
    tile();
    a.sub(Mem.at(RDI, TILES_LEFT), 1);
    a.j(Condition.NOT_ZERO, tile);
    a.add(PANEL_AT, Mem.at(RDI, PANEL_BYTES));
    a.add(Mem.at(RDI, OUT), 4 * PanelLayout.ROWS);
    nextBias();
    a.sub(Mem.at(RDI, PANELS), 1);
    a.j(Condition.NOT_ZERO, panel);
    a.mov(RSP, RBP);
    for (Gpr r : new Gpr[] {R15, R14, R13, R12, RBX, RBP}) {
      a.pop(r);
    }
    a.vzeroupper();
    a.ret();
    return a.toBytes();
  }

  private void nextBias() {
    Label none = new Label();
    a.cmp(Mem.at(RDI, BIAS), 0);
    a.j(Condition.ZERO, none);
    a.add(Mem.at(RDI, BIAS), 4 * PanelLayout.ROWS);
    a.bind(none);
  }

  private void tile() {
    a.mov(HEADS, PANEL_AT);
    a.mov(QUANTS, PANEL_AT);
    a.add(QUANTS, Mem.at(RDI, HEADS_BYTES));
    a.mov(ROWS[0], TILE_X);
    for (int i = 1; 4 * i < rows; i++) {
      a.lea(ROWS[i], Mem.at(ROWS[i - 1], STRIDE, 4, 0));
    }
    clear();
    a.mov(BLOCKS_LEFT, Mem.at(RDI, BLOCKS));
    Label next = a.here();
    block();
    a.sub(BLOCKS_LEFT, 1);
    a.j(Condition.NOT_ZERO, next);
    store();
  }

  private void clear() {
    for (int i = 0; i < rows * parts; i++) {
      Vec zero = result(i / parts, i % parts);
      a.vpxord(zero, zero, zero);
      if (!sumsInRegisters) {
        a.vmovups(sumInMemory(i / parts, i % parts), zero);
      }
    }
  }

  /** Adds the bias, stores the tile, and moves on to the next. */
  private void store() {
    Label unbiased = new Label();
    for (int i = 0; !sumsInRegisters && i < rows * parts; i++) {
      a.vmovups(result(i / parts, i % parts), sumInMemory(i / parts, i % parts));
    }
    a.mov(RAX, Mem.at(RDI, BIAS));
    a.test(RAX, RAX);
    a.j(Condition.ZERO, unbiased);
    for (int t = 0; t < rows; t++) {
      for (int p = 0; p < parts; p++) {
        a.vaddps(result(t, p), result(t, p), Mem.at(RAX, p * isa.bits() / 8));
      }
    }
    a.bind(unbiased);
    for (int t = 0; t < rows; t++) {
      for (int p = 0; p < parts; p++) {
        a.vmovups(Mem.at(TILE_OUT, p * isa.bits() / 8), result(t, p));
      }
      a.add(TILE_OUT, Mem.at(RDI, OUT_STRIDE));
      a.add(TILE_X, STRIDE);
    }
  }
}
