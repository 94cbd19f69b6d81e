package dev.puna.engine.constraint;

import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes configurations from byte to byte. What has been computed is kept, so that a step which was
 * taken before is a look-up: a deterministic automaton that is made as far as it is used. When
 * there is too much of it all is forgotten.
 *
 * <p>Not for several threads at once.
 */
final class Configurations {
  /** Bytes, about, of configurations that are kept. */
  private static final long MOST = 32L << 20;

  /** The most frames that a text may be in at once. */
  private static final int MOST_FRAMES = 30_000;

  private final Automaton automaton;
  private final int[] ruleRest;
  private final Map<Frame, Frame> frames = new HashMap<>();
  private final Map<Configuration, Configuration> known = new HashMap<>();
  private final Configuration dead;
  private long kept;
  private int round;

  /**
   * @param ruleRest by state: tokens to the end of its rule
   */
  Configurations(Automaton automaton, int[] ruleRest) {
    this.automaton = automaton;
    this.ruleRest = ruleRest;
    dead = new Configuration(new Frame[0], 0, 0);
  }

  /** Where a text begins that has to lead from a state to the end of its rule. */
  Configuration of(int state) {
    return configuration(new Frame[] {frame(state, Frame.ONLY_BOTTOM)});
  }

  /** What a configuration is after one more byte. */
  Configuration step(Configuration from, int byteClass) {
    if (from.isDead()) {
      return dead;
    }
    Configuration here = from.round == round ? from : configuration(from.tops);
    Configuration to = here.next[byteClass];
    if (to == null) {
      to = compute(here, byteClass);
      here.next[byteClass] = to;
    }
    return to;
  }

  /** Whether all plain bytes lead from here to here, and the text may not end. */
  boolean stays(Configuration at) {
    if (at.stays == null) {
      boolean stays = !at.ends;
      for (int value = 0; value < 256 && stays; value++) {
        stays = !Vocabulary.isPlain(value) || step(at, automaton.classOf[value]) == at;
      }
      at.stays = stays;
    }
    return at.stays;
  }

  private Configuration compute(Configuration from, int byteClass) {
    Step step = new Step(byteClass);
    for (Frame frame : reached(from)) {
      step.from(frame.state, frame.parents);
    }
    step.enterRules();
    if (step.targets.isEmpty()) {
      return dead;
    }
    List<Frame> tops = new ArrayList<>(step.targets.size());
    step.targets.forEach((state, parents) -> tops.add(frame(state, parents.toArray(Frame[]::new))));
    return configuration(tops.toArray(Frame[]::new));
  }

  /** The tops, and the frames behind those whose rules may end. */
  private List<Frame> reached(Configuration from) {
    List<Frame> reached = new ArrayList<>(List.of(from.tops));
    Set<Frame> seen = null;
    for (int i = 0; i < reached.size(); i++) {
      Frame frame = reached.get(i);
      if (!automaton.accepting(frame.state)) {
        continue;
      }
      for (Frame parent : frame.parents) {
        seen = seen == null ? new LinkedHashSet<>(reached) : seen;
        if (parent != Frame.BOTTOM && seen.add(parent)) {
          reached.add(parent);
        }
      }
      checkCount(reached.size());
    }
    return reached;
  }

  static void checkCount(int frames) {
    if (frames > MOST_FRAMES) {
      throw new PunaException(
          "the constraint is too ambiguous: the text may be read in more than %d ways"
              .formatted(MOST_FRAMES),
          "let its rules begin or end with something that tells them apart");
    }
  }

  /** One byte: from frames into states, by way of the rules that begin with it. */
  private final class Step {
    final int byteClass;

    /** By state: the ways back. */
    final TreeMap<Integer, Set<Frame>> targets = new TreeMap<>();

    /** Rules to be entered, by rank, so that all ways into a rule are known before it is. */
    final TreeMap<Integer, Set<Frame>> rules = new TreeMap<>();

    Step(int byteClass) {
      this.byteClass = byteClass;
    }

    void from(int state, Frame[] parents) {
      int to = automaton.next(state, byteClass);
      if (to != Automaton.NONE) {
        add(targets, to, parents);
      }
      int[] calls = automaton.calls(state);
      for (int i = 0; calls != null && i < calls.length; i += 2) {
        if (automaton.begins(calls[i], byteClass)) {
          int behind = calls[i + 1];
          Frame[] back = automaton.last(behind) ? parents : new Frame[] {frame(behind, parents)};
          add(rules, automaton.rank[calls[i]], back);
        }
      }
    }

    void enterRules() {
      for (Map.Entry<Integer, Set<Frame>> entry = rules.pollFirstEntry();
          entry != null;
          entry = rules.pollFirstEntry()) {
        int rule = automaton.ranked[entry.getKey()];
        from(automaton.start[rule], entry.getValue().toArray(Frame[]::new));
      }
    }

    private static void add(Map<Integer, Set<Frame>> to, int key, Frame[] parents) {
      Set<Frame> all = to.computeIfAbsent(key, k -> new LinkedHashSet<>(4));
      for (Frame parent : parents) {
        all.add(parent);
      }
      checkCount(all.size());
    }
  }

  private Frame frame(int state, Frame[] parents) {
    Frame frame = new Frame(state, parents, ruleRest[state], automaton.accepting(state));
    Frame same = frames.putIfAbsent(frame, frame);
    if (same != null) {
      return same;
    }
    kept += 96 + 8L * parents.length;
    return frame;
  }

  private Configuration configuration(Frame[] tops) {
    if (kept > MOST) {
      frames.clear();
      known.clear();
      kept = 0;
      round++;
    }
    Configuration made = new Configuration(tops, automaton.classes, round);
    Configuration same = known.putIfAbsent(made, made);
    if (same != null) {
      return same;
    }
    kept += 128 + 8L * tops.length + 4L * automaton.classes;
    return made;
  }
}
