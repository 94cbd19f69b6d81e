package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.CpuFeatures;
import dev.puna.cpu.asm.MachineCode;
import dev.puna.cpu.asm.Vec;
import dev.puna.tensor.PunaException;
import org.jspecify.annotations.Nullable;

/**
 * Which instructions kernels are assembled from; chosen once for the process.
 *
 * @param bits width of vectors, 256 or 512
 * @param vnni vpdpbusd's encoding
 * @param bf16 whether there is vdpbf16ps
 */
public record Isa(int bits, Vnni vnni, boolean bf16) {
  /** Where products of bytes are summed up by one instruction. */
  public enum Vnni {
    NONE,
    VEX,
    EVEX
  }

  /** What was chosen, and if nothing was or not all, why, in a line for the user. */
  private record Choice(@Nullable Isa isa, @Nullable String loss) {}

  private static final Choice CHOICE =
      choose(System.getProperty("puna.kernels", System.getenv().getOrDefault("PUNA_KERNELS", "")));

  /** The best there is; null if kernels are the Vector API's. */
  public static @Nullable Isa best() {
    return CHOICE.isa;
  }

  /** What is lost on this machine, in a line; null if nothing is, or as it was asked for. */
  public static @Nullable String loss() {
    return CHOICE.loss;
  }

  /** The name of what was chosen: avx512, avx2 or vector. */
  public static String chosen() {
    Isa isa = CHOICE.isa;
    return isa == null ? "vector" : isa.bits == 512 ? "avx512" : "avx2";
  }

  private static Choice choose(String wanted) {
    if (!wanted.isEmpty() && !wanted.matches("vector|avx2|avx512")) {
      throw new PunaException(
          "PUNA_KERNELS is " + wanted, "set it to avx512, avx2 or vector, or leave it unset");
    }
    if (wanted.equals("vector")) {
      return new Choice(null, null);
    }
    try {
      CpuFeatures features = CpuFeatures.detect();
      if (!features.avx2()) {
        return new Choice(null, "this processor has no AVX2: kernels run at a third of the speed");
      }
      if (!features.avx512() || wanted.equals("avx2")) {
        return new Choice(
            new Isa(256, features.avxVnni() ? Vnni.VEX : Vnni.NONE, false),
            wanted.equals("avx512") ? "this processor has no AVX-512: kernels are AVX2's" : null);
      }
      return new Choice(
          new Isa(512, features.vnni() ? Vnni.EVEX : Vnni.NONE, features.bf16()), null);
    } catch (MachineCode.Refused e) {
      return new Choice(null, e.getMessage() + ": kernels run at a third of the speed");
    }
  }

  /** A vector register of this width. */
  public Vec v(int number) {
    return new Vec(number, bits);
  }

  /** Numbers of 32 bits in a vector. */
  public int lanes() {
    return bits / 32;
  }

  /** Vector registers that there are. */
  public int registers() {
    return bits == 512 ? 32 : 16;
  }
}
