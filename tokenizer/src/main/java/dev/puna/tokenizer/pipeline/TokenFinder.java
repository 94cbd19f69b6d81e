package dev.puna.tokenizer.pipeline;

import dev.puna.tokenizer.text.Categories;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds added tokens in a text: leftmost first, the longest where several begin, as the library
 * `tokenizers` does it, with its rules for white space around them.
 */
final class TokenFinder {
  /** Takes what a text consists of. */
  interface Found {
    /** Takes {@code text[from .. to)}, which is not empty. */
    void text(int from, int to);

    void token(int id);
  }

  private static final class Node {
    final Map<Character, Node> children = new HashMap<>(4);
    @Nullable AddedToken token;
  }

  private final Map<Character, Node> roots = new HashMap<>();

  /** Which characters of the basic plane begin a token. */
  private final long[] begins = new long[1 << 10];

  /**
   * @param tokens what to find; of two with the same content the first one is found
   * @param form how a token stands in the text
   */
  TokenFinder(List<AddedToken> tokens, UnaryOperator<String> form) {
    for (AddedToken token : tokens) {
      String content = form.apply(token.content());
      if (content.isEmpty()) {
        continue;
      }
      char first = content.charAt(0);
      begins[first >> 6] |= 1L << first;
      Node node = roots.computeIfAbsent(first, c -> new Node());
      for (int i = 1; i < content.length(); i++) {
        node = node.children.computeIfAbsent(content.charAt(i), c -> new Node());
      }
      if (node.token == null) {
        node.token = token;
      }
    }
  }

  boolean isEmpty() {
    return roots.isEmpty();
  }

  /**
   * Passes on the tokens of a text and what lies between them.
   *
   * @param special whether special tokens are found; their names are text otherwise
   */
  void find(String text, boolean special, Found found) {
    int done = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      int end = (begins[c >> 6] >>> c & 1) == 0 ? at : longest(text, at);
      if (end == at) {
        at++;
        continue;
      }
      AddedToken token = tokenAt(text, at, end);
      if (token.special() && !special || token.singleWord() && isWithinWord(text, at, end)) {
        at = end;
        continue;
      }
      int from = Math.max(done, token.stripsLeft() ? spacesBefore(text, at) : at);
      int to = token.stripsRight() ? spacesAfter(text, end) : end;
      if (done < from) {
        found.text(done, from);
      }
      found.token(token.id());
      done = to;
      at = Math.max(end, to);
    }
    if (done < text.length()) {
      found.text(done, text.length());
    }
  }

  /** Where the longest token that begins here ends; {@code at} if none begins. */
  private int longest(String text, int at) {
    Node node = roots.get(text.charAt(at));
    int end = at;
    for (int i = at + 1; node != null; i++) {
      if (node.token != null) {
        end = i;
      }
      node = i < text.length() ? node.children.get(text.charAt(i)) : null;
    }
    return end;
  }

  private AddedToken tokenAt(String text, int at, int end) {
    Node node = roots.get(text.charAt(at));
    for (int i = at + 1; node != null && i < end; i++) {
      node = node.children.get(text.charAt(i));
    }
    if (node == null || node.token == null) {
      throw new IllegalStateException("no token from " + at + " to " + end);
    }
    return node.token;
  }

  private static boolean isWithinWord(String text, int from, int to) {
    return from > 0 && Categories.isWord(text.codePointBefore(from))
        || to < text.length() && Categories.isWord(text.codePointAt(to));
  }

  private static int spacesBefore(String text, int at) {
    int from = at;
    while (from > 0 && Categories.is(text.charAt(from - 1), Categories.WHITE_SPACE)) {
      from--;
    }
    return from;
  }

  private static int spacesAfter(String text, int at) {
    int to = at;
    while (to < text.length() && Categories.is(text.charAt(to), Categories.WHITE_SPACE)) {
      to++;
    }
    return to;
  }
}
