/** The CPU backend. */
@NullMarked
package dev.puna.cpu;

import org.jspecify.annotations.NullMarked;
