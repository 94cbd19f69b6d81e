/** The command line. */
@NullMarked
package dev.puna.cli;

import org.jspecify.annotations.NullMarked;
