package dev.puna.formats;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A pickle of protocol 2 put together by hand, opcode after opcode. */
final class PickleBytes {
  private final Bytes out = new Bytes();

  PickleBytes() {
    out.u8(0x80, 2);
  }

  /** Opcodes without arguments. */
  PickleBytes op(String opcodes) {
    out.ascii(opcodes);
    return this;
  }

  PickleBytes raw(int... bytes) {
    out.u8(bytes);
    return this;
  }

  PickleBytes global(String module, String name) {
    out.ascii("c" + module + "\n" + name + "\n");
    return this;
  }

  PickleBytes text(String text) {
    out.ascii("X").u32(text.getBytes(UTF_8).length).ascii(text);
    return this;
  }

  PickleBytes number(long number) {
    if (number == (int) number) {
      out.ascii("J").u32(number);
    } else {
      out.u8(0x8a, 8).u64(number);
    }
    return this;
  }

  PickleBytes flag(boolean flag) {
    out.u8(flag ? 0x88 : 0x89);
    return this;
  }

  PickleBytes tuple(long... numbers) {
    op("(");
    for (long number : numbers) {
      number(number);
    }
    return op("t");
  }

  /** {@code collections.OrderedDict()}. */
  PickleBytes orderedDict() {
    return global("collections", "OrderedDict").op(")R");
  }

  byte[] toArray() {
    return out.ascii(".").toArray();
  }
}
