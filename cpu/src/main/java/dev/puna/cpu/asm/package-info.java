/** An assembler for x86-64: kernels are made at run time, without a compiler on the machine. */
@org.jspecify.annotations.NullMarked
package dev.puna.cpu.asm;
