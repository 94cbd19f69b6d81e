package dev.puna.tokenizer.train;

/** Pieces over symbols as a trie whose edges lie in one hash table, both halves side by side. */
final class SymbolTrie {
  static final int ROOT = 0;

  /** From {@link #step}: no piece goes on like this. */
  static final long NONE = -1;

  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  /** Even: node << 32 | symbol, + 1, 0 for an empty slot; odd: child << 32 | piece + 1. */
  private long[] slots = new long[1 << 12];

  private int shift = 64 - 11;
  private int nodes = 1;

  /** Adds a piece that is not there yet. */
  void add(int[] symbols, int piece) {
    int node = ROOT;
    for (int i = 0; i < symbols.length; i++) {
      if (4L * nodes > slots.length) {
        grow();
      }
      int slot = slot((long) node << 32 | symbols[i]);
      if (slots[slot] == 0) {
        slots[slot] = ((long) node << 32 | symbols[i]) + 1;
        slots[slot + 1] = (long) nodes++ << 32;
      }
      node = (int) (slots[slot + 1] >>> 32);
      if (i == symbols.length - 1) {
        slots[slot + 1] |= piece + 1;
      }
    }
  }

  private void grow() {
    long[] old = slots;
    slots = new long[2 * old.length];
    shift--;
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != 0) {
        int slot = slot(old[i] - 1);
        slots[slot] = old[i];
        slots[slot + 1] = old[i + 1];
      }
    }
  }

  private int slot(long edge) {
    int slot = (int) (edge * MIX >>> shift) << 1;
    while (slots[slot] != 0 && slots[slot] != edge + 1) {
      slot = slot + 2 & slots.length - 1;
    }
    return slot;
  }

  /** Where a symbol leads to from a node, to be asked for {@link #node} and {@link #piece}. */
  long step(int node, int symbol) {
    int slot = slot((long) node << 32 | symbol);
    return slots[slot] == 0 ? NONE : slots[slot + 1];
  }

  static int node(long step) {
    return (int) (step >>> 32);
  }

  /** The piece that ends here; -1 for none. */
  static int piece(long step) {
    return (int) step - 1;
  }
}
