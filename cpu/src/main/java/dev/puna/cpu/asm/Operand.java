package dev.puna.cpu.asm;

/** What the last operand of a vector instruction may be. */
public sealed interface Operand permits Vec, Mem {}
