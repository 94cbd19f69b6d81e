/** Text to ids and back. */
@NullMarked
package dev.puna.tokenizer;

import org.jspecify.annotations.NullMarked;
