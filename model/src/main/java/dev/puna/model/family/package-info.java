/** The families: each turns a configuration into a {@link dev.puna.model.Spec}, in one file. */
@NullMarked
package dev.puna.model.family;

import org.jspecify.annotations.NullMarked;
