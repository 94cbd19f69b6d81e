package dev.puna.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bodies of rules as nodes with arrows: over a range of bytes, over a rule, or over nothing
 * (Thompson 1968: regular expression search algorithm). Built from the end: a piece is given the
 * node behind it and gives the one at which it begins.
 */
final class Nfa {
  /** What leads on from a node. */
  sealed interface Node {
    /** A byte from {@code low} to {@code high}. */
    record Bytes(int low, int high, int to) implements Node {}

    /** A text of a rule. */
    record Call(int rule, int to) implements Node {}

    /** Nothing: it is all of these nodes. */
    record Split(int[] to) implements Node {}

    /** The rule ends here. */
    record End() implements Node {}
  }

  private final Rules rules;
  private final boolean[] nullable;
  private final Budget budget;
  private Node[] nodes = new Node[256];
  private int size;
  private final Map<Expr.Shared, Map<Integer, Integer>> shared = new IdentityHashMap<>();

  Nfa(Rules rules, Budget budget) {
    this.rules = rules;
    this.budget = budget;
    nullable = nullable();
  }

  Node node(int index) {
    return nodes[index];
  }

  int size() {
    return size;
  }

  /** The first node of a rule. */
  int build(int rule) {
    shared.clear();
    return build(rules.body(rule), add(new Node.End()), 0);
  }

  private int add(Node node) {
    budget.node();
    if (size == nodes.length) {
      nodes = Arrays.copyOf(nodes, 2 * size);
    }
    nodes[size] = node;
    return size++;
  }

  private int build(Expr e, int to, int depth) {
    Budget.depth(depth);
    return switch (e) {
      case Expr.Text t -> text(t.text().getBytes(StandardCharsets.UTF_8), to);
      case Expr.Chars c -> chars(c.set(), to);
      case Expr.Sequence s -> {
        int at = to;
        for (int i = s.parts().size() - 1; i >= 0; i--) {
          at = build(s.parts().get(i), at, depth + 1);
        }
        yield at;
      }
      case Expr.Choice c -> {
        int[] options = new int[c.options().size()];
        for (int i = 0; i < options.length; i++) {
          options[i] = build(c.options().get(i), to, depth + 1);
        }
        yield add(new Node.Split(options));
      }
      case Expr.Repeat r -> repeat(r, to, depth);
      case Expr.Ref r -> call(r.rule(), to);
      case Expr.Shared s -> shared(s, to, depth);
    };
  }

  private int shared(Expr.Shared s, int to, int depth) {
    Map<Integer, Integer> places = shared.computeIfAbsent(s, k -> new HashMap<>());
    Integer known = places.get(to);
    if (known == null) {
      known = build(s.body(), to, depth + 1);
      places.put(to, known);
    }
    return known;
  }

  private int text(byte[] bytes, int to) {
    int at = to;
    for (int i = bytes.length - 1; i >= 0; i--) {
      at = add(new Node.Bytes(bytes[i] & 0xFF, bytes[i] & 0xFF, at));
    }
    return at;
  }

  private int chars(CharSet set, int to) {
    int[] ranges = set.ranges();
    Map<Node, Integer> known = new HashMap<>();
    List<Integer> options = new ArrayList<>();
    for (int i = 0; i < ranges.length; i += 2) {
      Utf8Ranges.cut(
          ranges[i],
          ranges[i + 1],
          (low, high, length) -> {
            int at = to;
            for (int b = length - 1; b >= 0; b--) {
              at = known.computeIfAbsent(new Node.Bytes(low[b], high[b], at), this::add);
            }
            options.add(at);
          });
    }
    return options.size() == 1
        ? options.getFirst()
        : add(new Node.Split(options.stream().mapToInt(o -> o).toArray()));
  }

  private int repeat(Expr.Repeat r, int to, int depth) {
    int at = to;
    if (r.most() == Expr.UNBOUNDED) {
      int loop = add(new Node.End()); // to be known before what it leads to
      int body = build(r.body(), loop, depth + 1); // may move the nodes
      nodes[loop] = new Node.Split(new int[] {body, to});
      at = loop;
    } else {
      for (int i = r.least(); i < r.most(); i++) {
        at = add(new Node.Split(new int[] {build(r.body(), at, depth + 1), to}));
      }
    }
    for (int i = 0; i < r.least(); i++) {
      at = build(r.body(), at, depth + 1);
    }
    return at;
  }

  /** Calls are of texts that are not empty: where a rule may be empty, it may be passed by too. */
  private int call(int rule, int to) {
    int call = add(new Node.Call(rule, to));
    return nullable[rule] ? add(new Node.Split(new int[] {call, to})) : call;
  }

  private boolean[] nullable() {
    boolean[] empty = new boolean[rules.size()];
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int rule = 0; rule < empty.length; rule++) {
        if (!empty[rule] && nullable(rules.body(rule), empty)) {
          empty[rule] = true;
          changed = true;
        }
        budget.steps(1);
      }
    }
    return empty;
  }

  private boolean nullable(Expr e, boolean[] empty) {
    budget.steps(1);
    return switch (e) {
      case Expr.Text t -> t.text().isEmpty();
      case Expr.Chars _ -> false;
      case Expr.Sequence s -> s.parts().stream().allMatch(p -> nullable(p, empty));
      case Expr.Choice c -> c.options().stream().anyMatch(o -> nullable(o, empty));
      case Expr.Repeat r -> r.least() == 0 || nullable(r.body(), empty);
      case Expr.Ref r -> empty[r.rule()];
      case Expr.Shared s -> nullable(s.body(), empty);
    };
  }

  /** The nodes that a node is without a byte, other than splits; each once. */
  int[] closure(int from, int[] stamps, int stamp) {
    int[] found = new int[8];
    int count = 0;
    int[] open = new int[16];
    int top = 0;
    open[top++] = from;
    stamps[from] = stamp;
    while (top > 0) {
      int at = open[--top];
      budget.steps(1);
      if (!(nodes[at] instanceof Node.Split split)) {
        found = count == found.length ? Arrays.copyOf(found, 2 * count) : found;
        found[count++] = at;
        continue;
      }
      if (top + split.to.length > open.length) {
        open = Arrays.copyOf(open, 2 * (top + split.to.length));
      }
      for (int next : split.to) {
        if (stamps[next] != stamp) {
          stamps[next] = stamp;
          open[top++] = next;
        }
      }
    }
    return Arrays.copyOf(found, count);
  }
}
