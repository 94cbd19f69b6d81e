package dev.puna.cpu.asm;

/** General purpose registers, 64 bits each; the ordinal is the number that instructions encode. */
public enum Gpr {
  RAX,
  RCX,
  RDX,
  RBX,
  RSP,
  RBP,
  RSI,
  RDI,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15
}
