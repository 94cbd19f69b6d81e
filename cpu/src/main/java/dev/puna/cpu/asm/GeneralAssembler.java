package dev.puna.cpu.asm;

/** Labels, jumps and the instructions of general purpose registers. */
public abstract sealed class GeneralAssembler permits Assembler {
  final Encoder code = new Encoder();

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

  /** The lowest 8 bits; of RSP, RBP, RSI and RDI they have no name without a prefix. */
  public void mov8(Mem to, Gpr from) {
    if (from.ordinal() >= 4 && from.ordinal() < 8) {
      throw new IllegalArgumentException("the lowest byte of " + from);
    }
    code.general(0, from.ordinal(), to, 0x88);
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

  public void or(Gpr to, Gpr b) {
    code.general(1, b.ordinal(), to, 0x09);
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
}
