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
  /** Looks at characters for each one of the text, and for any text. */
  private static final long STEPS_PER_CHARACTER = 2000;

  private static final long STEPS = 10_000_000;

  private static final int FAIL = -1;

  private final String expression;

  private final Node[] alternatives;

  /** For each ASCII character, bit n says whether alternative n may begin with it. */
  private final long[] candidates = new long[128];

  /**
   * The run that an alternative begins with, if it may have any length: where it failed from the
   * start of a run, it fails from anywhere within. This keeps the time linear.
   */
  private final @Nullable CodePointSet[] leading;

  private RunPattern(String expression, Node[] alternatives) {
    this.expression = expression;
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
      leading[i] = run && first.least <= 1 && first.most == Node.UNBOUNDED ? first.set() : null;
    }
  }

  /** The pattern of an expression; null if it has more in it than runs, or is malformed. */
  static @Nullable RunPattern compile(String expression) {
    try {
      Node[] alternatives = new RunParser(expression).parse();
      return alternatives.length <= Long.SIZE ? new RunPattern(expression, alternatives) : null;
    } catch (RunParser.Unsupported e) {
      return null;
    }
  }

  @Override
  public void find(int[] text, int from, int to, Found found) {
    Search search = new Search(text, from, to);
    int at = from;
    while (at < to) {
      int end = search.matchAt(at);
      if (end >= at) {
        found.match(at, end);
      }
      at = Math.max(at + 1, end);
    }
  }

  /** A search through one text. */
  private final class Search {
    private final int[] text;
    private final int to;

    /** Up to where each alternative is known to fail. */
    private final int[] failing = new int[alternatives.length];

    /** How many more characters may be looked at: only a hostile expression needs so many. */
    private long steps;

    Search(int[] text, int from, int to) {
      this.text = text;
      this.to = to;
      steps = STEPS + STEPS_PER_CHARACTER * (to - from);
    }

    /** Where the match that begins here ends; -1 for none. */
    int matchAt(int at) {
      int point = text[at];
      long open = point < 128 ? candidates[point] : -1L >>> Long.SIZE - alternatives.length;
      for (; open != 0; open &= open - 1) {
        int i = Long.numberOfTrailingZeros(open);
        if (at < failing[i]) {
          continue;
        }
        int end = match(alternatives[i], at);
        if (end != FAIL) {
          return end;
        }
        CodePointSet run = leading[i];
        if (run != null) {
          failing[i] = endOf(run, at, to);
        }
      }
      return FAIL;
    }

    private int endOf(CodePointSet run, int at, int limit) {
      int end = at;
      while (end < limit && run.contains(text[end])) {
        end++;
      }
      return end;
    }

    private int match(Node first, int from) {
      Node node = first;
      int at = from;
      while (true) {
        switch (node.kind) {
          case ACCEPT -> {
            return at;
          }
          case RUN -> {
            int end = endOf(node.set(), at, node.most < to - at ? at + node.most : to);
            spend(end - at + 1);
            if (end - at < node.least) {
              return FAIL;
            }
            Node next = node.next();
            if (!node.strict && next.kind != Node.Kind.ACCEPT && end > at + node.least) {
              return giveBack(next, at + node.least, end);
            }
            at = end;
            node = next;
          }
          case CHOICE -> {
            return choose(node, at);
          }
          case LOOK -> {
            boolean seen = match(node.branches[0], at) != FAIL;
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

    private int choose(Node choice, int at) {
      for (Node branch : choice.branches) {
        int end = match(branch, at);
        if (end != FAIL) {
          return end;
        }
      }
      return FAIL;
    }

    /** Goes on after a run, which ends where that succeeds. */
    private int giveBack(Node next, int least, int longest) {
      for (int end = longest; end >= least; end--) {
        int matched = match(next, end);
        if (matched != FAIL) {
          return matched;
        }
      }
      return FAIL;
    }

    private void spend(int characters) {
      steps -= characters;
      if (steps < 0) {
        throw JavaPattern.takesTooLong(expression);
      }
    }
  }
}
