package dev.puna.tokenizer.text;

import java.util.Arrays;

/** Finds the longest of a set of pieces with which the text goes on. */
public final class ByteTrie {
  /** The node of each first byte; 0 for none. */
  private final int[] first = new int[256];

  // Node 0 stands for "none". Children are a chain of siblings: few pieces share a prefix.
  private int[] child = new int[16];
  private int[] sibling = new int[16];
  private byte[] label = new byte[16];
  private int[] id = new int[16];
  private int nodes = 1;

  /** Adds a piece; of two equal ones the later one counts. Empty ones are left out. */
  public void add(byte[] piece, int pieceId) {
    if (piece.length == 0) {
      return;
    }
    int node = first[piece[0] & 0xFF];
    if (node == 0) {
      node = newNode(piece[0]);
      first[piece[0] & 0xFF] = node;
    }
    for (int i = 1; i < piece.length; i++) {
      int next = find(node, piece[i]);
      if (next == 0) {
        next = newNode(piece[i]);
        sibling[next] = child[node];
        child[node] = next;
      }
      node = next;
    }
    id[node] = pieceId;
  }

  public boolean isEmpty() {
    return nodes == 1;
  }

  /** The id of the longest piece at {@code from}; -1 for none. */
  public int longest(byte[] text, int from, int to) {
    int node = first[text[from] & 0xFF];
    int found = -1;
    for (int i = from + 1; node != 0; i++) {
      if (id[node] >= 0) {
        found = id[node];
      }
      node = i < to ? find(node, text[i]) : 0;
    }
    return found;
  }

  private int find(int parent, byte value) {
    int node = child[parent];
    while (node != 0 && label[node] != value) {
      node = sibling[node];
    }
    return node;
  }

  private int newNode(byte value) {
    if (nodes == label.length) {
      child = Arrays.copyOf(child, 2 * nodes);
      sibling = Arrays.copyOf(sibling, 2 * nodes);
      label = Arrays.copyOf(label, 2 * nodes);
      id = Arrays.copyOf(id, 2 * nodes);
    }
    label[nodes] = value;
    id[nodes] = -1;
    return nodes++;
  }
}
