package dev.puna.tokenizer.pattern;

import org.jspecify.annotations.Nullable;

/** A step of a {@link RunPattern}; each knows the one that follows it. */
final class Node {
  enum Kind {
    /** As many code points of a set as there are, or fewer. */
    RUN,
    /** The first of several ways to go on that succeeds. */
    CHOICE,
    /** Goes on if another pattern matches here, or does not. */
    LOOK,
    /** Goes on at the end of the text or of a line. */
    LINE_END,
    /** The pattern has matched. */
    ACCEPT
  }

  static final int UNBOUNDED = Integer.MAX_VALUE;
  static final Node ACCEPT = new Node(Kind.ACCEPT, null, 0, 0, false, new Node[0], null);

  final Kind kind;
  final @Nullable CodePointSet set;
  final int least;
  final int most;

  /** A run: never gives back what it took. A look: succeeds where the other pattern fails. */
  final boolean strict;

  final Node[] branches;
  final @Nullable Node next;

  private Node(
      Kind kind,
      @Nullable CodePointSet set,
      int least,
      int most,
      boolean strict,
      Node[] branches,
      @Nullable Node next) {
    this.kind = kind;
    this.set = set;
    this.least = least;
    this.most = most;
    this.strict = strict;
    this.branches = branches;
    this.next = next;
  }

  static Node run(CodePointSet set, int least, int most, boolean possessive, Node next) {
    return new Node(Kind.RUN, set, least, most, possessive, new Node[0], next);
  }

  static Node choice(Node... branches) {
    return new Node(Kind.CHOICE, null, 0, 0, false, branches, null);
  }

  static Node look(Node pattern, boolean negative, Node next) {
    return new Node(Kind.LOOK, null, 0, 0, negative, new Node[] {pattern}, next);
  }

  static Node lineEnd(Node next) {
    return new Node(Kind.LINE_END, null, 0, 0, false, new Node[0], next);
  }

  /** Whether a match may begin with this code point. */
  boolean mayBegin(int point) {
    return switch (kind) {
      case RUN -> set().contains(point) || least == 0 && next().mayBegin(point);
      case CHOICE -> {
        for (Node branch : branches) {
          if (branch.mayBegin(point)) {
            yield true;
          }
        }
        yield false;
      }
      case LOOK, LINE_END, ACCEPT -> true;
    };
  }

  CodePointSet set() {
    if (set == null) {
      throw new IllegalStateException("a " + kind + " has no set");
    }
    return set;
  }

  Node next() {
    if (next == null) {
      throw new IllegalStateException("nothing follows a " + kind);
    }
    return next;
  }
}
