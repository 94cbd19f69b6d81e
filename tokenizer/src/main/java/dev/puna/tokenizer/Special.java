package dev.puna.tokenizer;

import java.util.OptionalInt;

/**
 * Tokens that mean something else than text.
 *
 * @param bos begins a text
 * @param eos ends a text
 * @param unk stands for characters outside the vocabulary
 * @param pad fills up
 * @param addBos whether the model was trained with {@code bos} in front of each text
 * @param addEos whether it was trained with {@code eos} after each text
 */
public record Special(
    OptionalInt bos,
    OptionalInt eos,
    OptionalInt unk,
    OptionalInt pad,
    boolean addBos,
    boolean addEos) {}
