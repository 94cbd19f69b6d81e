/** Architectures as data, and checkpoints as weights. */
@NullMarked
package dev.puna.model;

import org.jspecify.annotations.NullMarked;
