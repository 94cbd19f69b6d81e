package dev.puna.cpu.asm;

import org.jspecify.annotations.Nullable;

/**
 * Memory at base + index · scale + offset.
 *
 * @param index not RSP, which instructions cannot encode; none if null
 * @param scale 1, 2, 4 or 8
 * @param broadcast whether one 32-bit element serves all lanes (EVEX encoding only)
 */
public record Mem(Gpr base, @Nullable Gpr index, int scale, int offset, boolean broadcast)
    implements Operand {
  public Mem {
    if (index == Gpr.RSP || Integer.bitCount(scale) != 1 || scale > 8) {
      throw new IllegalArgumentException("no address has index " + index + " times " + scale);
    }
  }

  /** At base + offset. */
  public static Mem at(Gpr base, int offset) {
    return new Mem(base, null, 1, offset, false);
  }

  /** At base + index · scale + offset. */
  public static Mem at(Gpr base, Gpr index, int scale, int offset) {
    return new Mem(base, index, scale, offset, false);
  }

  /** The 32-bit element here, in all lanes. */
  public Mem toAll() {
    return new Mem(base, index, scale, offset, true);
  }

  /** This address, so many bytes further. */
  public Mem plus(int bytes) {
    return new Mem(base, index, scale, offset + bytes, broadcast);
  }
}
