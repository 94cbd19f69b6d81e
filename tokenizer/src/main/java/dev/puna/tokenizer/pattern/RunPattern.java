package dev.puna.tokenizer.pattern;

import org.jspecify.annotations.Nullable;

/**
 * A regular expression made of runs of code point sets, in sequences and alternatives, with
 * look-aheads: {@code [^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s+(?!\S)|\s+} and its like. Alternatives
 * are tried in order and runs are greedy, as in Perl.
 *
 * <p>The stack is as deep as the expression has steps, whatever the text; the time is linear for
 * the expressions that tokenizers have, since a run that is given back, character by character, is
 * taken whole by one of the alternatives that follow.
 */
final class RunPattern implements TextPattern {
  private static final int FAIL = -1;

  private final Node[] alternatives;

  /** For each ASCII character, bit n says whether alternative n may begin with it. */
  private final long[] candidates = new long[128];

  /**
   * The run that an alternative begins with, if it may have any length: where it failed from the
   * start of a run, it fails from anywhere within. This keeps the time linear.
   */
  private final @Nullable CodePointSet[] leading;

  private RunPattern(Node[] alternatives) {
    this.alternatives = alternatives;
    for (int point = 0; point < candidates.length; point++) {
      for (int i = 0; i < alternatives.length; i++) {
        candidates[point] |= alternatives[i].mayBegin(point) ? 1L << i : 0;
      }
    }
    leading = new CodePointSet[alternatives.length];
    for (int i = 0; i < alternatives.length; i++) {
      Node first = alternatives[i];
      boolean run = first.kind == Node.Kind.RUN && !first.strict;
      leading[i] =
          run && first.least <= 1 && first.most == Node.UNBOUNDED ? first.set() : null;
    }
  }

  /** The pattern of an expression; null if it has more in it than runs, or is malformed. */
  static @Nullable RunPattern compile(String expression) {
    try {
      Node[] alternatives = new RunParser(expression).parse();
      return alternatives.length <= Long.SIZE ? new RunPattern(alternatives) : null;
    } catch (RunParser.Unsupported e) {
      return null;
    }
  }

  @Override
  public void find(int[] text, int from, int to, Found found) {
    // Up to where each alternative is known to fail.
    int[] failing = new int[alternatives.length];
    int at = from;
    while (at < to) {
      int end = matchAt(text, at, to, failing);
      if (end >= at) {
        found.match(at, end);
      }
      at = Math.max(at + 1, end);
    }
  }

  /** Where the match that begins here ends; -1 for none. */
  private int matchAt(int[] text, int at, int to, int[] failing) {
    int point = text[at];
    long open = point < 128 ? candidates[point] : -1L >>> Long.SIZE - alternatives.length;
    for (; open != 0; open &= open - 1) {
      int i = Long.numberOfTrailingZeros(open);
      if (at < failing[i]) {
        continue;
      }
      int end = match(alternatives[i], text, at, to);
      if (end != FAIL) {
        return end;
      }
      CodePointSet run = leading[i];
      if (run != null) {
        failing[i] = endOf(run, text, at, to);
      }
    }
    return FAIL;
  }

  private static int endOf(CodePointSet run, int[] text, int at, int to) {
    int end = at;
    while (end < to && run.contains(text[end])) {
      end++;
    }
    return end;
  }

  private static int match(Node first, int[] text, int from, int to) {
    Node node = first;
    int at = from;
    while (true) {
      switch (node.kind) {
        case ACCEPT -> {
          return at;
        }
        case RUN -> {
          CodePointSet set = node.set();
          int limit = node.most < to - at ? at + node.most : to;
          int end = at;
          while (end < limit && set.contains(text[end])) {
            end++;
          }
          if (end - at < node.least) {
            return FAIL;
          }
          Node next = node.next();
          if (!node.strict && next.kind != Node.Kind.ACCEPT && end > at + node.least) {
            return giveBack(next, text, at + node.least, end, to);
          }
          at = end;
          node = next;
        }
        case CHOICE -> {
          for (Node branch : node.branches) {
            int end = match(branch, text, at, to);
            if (end != FAIL) {
              return end;
            }
          }
          return FAIL;
        }
        case LOOK -> {
          boolean seen = match(node.branches[0], text, at, to) != FAIL;
          if (seen == node.strict) {
            return FAIL;
          }
          node = node.next();
        }
        case LINE_END -> {
          if (at < to && text[at] != '\n') {
            return FAIL;
          }
          node = node.next();
        }
      }
    }
  }

  /** Goes on after a run, which ends where that succeeds. */
  private static int giveBack(Node next, int[] text, int least, int longest, int to) {
    for (int end = longest; end >= least; end--) {
      int matched = match(next, text, end, to);
      if (matched != FAIL) {
        return matched;
      }
    }
    return FAIL;
  }
}
