/** Running models: sequences, scheduling, sampling. */
@NullMarked
package dev.puna.engine;

import org.jspecify.annotations.NullMarked;
