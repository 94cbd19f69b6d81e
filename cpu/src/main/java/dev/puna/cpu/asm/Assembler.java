package dev.puna.cpu.asm;

import static dev.puna.cpu.asm.VectorCodes.*;

import dev.puna.cpu.asm.Encoder.Code;

/**
 * The instructions that kernels are written in, by their names in Intel's manual; the first operand
 * is written to. A vector instruction takes its width from its first register. The names are the
 * EVEX ones where they differ (vpxord for vpxor): the shorter encoding is chosen where it can be.
 */
public final class Assembler extends GeneralAssembler {
  // ---- moving vectors

  /** Forgets the upper halves; due before code that uses xmm in the old encoding runs. */
  public void vzeroupper() {
    code.emit(0xC5, 0xF8, 0x77);
  }

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

  /** One number of 16 bits in all lanes; of a register, its lowest. */
  public void vpbroadcastw(Vec d, Operand s) {
    code.vector(VPBROADCASTW, d.bits(), d.number(), 0, s);
  }

  /** d ← a, with 16 bits of memory in the place of its number {@code lane}; of 128 bits. */
  public void vpinsrw(Vec d, Vec a, Mem m, int lane) {
    code.vector(VPINSRW, 128, d.number(), a.number(), m);
    code.emit(lane);
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

  public void vsubps(Vec d, Vec a, Operand b) {
    three(VSUBPS, d, a, b);
  }

  public void vmulps(Vec d, Vec a, Operand b) {
    three(VMULPS, d, a, b);
  }

  public void vdivps(Vec d, Vec a, Operand b) {
    three(VDIVPS, d, a, b);
  }

  public void vminps(Vec d, Vec a, Operand b) {
    three(VMINPS, d, a, b);
  }

  public void vmaxps(Vec d, Vec a, Operand b) {
    three(VMAXPS, d, a, b);
  }

  /** d ← a·d + b. */
  public void vfmadd213ps(Vec d, Vec a, Operand b) {
    three(VFMADD213PS, d, a, b);
  }

  /** d ← d + a·b. */
  public void vfmadd231ps(Vec d, Vec a, Operand b) {
    three(VFMADD231PS, d, a, b);
  }

  /** d ← d - a·b. */
  public void vfnmadd231ps(Vec d, Vec a, Operand b) {
    three(VFNMADD231PS, d, a, b);
  }

  /** d ← d·b + a. */
  public void vfmadd132ps(Vec d, Vec a, Operand b) {
    three(VFMADD132PS, d, a, b);
  }

  public void vpxord(Vec d, Vec a, Operand b) {
    three(VPXORD, d, a, b);
  }

  public void vpandd(Vec d, Vec a, Operand b) {
    three(VPANDD, d, a, b);
  }

  /** d ← ¬a ∧ b. */
  public void vpandnd(Vec d, Vec a, Operand b) {
    three(VPANDND, d, a, b);
  }

  public void vpord(Vec d, Vec a, Operand b) {
    three(VPORD, d, a, b);
  }

  public void vpaddd(Vec d, Vec a, Operand b) {
    three(VPADDD, d, a, b);
  }

  public void vpsubd(Vec d, Vec a, Operand b) {
    three(VPSUBD, d, a, b);
  }

  public void vpaddw(Vec d, Vec a, Operand b) {
    three(VPADDW, d, a, b);
  }

  public void vpaddb(Vec d, Vec a, Operand b) {
    three(VPADDB, d, a, b);
  }

  public void vpsubb(Vec d, Vec a, Operand b) {
    three(VPSUBB, d, a, b);
  }

  public void vpmulld(Vec d, Vec a, Operand b) {
    three(VPMULLD, d, a, b);
  }

  /** d ← all ones where a signed number of 32 bits of a is larger than b's, else zeros. */
  public void vpcmpgtd(Vec d, Vec a, Operand b) {
    three(VPCMPGTD, d, a, b);
  }

  /** d ← the lower 16 bits of products of 16-bit numbers. */
  public void vpmullw(Vec d, Vec a, Operand b) {
    three(VPMULLW, d, a, b);
  }

  /**
   * d ← the larger of two unsigned numbers of 32 bits; of floats without sign, among which NaN is
   * the largest.
   */
  public void vpmaxud(Vec d, Vec a, Operand b) {
    three(VPMAXUD, d, a, b);
  }

  /** d ← sums of two products of signed 16-bit numbers each. */
  public void vpmaddwd(Vec d, Vec a, Operand b) {
    three(VPMADDWD, d, a, b);
  }

  /** d ← sums of two products each of a's unsigned and b's signed bytes, saturated to 16 bits. */
  public void vpmaddubsw(Vec d, Vec a, Operand b) {
    three(VPMADDUBSW, d, a, b);
  }

  /** Narrows 32 to 16 bits, saturated, within each 128 bits: those of a, then those of b. */
  public void vpackssdw(Vec d, Vec a, Operand b) {
    three(VPACKSSDW, d, a, b);
  }

  /** Narrows 16 to 8 bits, saturated, within each 128 bits: those of a, then those of b. */
  public void vpacksswb(Vec d, Vec a, Operand b) {
    three(VPACKSSWB, d, a, b);
  }

  /**
   * Narrows signed numbers of 16 bits to unsigned ones of 8, saturated, within each 128 bits: those
   * of a, then those of b.
   */
  public void vpackuswb(Vec d, Vec a, Operand b) {
    three(VPACKUSWB, d, a, b);
  }

  public void vunpcklps(Vec d, Vec a, Operand b) {
    three(VUNPCKLPS, d, a, b);
  }

  public void vunpckhps(Vec d, Vec a, Operand b) {
    three(VUNPCKHPS, d, a, b);
  }

  /** d ← a, negated or made zero where b is. */
  public void vpsignb(Vec d, Vec a, Operand b) {
    three(VPSIGNB, d, a, b);
  }

  /** d ← d + sums of four products each of a's unsigned and b's signed bytes (AVX512-VNNI). */
  public void vpdpbusd(Vec d, Vec a, Operand b) {
    three(VPDPBUSD, d, a, b);
  }

  /** The same, as AVX-VNNI encodes it. */
  public void vpdpbusdVex(Vec d, Vec a, Operand b) {
    three(VPDPBUSDVEX, d, a, b);
  }

  /** d ← d + sums of two products of bfloat16 numbers each (AVX512-BF16). */
  public void vdpbf16ps(Vec d, Vec a, Operand b) {
    three(VDPBF16PS, d, a, b);
  }

  /** |s|, byte by byte. */
  public void vpabsb(Vec d, Operand s) {
    code.vector(VPABSB, d.bits(), d.number(), 0, s);
  }

  // ---- shifts by a constant

  private void shift(Code c, int extension, Vec d, Vec s, int bits) {
    code.vector(c, d.bits(), extension, d.number(), s);
    code.emit(bits);
  }

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

  /** Single precision to the nearest whole number of 32 bits, ties to even. */
  public void vcvtps2dq(Vec d, Operand s) {
    code.vector(VCVTPS2DQ, d.bits(), d.number(), 0, s);
  }

  /**
   * Single precision to a whole number of 32 bits, towards zero; 0x80000000 for what has none, such
   * as NaN.
   */
  public void vcvttps2dq(Vec d, Operand s) {
    code.vector(VCVTTPS2DQ, d.bits(), d.number(), 0, s);
  }

  /** Half to single precision; {@code s} has half the width of {@code d}. */
  public void vcvtph2ps(Vec d, Operand s) {
    code.vector(VCVTPH2PS.memory(d.bytes() / 2), d.bits(), d.number(), 0, s);
  }

  /** Unsigned bytes to 32 bits; {@code s} has a quarter of the width of {@code d}. */
  public void vpmovzxbd(Vec d, Operand s) {
    code.vector(VPMOVZXBD.memory(d.bytes() / 4), d.bits(), d.number(), 0, s);
  }

  /** Signed bytes to 32 bits; {@code s} has a quarter of the width of {@code d}. */
  public void vpmovsxbd(Vec d, Operand s) {
    code.vector(VPMOVSXBD.memory(d.bytes() / 4), d.bits(), d.number(), 0, s);
  }

  /** Unsigned 16 to 32 bits; {@code s} has half the width of {@code d}. */
  public void vpmovzxwd(Vec d, Operand s) {
    code.vector(VPMOVZXWD.memory(d.bytes() / 2), d.bits(), d.number(), 0, s);
  }

  /** Single precision to bfloat16, half the width, ties to even (AVX512-BF16). */
  public void vcvtneps2bf16(Vec d, Operand s) {
    code.vector(VCVTNEPS2BF16, 2 * d.bits(), d.number(), 0, s);
  }

  /** Square roots. */
  public void vsqrtps(Vec d, Operand s) {
    code.vector(VSQRTPS, d.bits(), d.number(), 0, s);
  }

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

  /** Halves of 128 bits of a (0, 1) and b (2, 3): by two bits for each half of d, at 0 and 4. */
  public void vperm2f128(Vec d, Vec a, Operand b, int halves) {
    code.vector(VPERM2F128, d.bits(), d.number(), a.number(), b);
    code.emit(halves);
  }

  /** Bit by bit, by the truth table {@code table} of (d, a, b). */
  public void vpternlogd(Vec d, Vec a, Operand b, int table) {
    code.vector(VPTERNLOGD, d.bits(), d.number(), a.number(), b);
    code.emit(table);
  }
}
