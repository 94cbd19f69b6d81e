/** Benchmarks. */
@NullMarked
package dev.puna.bench;

import org.jspecify.annotations.NullMarked;
