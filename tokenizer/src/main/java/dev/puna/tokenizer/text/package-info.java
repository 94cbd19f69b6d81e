/** Text as UTF-8 and as code points, and tables to find pieces of it. */
@org.jspecify.annotations.NullMarked
package dev.puna.tokenizer.text;
