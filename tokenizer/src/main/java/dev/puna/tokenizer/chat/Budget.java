package dev.puna.tokenizer.chat;

import java.util.function.Supplier;

/**
 * What the template that runs may still use up before it is stopped: templates come out of
 * strangers' files. It belongs to the run, wherever in the package a value is made.
 */
final class Budget {
  /** Expressions, statements, items touched; the largest published templates take about 50,000. */
  private static final long MOST_STEPS = 2_000_000;

  /** Of expressions, tags and macros within each other. */
  private static final int DEEPEST = 600;

  /** Characters of the output, and of any text on the way. */
  private static final int LONGEST = 1 << 24;

  /** Elements of any list. */
  private static final int MOST_ITEMS = 1 << 20;

  /** Characters that cost a step. */
  private static final int CHARACTERS = 64;

  private static final ScopedValue<Budget> CURRENT = ScopedValue.newInstance();

  private long steps;
  private int depth;

  private Budget() {}

  /** Runs with a budget of its own. */
  static <T> T within(Supplier<T> run) {
    return ScopedValue.where(CURRENT, new Budget()).call(run::get);
  }

  static void step() {
    spend(1);
  }

  static void spend(long count) {
    Budget budget = CURRENT.get();
    budget.steps += count;
    if (budget.steps > MOST_STEPS) {
      throw new TemplateException("does not end within " + MOST_STEPS + " steps");
    }
  }

  static void enter() {
    step();
    if (++CURRENT.get().depth > DEEPEST) {
      throw new TemplateException("nests deeper than " + DEEPEST);
    }
  }

  static void leave() {
    CURRENT.get().depth--;
  }

  /** Checks the length of a text about to be made; copying its characters costs as well. */
  static void text(long length) {
    growing(length);
    spend(length / CHARACTERS);
  }

  /** Checks the length of a text that grows step by step. */
  static void growing(long length) {
    if (length > LONGEST) {
      throw new TemplateException("makes a text of more than " + LONGEST + " characters");
    }
  }

  static void items(long count) {
    if (count > MOST_ITEMS) {
      throw new TemplateException("makes a list of more than " + MOST_ITEMS + " items");
    }
    spend(count);
  }
}
