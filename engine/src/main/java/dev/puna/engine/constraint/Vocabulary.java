package dev.puna.engine.constraint;

import dev.puna.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The bytes of all tokens as a trie, its nodes numbered as a walk in depth meets them: node 0 is
 * the root, the nodes below n are those from n + 1 to {@code end[n]} exclusive. Tokens without
 * bytes and the unknown token are in no text and so not in it; nor are the tokens that end one.
 *
 * <p>Immutable; made once for an engine.
 */
public final class Vocabulary {
  private final int size;
  private final int[] ends;
  private final byte[][] bytes;

  /** Tokens in the order of their bytes. */
  private final int[] sorted;

  /** By node: its byte, its depth, the node after those below it. */
  private byte[] label = new byte[1024];

  private short[] depth = new short[1024];
  private int[] end = new int[1024];

  /** By node: the first of its tokens in {@link #sorted}; the next node's are behind them. */
  private int[] first = new int[1024];

  private int nodes;

  /** By node: whether all bytes below it are plain ones. */
  private final boolean[] plainBelow;

  /** By byte: a token that is this byte and nothing else; -1 for none. */
  private final int[] single = new int[256];

  /** No token of a text is longer: what is would not be worth its place. */
  private static final int LONGEST = 1024;

  private Vocabulary(int size, int[] ends, byte[][] bytes) {
    this.size = size;
    this.ends = ends;
    this.bytes = bytes;
    sorted = sorted(bytes);
    Arrays.fill(single, -1);
    build();
    plainBelow = plainBelow();
  }

  /**
   * The vocabulary of a model.
   *
   * @param size V, the number of logits; ids that the tokenizer lacks never come
   * @param ends tokens that end a text
   */
  public static Vocabulary of(Tokenizer tokenizer, int size, Set<Integer> ends) {
    byte[][] bytes = new byte[size][];
    int unknown = tokenizer.special().unk().orElse(-1);
    for (int id = 0; id < size; id++) {
      boolean text = id < tokenizer.size() && id != unknown;
      bytes[id] = text ? tokenizer.bytes(id) : new byte[0];
    }
    return of(bytes, ends);
  }

  /**
   * A vocabulary of tokens that are known by their bytes.
   *
   * @param bytes by id, V of them; empty for tokens that add nothing to a text
   */
  static Vocabulary of(byte[][] bytes, Set<Integer> ends) {
    byte[][] texts = bytes.clone();
    int[] ids = ends.stream().filter(id -> id >= 0 && id < bytes.length).mapToInt(i -> i).toArray();
    for (int id : ids) {
      texts[id] = new byte[0];
    }
    return new Vocabulary(texts.length, ids, texts);
  }

  private static int[] sorted(byte[][] bytes) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < bytes.length; id++) {
      if (bytes[id].length > 0 && bytes[id].length <= LONGEST) {
        ids.add(id);
      }
    }
    ids.sort((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]));
    return ids.stream().mapToInt(i -> i).toArray();
  }

  private void build() {
    int[] path = new int[LONGEST + 1];
    add((byte) 0, 0, 0);
    int open = 0; // the depth of the last node
    byte[] before = new byte[0];
    for (int i = 0; i < sorted.length; i++) {
      byte[] token = bytes[sorted[i]];
      int same = Arrays.mismatch(before, token);
      same = same < 0 ? token.length : same;
      for (; open > same; open--) {
        end[path[open]] = nodes;
      }
      for (; open < token.length; open++) {
        path[open + 1] = nodes;
        add(token[open], open + 1, i);
      }
      if (token.length == 1) {
        single[token[0] & 0xFF] = sorted[i];
      }
      before = token;
    }
    for (; open >= 0; open--) {
      end[path[open]] = nodes;
    }
    add((byte) 0, 0, sorted.length); // where the last node's tokens end
    nodes--;
  }

  private boolean[] plainBelow() {
    boolean[] plain = new boolean[nodes];
    Arrays.fill(plain, true);
    int[] path = new int[LONGEST + 1];
    for (int node = 0; node < nodes; node++) {
      path[depth[node]] = node;
      if (!isPlain(label(node))) {
        for (int d = depth[node] - 1; d >= 0 && plain[path[d]]; d--) {
          plain[path[d]] = false;
        }
      }
    }
    return plain;
  }

  /** Bytes that texts are mostly made of and that strings hold as they are. */
  static boolean isPlain(int value) {
    return value >= ' ' && value <= '~' && value != '"' && value != '\\';
  }

  private void add(byte value, int at, int token) {
    if (nodes == label.length) {
      label = Arrays.copyOf(label, 2 * nodes);
      depth = Arrays.copyOf(depth, 2 * nodes);
      end = Arrays.copyOf(end, 2 * nodes);
      first = Arrays.copyOf(first, 2 * nodes);
    }
    label[nodes] = value;
    depth[nodes] = (short) at;
    first[nodes++] = token;
  }

  /** V: the number of logits. */
  public int size() {
    return size;
  }

  /** The tokens that end a text; not to be changed. */
  int[] ends() {
    return ends;
  }

  /** The bytes of a token; none for those that no text holds. Not to be changed. */
  byte[] bytes(int token) {
    return bytes[token];
  }

  boolean isEnd(int token) {
    for (int end : ends) {
      if (end == token) {
        return true;
      }
    }
    return false;
  }

  int nodes() {
    return nodes;
  }

  /** The byte that leads to a node. */
  int label(int node) {
    return label[node] & 0xFF;
  }

  /** The number of bytes that lead to a node. */
  int depth(int node) {
    return depth[node];
  }

  /** The node behind those below {@code node}. */
  int end(int node) {
    return end[node];
  }

  boolean isLeaf(int node) {
    return end[node] == node + 1;
  }

  /** Where the tokens that end at a node begin; they go up to those of the next node. */
  int firstToken(int node) {
    return first[node];
  }

  /** Whether all bytes below a node are plain ones. */
  boolean isPlainBelow(int node) {
    return plainBelow[node];
  }

  /** A token by its place in the order of bytes. */
  int token(int place) {
    return sorted[place];
  }

  /** Copies tokens, by their places in the order of bytes. */
  void copyTokens(int from, int to, int[] target, int at) {
    System.arraycopy(sorted, from, target, at, to - from);
  }

  /** Whether some token is this byte and nothing else. */
  boolean hasByte(int value) {
    return single[value] >= 0;
  }

  /** The most bytes of a token. */
  int longest() {
    int longest = 0;
    for (int token : sorted) {
      longest = Math.max(longest, bytes[token].length);
    }
    return longest;
  }
}
