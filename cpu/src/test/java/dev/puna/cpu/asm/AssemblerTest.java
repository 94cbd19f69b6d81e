package dev.puna.cpu.asm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every instruction against the bytes that GNU as makes of it: src/test/golden/assembler.py wrote
 * the fixture. Each of its lines is read, and the method of that name is called with its operands.
 */
class AssemblerTest {
  /** What is no instruction. */
  private static final Set<String> OTHERS = Set.of("bind", "here", "toBytes");

  /** Names that VEX has for what EVEX names by its lanes' width, or that say more than a name. */
  private static final Map<String, String> NAMES =
      Map.of(
          "vpxor", "vpxord",
          "vpand", "vpandd",
          "vpandn", "vpandnd",
          "vpor", "vpord",
          "vextractf32x4", "vextractf128",
          "movabs", "mov");

  private static final Map<String, Condition> CONDITIONS =
      Map.of(
          "jb", Condition.BELOW,
          "jae", Condition.AT_LEAST,
          "jz", Condition.ZERO,
          "jnz", Condition.NOT_ZERO,
          "jl", Condition.LESS,
          "jge", Condition.NOT_LESS,
          "jle", Condition.NOT_GREATER,
          "jg", Condition.GREATER);

  private final Set<Method> called = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));

  @Test
  void everyInstructionHasTheBytesOfGnuAs() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (String line : fixture()) {
      String[] sides = line.split(" \\| ");
      String bytes = HexFormat.of().formatHex(assemble(sides[0]));
      if (!bytes.equals(sides[1])) {
        wrong.add(line + ", not " + bytes);
      }
    }
    assertThat(wrong).isEmpty();
    Set<Method> all =
        Arrays.stream(Assembler.class.getMethods())
            .filter(m -> GeneralAssembler.class.isAssignableFrom(m.getDeclaringClass()))
            .filter(m -> !Modifier.isStatic(m.getModifiers()) && !OTHERS.contains(m.getName()))
            .collect(Collectors.toSet());
    all.removeAll(called);
    assertThat(all).as("instructions without a fixture").isEmpty();
  }

  private static List<String> fixture() throws IOException {
    try (InputStream in = AssemblerTest.class.getResourceAsStream("/assembler.txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** One instruction, as the fixture writes it. */
  private byte[] assemble(String text) {
    boolean vex = text.startsWith("{vex} ");
    String plain = text.replaceFirst("^\\{\\w+} ", "");
    String mnemonic = plain.split(" ")[0];
    if (plain.contains(" .")) {
      return jump(mnemonic, Integer.parseInt(plain.split(" \\.")[1]));
    }
    String rest = plain.substring(mnemonic.length()).strip();
    List<String> operands = rest.isEmpty() ? List.of() : List.of(rest.split(", "));
    Assembler a = new Assembler();
    call(a, name(mnemonic, vex, operands), operands(mnemonic, operands));
    return a.toBytes();
  }

  /** The fixture counts from the instruction's beginning; labels are bound at their place. */
  private byte[] jump(String mnemonic, int distance) {
    Assembler a = new Assembler();
    Label label = new Label();
    int before = 0;
    if (distance < 0) {
      a.bind(label);
      before = -distance;
      fill(a, before);
    }
    if (mnemonic.equals("jmp")) {
      call(a, "jmp", List.of(label));
    } else {
      call(a, "j", List.of(CONDITIONS.get(mnemonic), label));
    }
    int length = a.toBytes().length - before;
    if (distance > 0) {
      fill(a, distance - length);
      a.bind(label);
    }
    return Arrays.copyOfRange(a.toBytes(), before, before + length);
  }

  private static void fill(Assembler a, int bytes) {
    for (int i = 0; i < bytes; i++) {
      a.ret();
    }
  }

  private static String name(String mnemonic, boolean vex, List<String> operands) {
    boolean word = operands.size() == 2 && operands.get(1).startsWith("word");
    boolean narrow = operands.size() == 2 && operands.get(0).startsWith("dword");
    return switch (mnemonic) {
      case "vpdpbusd" -> vex ? "vpdpbusdVex" : mnemonic;
      case "mov" -> operands.get(0).startsWith("byte") ? "mov8" : narrow ? "mov32" : mnemonic;
      case "movzx" -> word ? "movzx16" : mnemonic;
      default -> NAMES.getOrDefault(mnemonic, mnemonic);
    };
  }

  private static List<Object> operands(String mnemonic, List<String> texts) {
    List<Object> operands = new ArrayList<>();
    for (String text : texts) {
      operands.add(operand(mnemonic, text));
    }
    if (Set.of("vroundps", "vcvtps2ph").contains(mnemonic)) {
      operands.removeLast(); // the rounding is part of the method
    }
    return operands;
  }

  private static Object operand(String mnemonic, String text) {
    if (text.contains("[")) {
      return memory(text);
    }
    if (text.matches("[xyz]mm\\d+")) {
      int bits = text.charAt(0) == 'x' ? 128 : text.charAt(0) == 'y' ? 256 : 512;
      return new Vec(Integer.parseInt(text.substring(3)), bits);
    }
    if (Character.isLetter(text.charAt(0))) {
      return gpr(text);
    }
    long number = Long.decode(text);
    return mnemonic.equals("movabs") ? (Object) number : (Object) (int) number;
  }

  private static Gpr gpr(String text) {
    String name =
        text.replaceFirst("^e", "r")
            .replaceFirst("(?<=\\d)[db]$", "")
            .replaceFirst("^([abcd])l$", "r$1x");
    return Gpr.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Mem memory(String text) {
    String inner = text.substring(text.indexOf('[') + 1, text.indexOf(']'));
    Gpr base = gpr(inner.split("[+-]")[0]);
    @Nullable Gpr index = null;
    int scale = 1;
    int offset = 0;
    for (String part : inner.replace("-", "+-").split("\\+")) {
      if (part.contains("*")) {
        index = gpr(part.split("\\*")[0]);
        scale = Integer.parseInt(part.split("\\*")[1]);
      } else if (part.contains("0x")) {
        offset = Integer.decode(part);
      }
    }
    Mem m = index == null ? Mem.at(base, offset) : Mem.at(base, index, scale, offset);
    return text.endsWith("}") ? m.toAll() : m;
  }

  private void call(Assembler a, String name, List<?> operands) {
    for (Method m : Assembler.class.getMethods()) {
      if (m.getName().equals(name) && fits(m.getParameterTypes(), operands)) {
        called.add(m);
        try {
          m.invoke(a, operands.toArray());
          return;
        } catch (IllegalAccessException | InvocationTargetException e) {
          throw new AssertionError(name + operands, e);
        }
      }
    }
    throw new AssertionError("no method " + name + " with " + operands);
  }

  private static boolean fits(Class<?>[] parameters, List<?> operands) {
    boolean fits = parameters.length == operands.size();
    for (int i = 0; fits && i < parameters.length; i++) {
      Object o = operands.get(i);
      fits =
          parameters[i] == int.class
              ? o instanceof Integer
              : parameters[i] == long.class ? o instanceof Long : parameters[i].isInstance(o);
    }
    return fits;
  }

  @Test
  void labelsAreBoundOnce() {
    Assembler a = new Assembler();
    Label label = a.here();
    assertThatThrownBy(() -> a.bind(label)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCannotBeEncodedIsRefused() {
    assertThatThrownBy(() -> new Assembler().vmovq(Vec.xmm(16), Mem.at(Gpr.RAX, 0)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Mem.at(Gpr.RAX, Gpr.RSP, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Vec.zmm(32)).isInstanceOf(IllegalArgumentException.class);
  }
}
