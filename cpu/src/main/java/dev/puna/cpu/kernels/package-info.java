/** Kernels that are assembled at run time for the processor at hand. */
@org.jspecify.annotations.NullMarked
package dev.puna.cpu.kernels;
