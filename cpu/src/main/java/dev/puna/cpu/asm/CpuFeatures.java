package dev.puna.cpu.asm;

import static dev.puna.cpu.asm.Gpr.RAX;
import static dev.puna.cpu.asm.Gpr.RBX;
import static dev.puna.cpu.asm.Gpr.RCX;
import static dev.puna.cpu.asm.Gpr.RDI;
import static dev.puna.cpu.asm.Gpr.RDX;
import static dev.puna.cpu.asm.Gpr.RSI;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the processor can do and the system lets it do, after Intel's Software Developer's Manual,
 * CPUID leaves 1 and 7, and XCR0.
 *
 * @param avx2 AVX2, FMA and F16C, with the system saving ymm registers
 * @param avx512 AVX-512 F, BW, DQ and VL, with the system saving zmm and mask registers
 * @param vnni vpdpbusd in EVEX encoding
 * @param avxVnni vpdpbusd in VEX encoding
 * @param bf16 vdpbf16ps and vcvtneps2bf16 in EVEX encoding
 */
public record CpuFeatures(
    boolean avx2, boolean avx512, boolean vnni, boolean avxVnni, boolean bf16) {
  public static final CpuFeatures NONE = new CpuFeatures(false, false, false, false, false);

  /** Registers that the code below stores: EAX, EBX, ECX and EDX of a leaf. */
  private static final int LEAF = 16;

  /** Asks the processor. */
  public static CpuFeatures detect() throws MachineCode.Refused {
    MachineCode ask = MachineCode.of(questions());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answers = arena.allocate(6L * LEAF, 16);
      ask.run(answers.address());
      return of(answers);
    }
  }

  /** Leaves 0, 1, 7.0 and 7.1, then XCR0, stored one after the other. */
  private static byte[] questions() {
    Assembler a = new Assembler();
    a.mov(RSI, RBX);
    leaf(a, 0, 0, 0);
    leaf(a, 1, 0, 1);
    leaf(a, 7, 0, 2);
    leaf(a, 7, 1, 3);
    // XCR0 may be read only if the processor has it and the system uses it (leaf 1, ECX bit 27)
    Label done = new Label();
    a.mov(RAX, Mem.at(RDI, LEAF + 8));
    a.shr(RAX, 27);
    a.and(RAX, 1);
    a.j(Condition.ZERO, done);
    a.mov(RCX, 0);
    a.xgetbv();
    a.mov32(Mem.at(RDI, 4 * LEAF), RAX);
    a.bind(done);
    a.mov(RBX, RSI);
    a.ret();
    return a.toBytes();
  }

  private static void leaf(Assembler a, int leaf, int part, int at) {
    a.mov(RAX, leaf);
    a.mov(RCX, part);
    a.cpuid();
    a.mov32(Mem.at(RDI, at * LEAF), RAX);
    a.mov32(Mem.at(RDI, at * LEAF + 4), RBX);
    a.mov32(Mem.at(RDI, at * LEAF + 8), RCX);
    a.mov32(Mem.at(RDI, at * LEAF + 12), RDX);
  }

  private static CpuFeatures of(MemorySegment answers) {
    int[] r = answers.toArray(ValueLayout.JAVA_INT);
    int leaves = r[0];
    int ecx1 = r[6];
    int ebx7 = leaves < 7 ? 0 : r[9];
    int ecx7 = leaves < 7 ? 0 : r[10];
    int eax71 = leaves < 7 || r[8] < 1 ? 0 : r[12];
    int saved = r[16];
    boolean ymm = (saved & 0x6) == 0x6;
    boolean zmm = (saved & 0xE6) == 0xE6;
    boolean avx2 = ymm && bits(ecx1, 12, 28, 29) && bits(ebx7, 5);
    boolean avx512 = avx2 && zmm && bits(ebx7, 16, 17, 30, 31);
    return new CpuFeatures(
        avx2, avx512, avx512 && bits(ecx7, 11), avx2 && bits(eax71, 4), avx512 && bits(eax71, 5));
  }

  private static boolean bits(int word, int... numbers) {
    for (int number : numbers) {
      if ((word >>> number & 1) == 0) {
        return false;
      }
    }
    return true;
  }
}
