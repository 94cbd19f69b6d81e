/** Checkpoint files and their configuration. */
@NullMarked
package dev.puna.formats;

import org.jspecify.annotations.NullMarked;
