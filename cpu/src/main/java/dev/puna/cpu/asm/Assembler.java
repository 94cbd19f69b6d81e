package dev.puna.cpu.asm;

import dev.puna.cpu.asm.Encoder.Code;
import dev.puna.cpu.asm.Encoder.Form;
import dev.puna.cpu.asm.Encoder.Map;
import dev.puna.cpu.asm.Encoder.Prefix;

/**
 * The instructions that kernels are written in, by their names in Intel's manual; the first operand
 * is written to. A vector instruction takes its width from its first register. The names are the
 * EVEX ones where they differ (vpxord for vpxor): the shorter encoding is chosen where it can be.
 */
public final class Assembler {
  private final Encoder code = new Encoder();

  /** The code so far; all labels that jumps lead to must be bound. */
  public byte[] toBytes() {
    return code.toBytes();
  }

  // ---- labels and jumps

  /** Binds the label to this place. */
  public void bind(Label label) {
    if (label.position != Label.UNBOUND) {
      throw new IllegalStateException("the label is bound already");
    }
    label.position = code.position();
    for (int jump : label.jumps) {
      code.patch32(jump, label.position - (jump + 4));
    }
  }

  /** A label bound to this place. */
  public Label here() {
    Label label = new Label();
    bind(label);
    return label;
  }

  public void jmp(Label to) {
    code.emit(0xE9);
    distance(to);
  }

  public void j(Condition condition, Label to) {
    code.emit(0x0F, 0x80 | condition.code);
    distance(to);
  }

  private void distance(Label to) {
    if (to.position == Label.UNBOUND) {
      to.jumps.add(code.position());
      code.emit32(0);
    } else {
      code.emit32(to.position - (code.position() + 4));
    }
  }

  public void ret() {
    code.emit(0xC3);
  }

  // ---- general purpose registers

  public void mov(Gpr to, Gpr from) {
    code.general(1, from.ordinal(), to, 0x89);
  }

  public void mov(Gpr to, Mem from) {
    code.general(1, to.ordinal(), from, 0x8B);
  }

  public void mov(Mem to, Gpr from) {
    code.general(1, from.ordinal(), to, 0x89);
  }

  /** The lower 32 bits. */
  public void mov32(Mem to, Gpr from) {
    code.general(0, from.ordinal(), to, 0x89);
  }

  /** A number of 32 bits; the upper half becomes zero. */
  public void mov(Gpr to, int value) {
    code.rex(0, 0, 0, to.ordinal(), 0xB8 | to.ordinal() & 7);
    code.emit32(value);
  }

  /** A number of 64 bits. */
  public void mov(Gpr to, long value) {
    code.rex(1, 0, 0, to.ordinal(), 0xB8 | to.ordinal() & 7);
    code.emit64(value);
  }

  /** 16 bits; the others become zero. */
  public void movzx16(Gpr to, Mem from) {
    code.general(0, to.ordinal(), from, 0x0F, 0xB7);
  }

  /** 32 bits, with their sign. */
  public void movsxd(Gpr to, Mem from) {
    code.general(1, to.ordinal(), from, 0x63);
  }

  /** The address itself. */
  public void lea(Gpr to, Mem of) {
    code.general(1, to.ordinal(), of, 0x8D);
  }

  public void add(Gpr to, Gpr b) {
    code.general(1, b.ordinal(), to, 0x01);
  }

  public void add(Gpr to, Mem b) {
    code.general(1, to.ordinal(), b, 0x03);
  }

  public void add(Gpr to, int value) {
    immediate(0, to, value);
  }

  public void add(Mem to, int value) {
    immediate(0, to, value);
  }

  public void sub(Gpr to, Gpr b) {
    code.general(1, b.ordinal(), to, 0x29);
  }

  public void sub(Gpr to, int value) {
    immediate(5, to, value);
  }

  public void sub(Mem to, int value) {
    immediate(5, to, value);
  }

  public void and(Gpr to, int value) {
    immediate(4, to, value);
  }

  public void cmp(Gpr a, Gpr b) {
    code.general(1, b.ordinal(), a, 0x39);
  }

  public void cmp(Gpr a, int value) {
    immediate(7, a, value);
  }

  public void cmp(Mem a, int value) {
    immediate(7, a, value);
  }

  public void test(Gpr a, Gpr b) {
    code.general(1, b.ordinal(), a, 0x85);
  }

  public void imul(Gpr to, Gpr b) {
    code.general(1, to.ordinal(), b, 0x0F, 0xAF);
  }

  public void shl(Gpr to, int bits) {
    code.general(1, 4, to, 0xC1);
    code.emit(bits);
  }

  public void shr(Gpr to, int bits) {
    code.general(1, 5, to, 0xC1);
    code.emit(bits);
  }

  private void immediate(int operation, Gpr to, int value) {
    boolean small = value == (byte) value;
    code.general(1, operation, to, small ? 0x83 : 0x81);
    immediate(small, value);
  }

  private void immediate(int operation, Mem to, int value) {
    boolean small = value == (byte) value;
    code.general(1, operation, to, small ? 0x83 : 0x81);
    immediate(small, value);
  }

  private void immediate(boolean small, int value) {
    if (small) {
      code.emit(value);
    } else {
      code.emit32(value);
    }
  }

  public void push(Gpr r) {
    code.rex(0, 0, 0, r.ordinal(), 0x50 | r.ordinal() & 7);
  }

  public void pop(Gpr r) {
    code.rex(0, 0, 0, r.ordinal(), 0x58 | r.ordinal() & 7);
  }

  /** Fetches a cache line into all levels. */
  public void prefetcht0(Mem m) {
    code.general(0, 1, m, 0x0F, 0x18);
  }

  /** What the processor can do: reads RAX (leaf) and RCX, writes RAX, RBX, RCX and RDX. */
  public void cpuid() {
    code.emit(0x0F, 0xA2);
  }

  /** What the system saves: reads RCX (0), writes RAX and RDX. */
  public void xgetbv() {
    code.emit(0x0F, 0x01, 0xD0);
  }

  // ---- moving vectors

  /** Forgets the upper halves; due before code that uses xmm in the old encoding runs. */
  public void vzeroupper() {
    code.emit(0xC5, 0xF8, 0x77);
  }

  private static Code of(Map map, Prefix prefix, int opcode) {
    return Code.of(map, prefix, opcode);
  }

  private static final Code VMOVUPS_LOAD = of(Map.OF, Prefix.NONE, 0x10);
  private static final Code VMOVUPS_STORE = of(Map.OF, Prefix.NONE, 0x11);
  private static final Code VMOVAPS = of(Map.OF, Prefix.NONE, 0x28);
  private static final Code VMOVD_LOAD = of(Map.OF, Prefix.P66, 0x6E).memory(4);
  private static final Code VMOVD_STORE = of(Map.OF, Prefix.P66, 0x7E).memory(4);
  private static final Code VMOVQ_LOAD = of(Map.OF, Prefix.PF3, 0x7E).memory(8).only(Form.VEX);
  private static final Code VMOVQ_STORE = of(Map.OF, Prefix.P66, 0xD6).memory(8).only(Form.VEX);
  private static final Code VMASKMOV_LOAD = of(Map.OF38, Prefix.P66, 0x2C).only(Form.VEX);
  private static final Code VMASKMOV_STORE = of(Map.OF38, Prefix.P66, 0x2E).only(Form.VEX);
  private static final Code VPBROADCASTD = of(Map.OF38, Prefix.P66, 0x58).memory(4);
  private static final Code VBROADCASTSS = of(Map.OF38, Prefix.P66, 0x18).memory(4);
  private static final Code VEXTRACT128 = of(Map.OF3A, Prefix.P66, 0x19).memory(16);
  private static final Code VEXTRACT256 =
      of(Map.OF3A, Prefix.P66, 0x1B).memory(32).only(Form.EVEX).wide(1);

  public void vmovups(Vec d, Mem m) {
    code.vector(VMOVUPS_LOAD, d.bits(), d.number(), 0, m);
  }

  public void vmovups(Mem m, Vec s) {
    code.vector(VMOVUPS_STORE, s.bits(), s.number(), 0, m);
  }

  public void vmovaps(Vec d, Vec s) {
    code.vector(VMOVAPS, d.bits(), d.number(), 0, s);
  }

  /** 32 bits into lane 0; the other lanes become zero. */
  public void vmovd(Vec d, Mem m) {
    code.vector(VMOVD_LOAD, 128, d.number(), 0, m);
  }

  public void vmovd(Vec d, Gpr s) {
    // a general purpose register stands where a vector register's number stands
    code.vector(VMOVD_LOAD, 128, d.number(), 0, Vec.xmm(s.ordinal()));
  }

  public void vmovd(Mem m, Vec s) {
    code.vector(VMOVD_STORE, 128, s.number(), 0, m);
  }

  /** 64 bits into the lower half of xmm; the others become zero. */
  public void vmovq(Vec d, Mem m) {
    code.vector(VMOVQ_LOAD, 128, d.number(), 0, m);
  }

  public void vmovq(Mem m, Vec s) {
    code.vector(VMOVQ_STORE, 128, s.number(), 0, m);
  }

  /** Lanes whose mask has its sign bit; the others become zero, and are not touched in memory. */
  public void vmaskmovps(Vec d, Vec mask, Mem m) {
    code.vector(VMASKMOV_LOAD, d.bits(), d.number(), mask.number(), m);
  }

  public void vmaskmovps(Mem m, Vec mask, Vec s) {
    code.vector(VMASKMOV_STORE, s.bits(), s.number(), mask.number(), m);
  }

  /** One number of 32 bits in all lanes; of a register, its lane 0. */
  public void vpbroadcastd(Vec d, Operand s) {
    code.vector(VPBROADCASTD, d.bits(), d.number(), 0, s);
  }

  public void vbroadcastss(Vec d, Operand s) {
    code.vector(VBROADCASTSS, d.bits(), d.number(), 0, s);
  }

  /** A quarter or half of {@code s}, 128 bits: d ← part {@code part}. */
  public void vextractf128(Vec d, Vec s, int part) {
    code.vector(VEXTRACT128, s.bits(), s.number(), 0, d);
    code.emit(part);
  }

  /** The lower or upper half of a zmm register. */
  public void vextractf64x4(Vec d, Vec s, int part) {
    code.vector(VEXTRACT256, 512, s.number(), 0, d);
    code.emit(part);
  }

  // ---- arithmetic: d ← a · b

  private void three(Code c, Vec d, Vec a, Operand b) {
    code.vector(c, d.bits(), d.number(), a.number(), b);
  }

  public void vaddps(Vec d, Vec a, Operand b) {
    three(VADDPS, d, a, b);
  }

  private static final Code VADDPS = of(Map.OF, Prefix.NONE, 0x58);

  public void vsubps(Vec d, Vec a, Operand b) {
    three(VSUBPS, d, a, b);
  }

  private static final Code VSUBPS = of(Map.OF, Prefix.NONE, 0x5C);

  public void vmulps(Vec d, Vec a, Operand b) {
    three(VMULPS, d, a, b);
  }

  private static final Code VMULPS = of(Map.OF, Prefix.NONE, 0x59);

  public void vdivps(Vec d, Vec a, Operand b) {
    three(VDIVPS, d, a, b);
  }

  private static final Code VDIVPS = of(Map.OF, Prefix.NONE, 0x5E);

  public void vminps(Vec d, Vec a, Operand b) {
    three(VMINPS, d, a, b);
  }

  private static final Code VMINPS = of(Map.OF, Prefix.NONE, 0x5D);

  public void vmaxps(Vec d, Vec a, Operand b) {
    three(VMAXPS, d, a, b);
  }

  private static final Code VMAXPS = of(Map.OF, Prefix.NONE, 0x5F);

  /** d ← a·d + b. */
  public void vfmadd213ps(Vec d, Vec a, Operand b) {
    three(VFMADD213PS, d, a, b);
  }

  private static final Code VFMADD213PS = of(Map.OF38, Prefix.P66, 0xA8);

  /** d ← d + a·b. */
  public void vfmadd231ps(Vec d, Vec a, Operand b) {
    three(VFMADD231PS, d, a, b);
  }

  private static final Code VFMADD231PS = of(Map.OF38, Prefix.P66, 0xB8);

  /** d ← d - a·b. */
  public void vfnmadd231ps(Vec d, Vec a, Operand b) {
    three(VFNMADD231PS, d, a, b);
  }

  private static final Code VFNMADD231PS = of(Map.OF38, Prefix.P66, 0xBC);

  /** d ← d·b + a. */
  public void vfmadd132ps(Vec d, Vec a, Operand b) {
    three(VFMADD132PS, d, a, b);
  }

  private static final Code VFMADD132PS = of(Map.OF38, Prefix.P66, 0x98);

  public void vpxord(Vec d, Vec a, Operand b) {
    three(VPXORD, d, a, b);
  }

  private static final Code VPXORD = of(Map.OF, Prefix.P66, 0xEF);

  public void vpandd(Vec d, Vec a, Operand b) {
    three(VPANDD, d, a, b);
  }

  private static final Code VPANDD = of(Map.OF, Prefix.P66, 0xDB);

  /** d ← ¬a ∧ b. */
  public void vpandnd(Vec d, Vec a, Operand b) {
    three(VPANDND, d, a, b);
  }

  private static final Code VPANDND = of(Map.OF, Prefix.P66, 0xDF);

  public void vpord(Vec d, Vec a, Operand b) {
    three(VPORD, d, a, b);
  }

  private static final Code VPORD = of(Map.OF, Prefix.P66, 0xEB);

  public void vpaddd(Vec d, Vec a, Operand b) {
    three(VPADDD, d, a, b);
  }

  private static final Code VPADDD = of(Map.OF, Prefix.P66, 0xFE);

  public void vpsubd(Vec d, Vec a, Operand b) {
    three(VPSUBD, d, a, b);
  }

  private static final Code VPSUBD = of(Map.OF, Prefix.P66, 0xFA);

  public void vpaddw(Vec d, Vec a, Operand b) {
    three(VPADDW, d, a, b);
  }

  private static final Code VPADDW = of(Map.OF, Prefix.P66, 0xFD);

  public void vpaddb(Vec d, Vec a, Operand b) {
    three(VPADDB, d, a, b);
  }

  private static final Code VPADDB = of(Map.OF, Prefix.P66, 0xFC);

  public void vpsubb(Vec d, Vec a, Operand b) {
    three(VPSUBB, d, a, b);
  }

  private static final Code VPSUBB = of(Map.OF, Prefix.P66, 0xF8);

  public void vpmulld(Vec d, Vec a, Operand b) {
    three(VPMULLD, d, a, b);
  }

  private static final Code VPMULLD = of(Map.OF38, Prefix.P66, 0x40);

  /** d ← sums of two products of signed 16-bit numbers each. */
  public void vpmaddwd(Vec d, Vec a, Operand b) {
    three(VPMADDWD, d, a, b);
  }

  private static final Code VPMADDWD = of(Map.OF, Prefix.P66, 0xF5);

  /** d ← sums of two products each of a's unsigned and b's signed bytes, saturated to 16 bits. */
  public void vpmaddubsw(Vec d, Vec a, Operand b) {
    three(VPMADDUBSW, d, a, b);
  }

  private static final Code VPMADDUBSW = of(Map.OF38, Prefix.P66, 0x04);

  /** Narrows 32 to 16 bits, saturated, within each 128 bits: those of a, then those of b. */
  public void vpackssdw(Vec d, Vec a, Operand b) {
    three(VPACKSSDW, d, a, b);
  }

  private static final Code VPACKSSDW = of(Map.OF, Prefix.P66, 0x6B);

  /** Narrows 16 to 8 bits, saturated, within each 128 bits: those of a, then those of b. */
  public void vpacksswb(Vec d, Vec a, Operand b) {
    three(VPACKSSWB, d, a, b);
  }

  private static final Code VPACKSSWB = of(Map.OF, Prefix.P66, 0x63);

  public void vunpcklps(Vec d, Vec a, Operand b) {
    three(VUNPCKLPS, d, a, b);
  }

  private static final Code VUNPCKLPS = of(Map.OF, Prefix.NONE, 0x14);

  public void vunpckhps(Vec d, Vec a, Operand b) {
    three(VUNPCKHPS, d, a, b);
  }

  private static final Code VUNPCKHPS = of(Map.OF, Prefix.NONE, 0x15);

  /** d ← a, negated or made zero where b is. */
  public void vpsignb(Vec d, Vec a, Operand b) {
    three(VPSIGNB, d, a, b);
  }

  private static final Code VPSIGNB = of(Map.OF38, Prefix.P66, 0x08).only(Form.VEX);

  /** d ← d + sums of four products each of a's unsigned and b's signed bytes (AVX512-VNNI). */
  public void vpdpbusd(Vec d, Vec a, Operand b) {
    three(VPDPBUSD, d, a, b);
  }

  private static final Code VPDPBUSD = of(Map.OF38, Prefix.P66, 0x50).only(Form.EVEX);

  /** The same, as AVX-VNNI encodes it. */
  public void vpdpbusdVex(Vec d, Vec a, Operand b) {
    three(VPDPBUSDVEX, d, a, b);
  }

  private static final Code VPDPBUSDVEX = of(Map.OF38, Prefix.P66, 0x50).only(Form.VEX);

  /** d ← d + sums of two products of bfloat16 numbers each (AVX512-BF16). */
  public void vdpbf16ps(Vec d, Vec a, Operand b) {
    three(VDPBF16PS, d, a, b);
  }

  private static final Code VDPBF16PS = of(Map.OF38, Prefix.PF3, 0x52).only(Form.EVEX);

  /** d ← the larger of two unsigned numbers of 32 bits; of two floats without sign, NaN counts most. */
  public void vpmaxud(Vec d, Vec a, Operand b) {
    three(VPMAXUD, d, a, b);
  }

  private static final Code VPMAXUD = of(Map.OF38, Prefix.P66, 0x3F);

  /** d ← the lower 16 bits of products of 16-bit numbers. */
  public void vpmullw(Vec d, Vec a, Operand b) {
    three(VPMULLW, d, a, b);
  }

  private static final Code VPMULLW = of(Map.OF, Prefix.P66, 0xD5);

  /** |s|, byte by byte. */
  public void vpabsb(Vec d, Operand s) {
    code.vector(VPABSB, d.bits(), d.number(), 0, s);
  }

  // ---- shifts by a constant

  private void shift(Code c, int extension, Vec d, Vec s, int bits) {
    code.vector(c, d.bits(), extension, d.number(), s);
    code.emit(bits);
  }

  private static final Code SHIFT_W = of(Map.OF, Prefix.P66, 0x71);
  private static final Code SHIFT_D = of(Map.OF, Prefix.P66, 0x72);

  public void vpsrlw(Vec d, Vec s, int bits) {
    shift(SHIFT_W, 2, d, s, bits);
  }

  public void vpsllw(Vec d, Vec s, int bits) {
    shift(SHIFT_W, 6, d, s, bits);
  }

  public void vpsrld(Vec d, Vec s, int bits) {
    shift(SHIFT_D, 2, d, s, bits);
  }

  public void vpsrad(Vec d, Vec s, int bits) {
    shift(SHIFT_D, 4, d, s, bits);
  }

  public void vpslld(Vec d, Vec s, int bits) {
    shift(SHIFT_D, 6, d, s, bits);
  }

  // ---- conversions

  /** Whole numbers of 32 bits to single precision. */
  public void vcvtdq2ps(Vec d, Operand s) {
    code.vector(VCVTDQ2PS, d.bits(), d.number(), 0, s);
  }

  private static final Code VCVTDQ2PS = of(Map.OF, Prefix.NONE, 0x5B);

  /** Single precision to the nearest whole number of 32 bits, ties to even. */
  public void vcvtps2dq(Vec d, Operand s) {
    code.vector(VCVTPS2DQ, d.bits(), d.number(), 0, s);
  }

  private static final Code VCVTPS2DQ = of(Map.OF, Prefix.P66, 0x5B);

  /** Half to single precision; {@code s} has half the width of {@code d}. */
  public void vcvtph2ps(Vec d, Operand s) {
    code.vector(VCVTPH2PS.memory(d.bytes() / 2), d.bits(), d.number(), 0, s);
  }

  private static final Code VCVTPH2PS = of(Map.OF38, Prefix.P66, 0x13);

  /** Unsigned bytes to 32 bits; {@code s} has a quarter of the width of {@code d}. */
  public void vpmovzxbd(Vec d, Operand s) {
    code.vector(VPMOVZXBD.memory(d.bytes() / 4), d.bits(), d.number(), 0, s);
  }

  private static final Code VPMOVZXBD = of(Map.OF38, Prefix.P66, 0x31);

  /** Signed bytes to 32 bits; {@code s} has a quarter of the width of {@code d}. */
  public void vpmovsxbd(Vec d, Operand s) {
    code.vector(VPMOVSXBD.memory(d.bytes() / 4), d.bits(), d.number(), 0, s);
  }

  private static final Code VPMOVSXBD = of(Map.OF38, Prefix.P66, 0x21);

  /** Unsigned 16 to 32 bits; {@code s} has half the width of {@code d}. */
  public void vpmovzxwd(Vec d, Operand s) {
    code.vector(VPMOVZXWD.memory(d.bytes() / 2), d.bits(), d.number(), 0, s);
  }

  private static final Code VPMOVZXWD = of(Map.OF38, Prefix.P66, 0x33);

  /** Single precision to bfloat16, half the width, ties to even (AVX512-BF16). */
  public void vcvtneps2bf16(Vec d, Operand s) {
    code.vector(VCVTNEPS2BF16, 2 * d.bits(), d.number(), 0, s);
  }

  private static final Code VCVTNEPS2BF16 = of(Map.OF38, Prefix.PF3, 0x72).only(Form.EVEX);

  /** Square roots. */
  public void vsqrtps(Vec d, Operand s) {
    code.vector(VSQRTPS, d.bits(), d.number(), 0, s);
  }

  private static final Code VSQRTPS = of(Map.OF, Prefix.NONE, 0x51);

  /** Half precision, rounded to nearest even; {@code to} has half the width of {@code s}. */
  public void vcvtps2ph(Operand to, Vec s) {
    code.vector(VCVTPS2PH.memory(s.bytes() / 2), s.bits(), s.number(), 0, to);
    code.emit(0);
  }

  /** To the nearest whole number, ties to even. Up to 256 bits. */
  public void vroundps(Vec d, Operand s) {
    code.vector(VROUNDPS, d.bits(), d.number(), 0, s);
    code.emit(8);
  }

  // ---- within a vector

  /** Lanes of each 128 bits, by two bits a lane: the lower two of a, the upper two of b. */
  public void vshufps(Vec d, Vec a, Operand b, int lanes) {
    code.vector(VSHUFPS, d.bits(), d.number(), a.number(), b);
    code.emit(lanes);
  }

  /** Quarters of 64 bits, by two bits each, within each 256 bits. */
  public void vpermq(Vec d, Operand s, int quarters) {
    code.vector(VPERMQ, d.bits(), d.number(), 0, s);
    code.emit(quarters);
  }

  /** Bit by bit, by the truth table {@code table} of (d, a, b). */
  public void vpternlogd(Vec d, Vec a, Operand b, int table) {
    code.vector(VPTERNLOGD, d.bits(), d.number(), a.number(), b);
    code.emit(table);
  }

  private static final Code VSHUFPS = of(Map.OF, Prefix.NONE, 0xC6);
  private static final Code VPERMQ = of(Map.OF3A, Prefix.P66, 0x00).wide(1);
  private static final Code VPTERNLOGD = of(Map.OF3A, Prefix.P66, 0x25).only(Form.EVEX);
  private static final Code VPABSB = of(Map.OF38, Prefix.P66, 0x1C);
  private static final Code VCVTPS2PH = of(Map.OF3A, Prefix.P66, 0x1D);
  private static final Code VROUNDPS = of(Map.OF3A, Prefix.P66, 0x08).only(Form.VEX);
}
