package dev.puna.cpu.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class MachineCodeTest {
  private static final String PROCESSORS = "/proc/cpuinfo";

  /** a[0] += a[1] + ... + a[n], by a loop over memory. */
  private static byte[] sum(int n) {
    Assembler a = new Assembler();
    a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 0));
    a.mov(Gpr.RCX, n);
    Label loop = a.here();
    a.add(Gpr.RAX, Mem.at(Gpr.RDI, Gpr.RCX, 8, 0));
    a.sub(Gpr.RCX, 1);
    a.j(Condition.NOT_ZERO, loop);
    a.mov(Mem.at(Gpr.RDI, 0), Gpr.RAX);
    a.ret();
    return a.toBytes();
  }

  @Test
  void codeRunsWithItsArguments() throws MachineCode.Refused {
    Assumptions.assumeTrue(MachineCode.supported(), "no x86-64 Linux");
    MachineCode code = MachineCode.of(sum(4));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 10, 100, 1000, -10000);
      code.run(numbers.address());
      assertThat(numbers.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1 - 8890);
      code.run(numbers.address());
      assertThat(numbers.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1 - 2 * 8890);
    }
  }

  /** Pages of code are mapped to be read and executed; they were writable before. */
  @Test
  void pagesAreNotWritableOnceTheyAreExecutable() throws MachineCode.Refused, IOException {
    Assumptions.assumeTrue(MachineCode.supported(), "no x86-64 Linux");
    long before = readOnlyCode();
    assertThat(MachineCode.of(sum(3))).isNotNull();
    assertThat(readOnlyCode()).isEqualTo(before + 4096);
  }

  /** Bytes of private mappings of no file that are executable and not writable. */
  private static long readOnlyCode() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.matches("\\S+ r-xp \\S+ 00:00 0\\s*"))
        .map(line -> line.substring(0, line.indexOf(' ')).split("-"))
        .mapToLong(ends -> Long.parseLong(ends[1], 16) - Long.parseLong(ends[0], 16))
        .sum();
  }

  @Test
  void anotherSystemIsRefused() {
    String system = System.getProperty("os.name");
    System.setProperty("os.name", "Windows 11");
    try {
      assertThat(MachineCode.supported()).isFalse();
      assertThatThrownBy(() -> MachineCode.of(sum(1)))
          .isInstanceOf(MachineCode.Refused.class)
          .hasMessageContaining("x86-64 Linux");
      assertThatThrownBy(CpuFeatures::detect).isInstanceOf(MachineCode.Refused.class);
    } finally {
      System.setProperty("os.name", system);
    }
  }

  @Test
  void featuresAreThoseThatTheSystemNames() throws MachineCode.Refused, IOException {
    Assumptions.assumeTrue(MachineCode.supported(), "no x86-64 Linux");
    Assumptions.assumeTrue(Files.exists(Path.of(PROCESSORS)), "no " + PROCESSORS);
    Set<String> flags =
        Files.readAllLines(Path.of(PROCESSORS)).stream()
            .filter(line -> line.startsWith("flags"))
            .map(line -> Set.of(line.split(":\\s*")[1].split(" ")))
            .findFirst()
            .orElseThrow();
    boolean avx512 = flags.containsAll(List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));
    CpuFeatures expected =
        new CpuFeatures(
            flags.containsAll(List.of("avx2", "fma", "f16c")),
            avx512,
            avx512 && flags.contains("avx512_vnni"),
            flags.contains("avx_vnni"),
            avx512 && flags.contains("avx512_bf16"));
    assertThat(CpuFeatures.detect()).isEqualTo(expected);
  }
}
