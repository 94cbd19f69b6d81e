package dev.puna.cpu.asm;

import dev.puna.cpu.asm.Encoder.Code;
import dev.puna.cpu.asm.Encoder.Form;
import dev.puna.cpu.asm.Encoder.Map;
import dev.puna.cpu.asm.Encoder.Prefix;

/** Opcodes of vector instructions. */
final class VectorCodes {
  private VectorCodes() {}

  private static Code of(Map map, Prefix prefix, int opcode) {
    return Code.of(map, prefix, opcode);
  }

  static final Code VMOVUPS_LOAD = of(Map.OF, Prefix.NONE, 0x10);
  static final Code VMOVUPS_STORE = of(Map.OF, Prefix.NONE, 0x11);
  static final Code VMOVAPS = of(Map.OF, Prefix.NONE, 0x28);
  static final Code VMOVD_LOAD = of(Map.OF, Prefix.P66, 0x6E).memory(4);
  static final Code VMOVD_STORE = of(Map.OF, Prefix.P66, 0x7E).memory(4);
  static final Code VMOVQ_LOAD = of(Map.OF, Prefix.PF3, 0x7E).memory(8).only(Form.VEX);
  static final Code VMOVQ_STORE = of(Map.OF, Prefix.P66, 0xD6).memory(8).only(Form.VEX);
  static final Code VMASKMOV_LOAD = of(Map.OF38, Prefix.P66, 0x2C).only(Form.VEX);
  static final Code VMASKMOV_STORE = of(Map.OF38, Prefix.P66, 0x2E).only(Form.VEX);
  static final Code VPBROADCASTD = of(Map.OF38, Prefix.P66, 0x58).memory(4);
  static final Code VPBROADCASTW = of(Map.OF38, Prefix.P66, 0x79).memory(2);
  static final Code VPINSRW = of(Map.OF, Prefix.P66, 0xC4).memory(2);
  static final Code VBROADCASTSS = of(Map.OF38, Prefix.P66, 0x18).memory(4);
  static final Code VEXTRACT128 = of(Map.OF3A, Prefix.P66, 0x19).memory(16);
  static final Code VEXTRACT256 = of(Map.OF3A, Prefix.P66, 0x1B).memory(32).only(Form.EVEX).wide(1);
  static final Code VADDPS = of(Map.OF, Prefix.NONE, 0x58);
  static final Code VSUBPS = of(Map.OF, Prefix.NONE, 0x5C);
  static final Code VMULPS = of(Map.OF, Prefix.NONE, 0x59);
  static final Code VDIVPS = of(Map.OF, Prefix.NONE, 0x5E);
  static final Code VMINPS = of(Map.OF, Prefix.NONE, 0x5D);
  static final Code VMAXPS = of(Map.OF, Prefix.NONE, 0x5F);
  static final Code VFMADD213PS = of(Map.OF38, Prefix.P66, 0xA8);
  static final Code VFMADD231PS = of(Map.OF38, Prefix.P66, 0xB8);
  static final Code VFNMADD231PS = of(Map.OF38, Prefix.P66, 0xBC);
  static final Code VFMADD132PS = of(Map.OF38, Prefix.P66, 0x98);
  static final Code VPXORD = of(Map.OF, Prefix.P66, 0xEF);
  static final Code VPANDD = of(Map.OF, Prefix.P66, 0xDB);
  static final Code VPANDND = of(Map.OF, Prefix.P66, 0xDF);
  static final Code VPORD = of(Map.OF, Prefix.P66, 0xEB);
  static final Code VPADDD = of(Map.OF, Prefix.P66, 0xFE);
  static final Code VPSUBD = of(Map.OF, Prefix.P66, 0xFA);
  static final Code VPADDW = of(Map.OF, Prefix.P66, 0xFD);
  static final Code VPADDB = of(Map.OF, Prefix.P66, 0xFC);
  static final Code VPSUBB = of(Map.OF, Prefix.P66, 0xF8);
  static final Code VPMULLD = of(Map.OF38, Prefix.P66, 0x40);
  static final Code VPMULLW = of(Map.OF, Prefix.P66, 0xD5);
  static final Code VPMAXUD = of(Map.OF38, Prefix.P66, 0x3F);
  static final Code VPMADDWD = of(Map.OF, Prefix.P66, 0xF5);
  static final Code VPMADDUBSW = of(Map.OF38, Prefix.P66, 0x04);
  static final Code VPACKSSDW = of(Map.OF, Prefix.P66, 0x6B);
  static final Code VPACKSSWB = of(Map.OF, Prefix.P66, 0x63);
  static final Code VPACKUSWB = of(Map.OF, Prefix.P66, 0x67);
  static final Code VUNPCKLPS = of(Map.OF, Prefix.NONE, 0x14);
  static final Code VUNPCKHPS = of(Map.OF, Prefix.NONE, 0x15);
  static final Code VPSIGNB = of(Map.OF38, Prefix.P66, 0x08).only(Form.VEX);
  static final Code VPDPBUSD = of(Map.OF38, Prefix.P66, 0x50).only(Form.EVEX);
  static final Code VPDPBUSDVEX = of(Map.OF38, Prefix.P66, 0x50).only(Form.VEX);
  static final Code VDPBF16PS = of(Map.OF38, Prefix.PF3, 0x52).only(Form.EVEX);
  static final Code SHIFT_W = of(Map.OF, Prefix.P66, 0x71);
  static final Code SHIFT_D = of(Map.OF, Prefix.P66, 0x72);
  static final Code VCVTDQ2PS = of(Map.OF, Prefix.NONE, 0x5B);
  static final Code VCVTPS2DQ = of(Map.OF, Prefix.P66, 0x5B);
  static final Code VCVTTPS2DQ = of(Map.OF, Prefix.PF3, 0x5B);
  static final Code VCVTPH2PS = of(Map.OF38, Prefix.P66, 0x13);
  static final Code VPMOVZXBD = of(Map.OF38, Prefix.P66, 0x31);
  static final Code VPMOVSXBD = of(Map.OF38, Prefix.P66, 0x21);
  static final Code VPMOVZXWD = of(Map.OF38, Prefix.P66, 0x33);
  static final Code VCVTNEPS2BF16 = of(Map.OF38, Prefix.PF3, 0x72).only(Form.EVEX);
  static final Code VSQRTPS = of(Map.OF, Prefix.NONE, 0x51);
  static final Code VSHUFPS = of(Map.OF, Prefix.NONE, 0xC6);
  static final Code VPERMQ = of(Map.OF3A, Prefix.P66, 0x00).wide(1);
  static final Code VPERM2F128 = of(Map.OF3A, Prefix.P66, 0x06).only(Form.VEX);
  static final Code VPCMPGTD = of(Map.OF, Prefix.P66, 0x66).only(Form.VEX);
  static final Code VPTERNLOGD = of(Map.OF3A, Prefix.P66, 0x25).only(Form.EVEX);
  static final Code VPABSB = of(Map.OF38, Prefix.P66, 0x1C);
  static final Code VCVTPS2PH = of(Map.OF3A, Prefix.P66, 0x1D);
  static final Code VROUNDPS = of(Map.OF3A, Prefix.P66, 0x08).only(Form.VEX);
}
