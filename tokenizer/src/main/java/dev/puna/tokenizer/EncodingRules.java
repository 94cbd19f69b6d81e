package dev.puna.tokenizer;

import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.CharacterPairs;
import dev.puna.tokenizer.text.PieceTable;
import java.util.BitSet;

/**
 * What a vocabulary says about encoding, looked up once.
 *
 * @param table pieces that text can become
 * @param ranks of each piece: the smaller, the earlier it merges
 * @param unused ids of pieces that fall apart again
 * @param pairs characters that stand side by side in some piece
 * @param byteIds the ids of the 256 bytes; empty without byte fallback
 * @param unknown the id of the unknown token; -1 for none
 */
record EncodingRules(
    SentencePieceNormalizer normalizer,
    PieceTable table,
    ByteTrie userDefined,
    int[] ranks,
    BitSet unused,
    CharacterPairs pairs,
    int[] byteIds,
    int unknown) {}
