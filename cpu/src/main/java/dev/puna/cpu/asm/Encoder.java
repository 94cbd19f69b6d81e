package dev.puna.cpu.asm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Machine code of x86-64, byte by byte, after Intel's Software Developer's Manual, volume 2,
 * chapter 2: REX, VEX and EVEX prefixes, and the bytes that name registers and addresses.
 */
class Encoder {
  /** Opcode maps: the leading bytes 0F, 0F 38 and 0F 3A. */
  enum Map {
    OF,
    OF38,
    OF3A
  }

  /** The prefix that is part of the opcode. */
  enum Prefix {
    NONE,
    P66,
    PF3,
    PF2
  }

  /** Which encodings an instruction has. */
  enum Form {
    /** The shorter VEX where registers and width allow it, else EVEX. */
    BOTH,
    VEX,
    EVEX
  }

  /**
   * A vector instruction.
   *
   * @param wide the W bit
   * @param memory bytes that its memory operand has, 0 for as many as its widest register: EVEX
   *     counts offsets in multiples of them
   */
  record Code(Form form, Map map, Prefix prefix, int wide, int opcode, int memory) {
    static Code of(Map map, Prefix prefix, int opcode) {
      return new Code(Form.BOTH, map, prefix, 0, opcode, 0);
    }

    Code memory(int bytes) {
      return new Code(form, map, prefix, wide, opcode, bytes);
    }

    Code only(Form only) {
      return new Code(only, map, prefix, wide, opcode, memory);
    }

    Code wide(int w) {
      return new Code(form, map, prefix, w, opcode, memory);
    }
  }

  private ByteBuffer code = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  /** The code so far. */
  byte[] toBytes() {
    return Arrays.copyOf(code.array(), code.position());
  }

  int position() {
    return code.position();
  }

  final void emit(int... bytes) {
    room(bytes.length);
    for (int b : bytes) {
      code.put((byte) b);
    }
  }

  final void emit32(int value) {
    room(4);
    code.putInt(value);
  }

  final void emit64(long value) {
    room(8);
    code.putLong(value);
  }

  final void patch32(int at, int value) {
    code.putInt(at, value);
  }

  private void room(int bytes) {
    if (code.remaining() < bytes) {
      ByteBuffer larger = ByteBuffer.allocate(2 * code.capacity()).order(ByteOrder.LITTLE_ENDIAN);
      code = larger.put(code.flip());
    }
  }

  // ---- general purpose registers

  /** REX prefix (W for 64 bits, then the registers' fourth bits) and opcode. */
  final void rex(int wide, int reg, int index, int base, int... opcode) {
    int rex = 0x40 | wide << 3 | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
    if (rex != 0x40) {
      emit(rex);
    }
    emit(opcode);
  }

  /** An instruction with a register (or an extension of its opcode) and a register. */
  final void general(int wide, int reg, Gpr rm, int... opcode) {
    rex(wide, reg, 0, rm.ordinal(), opcode);
    emit(0xC0 | (reg & 7) << 3 | rm.ordinal() & 7);
  }

  /** An instruction with a register (or an extension of its opcode) and memory. */
  final void general(int wide, int reg, Mem m, int... opcode) {
    Gpr index = m.index();
    rex(wide, reg, index == null ? 0 : index.ordinal(), m.base().ordinal(), opcode);
    address(reg, m, 1);
  }

  /** ModRM, SIB and offset; offsets of one byte count in multiples of {@code unit}. */
  private void address(int reg, Mem m, int unit) {
    int base = m.base().ordinal() & 7;
    Gpr index = m.index();
    boolean sib = index != null || base == 4;
    boolean small = m.offset() % unit == 0 && m.offset() / unit >= -128 && m.offset() / unit <= 127;
    int mode = m.offset() == 0 && base != 5 ? 0 : small ? 0x40 : 0x80;
    emit(mode | (reg & 7) << 3 | (sib ? 4 : base));
    if (sib) {
      int i = index == null ? 4 : index.ordinal() & 7;
      emit(Integer.numberOfTrailingZeros(m.scale()) << 6 | i << 3 | base);
    }
    if (mode == 0x40) {
      emit(m.offset() / unit);
    } else if (mode == 0x80) {
      emit32(m.offset());
    }
  }

  // ---- vector registers

  /**
   * A vector instruction: reg ← second, last.
   *
   * @param reg number of the first register, or an extension of the opcode
   * @param bits the instruction's width
   * @param second number of the second register; 0 if it has none
   */
  final void vector(Code c, int bits, int reg, int second, Operand last) {
    boolean high =
        reg > 15 || second > 15 || bits == 512 || last instanceof Vec v && v.number() > 15;
    boolean broadcast = last instanceof Mem m && m.broadcast();
    boolean evex = c.form == Form.EVEX || high || broadcast;
    if (evex && c.form == Form.VEX) {
      throw new IllegalArgumentException("opcode " + c.opcode + " has no EVEX encoding");
    }
    if (evex) {
      evex(c, bits, reg, second, last, broadcast);
    } else {
      vex(c, bits, reg, second, last);
    }
    emit(c.opcode);
    switch (last) {
      case Vec v -> emit(0xC0 | (reg & 7) << 3 | v.number() & 7);
      case Mem m -> {
        int memory = c.memory == 0 ? bits / 8 : c.memory;
        address(reg, m, evex ? broadcast ? 4 : memory : 1);
      }
    }
  }

  private static int rm(Operand last) {
    return switch (last) {
      case Vec v -> v.number();
      case Mem m -> m.base().ordinal();
    };
  }

  private static int index(Operand last) {
    @Nullable Gpr index = last instanceof Mem m ? m.index() : null;
    return index == null ? 0 : index.ordinal();
  }

  /** The form of three bytes: inverted register bits and the map; W, inverted second register. */
  private void vex(Code c, int bits, int reg, int second, Operand last) {
    int r = ~reg >> 3 & 1;
    int x = ~index(last) >> 3 & 1;
    int b = ~rm(last) >> 3 & 1;
    emit(
        0xC4,
        r << 7 | x << 6 | b << 5 | c.map.ordinal() + 1,
        c.wide << 7 | (~second & 15) << 3 | (bits == 256 ? 4 : 0) | c.prefix.ordinal());
  }

  /** Four bytes: a fifth bit for each register; the X bit is the last register's fifth. */
  private void evex(Code c, int bits, int reg, int second, Operand last, boolean broadcast) {
    int r = ~reg >> 3 & 1;
    int x = (last instanceof Vec v ? ~v.number() >> 4 : ~index(last) >> 3) & 1;
    int b = ~rm(last) >> 3 & 1;
    int high = ~reg >> 4 & 1;
    int width = bits == 512 ? 2 : bits == 256 ? 1 : 0;
    emit(
        0x62,
        r << 7 | x << 6 | b << 5 | high << 4 | c.map.ordinal() + 1,
        c.wide << 7 | (~second & 15) << 3 | 4 | c.prefix.ordinal(),
        width << 5 | (broadcast ? 16 : 0) | (~second >> 4 & 1) << 3);
  }
}
