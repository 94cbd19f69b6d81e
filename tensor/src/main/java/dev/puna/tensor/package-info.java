/** Numbers in memory: data types, block formats, matrices over memory segments. */
@NullMarked
package dev.puna.tensor;

import org.jspecify.annotations.NullMarked;
