/**
 * Which tokens may come next, where a text must have a form. What is asked for becomes rules over
 * characters ({@link dev.puna.engine.constraint.Rules}), these become a pushdown automaton over
 * bytes ({@link dev.puna.engine.constraint.Automaton}), and a vocabulary, as a trie, is walked
 * through that once for each of its states ({@link dev.puna.engine.constraint.StateMasks}).
 */
@NullMarked
package dev.puna.engine.constraint;

import org.jspecify.annotations.NullMarked;
