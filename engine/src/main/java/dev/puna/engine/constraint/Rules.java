package dev.puna.engine.constraint;

import dev.puna.engine.constraint.Expr.Choice;
import dev.puna.engine.constraint.Expr.Repeat;
import dev.puna.engine.constraint.Expr.Sequence;
import dev.puna.engine.constraint.Expr.Shared;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Named rules, of which the first one is what the whole text must be. */
final class Rules {
  /**
   * Repetitions of more are made of blocks of {@link #BLOCK}, which are rules of their own: a
   * thousand characters then have some two hundred states in place of a thousand, and masks as few.
   */
  private static final int PLAIN = 128;

  private static final int BLOCK = 64;

  /** Rules of at most so many nodes, and without loops, are put where they are referred to. */
  private static final int SMALL = 64;

  private final List<String> names = new ArrayList<>();
  private final List<@Nullable Expr> bodies = new ArrayList<>();

  /** Rules that {@link #split} has made or changed. */
  private final Set<Integer> wasSplit = new HashSet<>();

  /** A new rule, to be defined later. */
  int declare(String name) {
    names.add(name);
    bodies.add(null);
    return names.size() - 1;
  }

  void define(int rule, Expr body) {
    bodies.set(rule, body);
  }

  int add(String name, Expr body) {
    int rule = declare(name);
    define(rule, body);
    return rule;
  }

  int size() {
    return names.size();
  }

  String name(int rule) {
    return names.get(rule);
  }

  boolean isDefined(int rule) {
    return bodies.get(rule) != null;
  }

  Expr body(int rule) {
    Expr body = bodies.get(rule);
    if (body == null) {
      throw new IllegalStateException("rule " + names.get(rule) + " is not defined");
    }
    return body;
  }

  /** Puts small rules in place and cuts long repetitions into blocks. Call it once, at the end. */
  void simplify() {
    int given = size();
    Inlining inlining = new Inlining(given);
    List<Expr> inlined = new ArrayList<>();
    for (int rule = 0; rule < given; rule++) {
      inlined.add(inlining.rewrite(body(rule), 0));
    }
    for (int rule = 0; rule < given; rule++) {
      define(rule, new Blocks().rewrite(inlined.get(rule), 0));
    }
  }

  /**
   * Makes rules of what a rule repeats and of its alternatives. Which of them a text is in is then
   * found out when the text comes, so that the rule has few states where it had a great many, one
   * for each set of places that some text may be in at once.
   */
  void split(int rule, Budget budget) {
    if (!wasSplit.add(rule)) {
      throw budget.exploded();
    }
    define(rule, new Splitting().rewrite(body(rule), 0));
  }

  /** Rewrites what an expression is made of; shared pieces stay shared. */
  private abstract static class Rewriting {
    private final Map<Shared, Shared> shared = new IdentityHashMap<>();

    Expr rewrite(Expr e, int depth) {
      Budget.depth(depth);
      return switch (e) {
        case Expr.Text _, Expr.Chars _ -> e;
        case Sequence s -> new Sequence(all(s.parts(), depth));
        case Choice c -> choice(all(c.options(), depth));
        case Repeat r -> repeat(rewrite(r.body(), depth + 1), r.least(), r.most());
        case Expr.Ref r -> ref(r);
        case Shared s -> {
          Shared known = shared.get(s);
          if (known == null) {
            known = new Shared(rewrite(s.body(), depth + 1));
            shared.put(s, known);
          }
          yield known;
        }
      };
    }

    private List<Expr> all(List<Expr> list, int depth) {
      List<Expr> rewritten = new ArrayList<>(list.size());
      for (Expr e : list) {
        rewritten.add(rewrite(e, depth + 1));
      }
      return rewritten;
    }

    Expr ref(Expr.Ref ref) {
      return ref;
    }

    Expr repeat(Expr body, int least, int most) {
      return new Repeat(body, least, most);
    }

    Expr choice(List<Expr> options) {
      return new Choice(options);
    }
  }

  /** Puts the bodies of small rules where they are referred to. */
  private final class Inlining extends Rewriting {
    private static final int UNKNOWN = 0;
    private static final int OPEN = -1;

    /** By rule: its nodes plus 1, or {@link #SMALL} plus 2 if it is not to be put in place. */
    private final int[] sizes;

    Inlining(int rules) {
      sizes = new int[rules];
    }

    @Override
    Expr ref(Expr.Ref ref) {
      return size(ref.rule(), 0) <= SMALL ? rewrite(body(ref.rule()), 0) : ref;
    }

    private int size(int rule, int depth) {
      if (sizes[rule] == OPEN || depth > SMALL) {
        return SMALL + 1; // it refers to itself, or goes on and on
      }
      if (sizes[rule] == UNKNOWN) {
        sizes[rule] = OPEN;
        sizes[rule] = 1 + size(body(rule), depth + 1);
      }
      return sizes[rule] - 1;
    }

    private int size(Expr e, int depth) {
      if (depth > SMALL) {
        return SMALL + 1;
      }
      return switch (e) {
        case Expr.Text t -> cut(3L * t.text().length());
        case Expr.Chars c -> c.set().ranges().length / 2 + 1;
        case Sequence s -> sum(s.parts(), depth);
        case Choice c -> sum(c.options(), depth);
        case Repeat r -> cut((long) size(r.body(), depth + 1) * r.most());
        case Expr.Ref r -> size(r.rule(), depth + 1);
        case Shared _ -> SMALL + 1;
      };
    }

    private int sum(List<Expr> parts, int depth) {
      int sum = 1;
      for (int i = 0; i < parts.size() && sum <= SMALL; i++) {
        sum = cut((long) sum + size(parts.get(i), depth + 1));
      }
      return sum;
    }

    private static int cut(long size) {
      return (int) Math.min(size, SMALL + 1);
    }
  }

  /** Puts what is repeated, and alternatives, into rules of their own. */
  private final class Splitting extends Rewriting {
    private int rule(Expr body) {
      int rule = add("a part of a rule", body);
      wasSplit.add(rule);
      return rule;
    }

    @Override
    Expr repeat(Expr body, int least, int most) {
      boolean isRule = body instanceof Expr.Ref;
      return new Repeat(isRule ? body : new Expr.Ref(rule(body)), least, most);
    }

    @Override
    Expr choice(List<Expr> options) {
      return new Expr.Ref(rule(new Choice(options)));
    }
  }

  /** Cuts long repetitions into blocks. */
  private final class Blocks extends Rewriting {
    @Override
    Expr repeat(Expr body, int least, int most) {
      if (most == Expr.UNBOUNDED) {
        Expr any = Expr.any(body);
        return least == 0 ? any : Expr.sequence(exactly(body, least), any);
      }
      if (most <= PLAIN) {
        return new Repeat(body, least, most);
      }
      return Expr.sequence(exactly(body, least), upTo(body, most - least));
    }

    private Expr exactly(Expr body, int count) {
      if (count <= PLAIN) {
        return new Repeat(body, count, count);
      }
      return Expr.sequence(
          exactly(block(body), count / BLOCK), new Repeat(body, count % BLOCK, count % BLOCK));
    }

    /** Blocks, as many as leave room for one at least, then the rest one by one. */
    private Expr upTo(Expr body, int count) {
      if (count <= PLAIN) {
        return new Repeat(body, 0, count);
      }
      int blocks = count / BLOCK - 1;
      return Expr.sequence(upTo(block(body), blocks), new Repeat(body, 0, count - blocks * BLOCK));
    }

    private Expr block(Expr body) {
      return new Expr.Ref(add("a block of repetitions", new Repeat(body, BLOCK, BLOCK)));
    }
  }
}
