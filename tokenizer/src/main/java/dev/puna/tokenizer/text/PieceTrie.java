package dev.puna.tokenizer.text;

import java.util.Arrays;

/**
 * The pieces of a large vocabulary as a trie over their bytes, whose edges lie in one hash table.
 */
public final class PieceTrie {
  /** From {@link #step}: no piece goes on like this. */
  public static final int NONE = -1;

  public static final int ROOT = 0;

  private static final int MIX = 0x9E37_79B1;

  /** Parent node << 8 | byte, + 1; 0 for an empty slot. */
  private int[] edges = new int[1 << 12];

  private int[] children = new int[1 << 12];
  private int shift = 32 - 12;
  private int[] ids = new int[1 << 10];
  private int nodes = 1;

  public PieceTrie() {
    ids[ROOT] = -1;
  }

  /** Adds a piece that is not empty; of two equal ones the later one counts. */
  public void add(byte[] piece, int id) {
    int node = ROOT;
    for (byte value : piece) {
      node = child(node, value);
    }
    ids[node] = id;
  }

  private int child(int node, byte value) {
    if (2 * nodes >= edges.length) {
      grow();
    }
    int edge = edge(node, value);
    int slot = slot(edge);
    while (edges[slot] != 0) {
      if (edges[slot] == edge) {
        return children[slot];
      }
      slot = slot + 1 & edges.length - 1;
    }
    if (nodes == ids.length) {
      ids = Arrays.copyOf(ids, 2 * nodes);
    }
    ids[nodes] = -1;
    edges[slot] = edge;
    children[slot] = nodes;
    return nodes++;
  }

  private void grow() {
    int[] oldEdges = edges;
    int[] oldChildren = children;
    edges = new int[4 * oldEdges.length];
    children = new int[4 * oldEdges.length];
    shift -= 2;
    for (int i = 0; i < oldEdges.length; i++) {
      if (oldEdges[i] != 0) {
        int slot = slot(oldEdges[i]);
        while (edges[slot] != 0) {
          slot = slot + 1 & edges.length - 1;
        }
        edges[slot] = oldEdges[i];
        children[slot] = oldChildren[i];
      }
    }
  }

  /** The node that a byte leads to; {@link #NONE} if no piece goes on like this. */
  public int step(int node, byte value) {
    int edge = edge(node, value);
    for (int slot = slot(edge); edges[slot] != 0; slot = slot + 1 & edges.length - 1) {
      if (edges[slot] == edge) {
        return children[slot];
      }
    }
    return NONE;
  }

  /** The id of the piece that ends at a node; -1 for none. */
  public int id(int node) {
    return ids[node];
  }

  private static int edge(int node, byte value) {
    return (node << 8 | value & 0xFF) + 1;
  }

  private int slot(int edge) {
    return (edge ^ edge >>> 15) * MIX >>> shift;
  }
}
