/** Ops, programs, and everything that is a function of a program. */
@NullMarked
package dev.puna.program;

import org.jspecify.annotations.NullMarked;
