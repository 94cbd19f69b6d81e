package dev.puna.engine.constraint;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A grammar of chance, both as GBNF and as productions for {@link Earley}. Rules refer to later
 * ones anywhere, to earlier ones and themselves only behind a character, so none begins with
 * itself; one alternative of each has no references, so each has texts.
 */
final class RandomGrammar {
  final StringBuilder gbnf = new StringBuilder();
  final Earley earley = new Earley();
  private final Random random;
  private final String[] words;
  private final int rules;

  /** A piece as GBNF, and the symbol that stands for it. */
  private record Piece(String gbnf, int symbol) {}

  /**
   * @param words what texts are made of; not empty
   */
  RandomGrammar(Random random, int rules, String... words) {
    this.random = random;
    this.words = words;
    this.rules = rules;
    for (int rule = 0; rule < rules; rule++) {
      earley.newSymbol();
    }
    for (int rule = 0; rule < rules; rule++) {
      gbnf.append(name(rule)).append(" ::= ").append(terminal(rule));
      for (int i = random.nextInt(3); i >= 0; i--) {
        Piece piece = sequence(rule, 3);
        gbnf.append(" | ").append(piece.gbnf);
        earley.production(rule, piece.symbol);
      }
      gbnf.append('\n');
    }
  }

  private static String name(int rule) {
    return rule == 0 ? "root" : "rule-" + rule;
  }

  private String terminal(int rule) {
    String word = words[random.nextInt(words.length)];
    earley.production(rule, earley.word(word));
    return quoted(word);
  }

  private static String quoted(String word) {
    return '"' + word.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  private Piece sequence(int rule, int depth) {
    StringBuilder text = new StringBuilder();
    List<Integer> symbols = new ArrayList<>();
    boolean begun = false;
    for (int i = random.nextInt(3); i >= 0; i--) {
      if (begun && random.nextInt(3) == 0) {
        int to = random.nextInt(rules);
        text.append(name(to)).append(' ');
        symbols.add(to);
        continue;
      }
      if (random.nextInt(3) == 0 && rule + 1 < rules) {
        int to = rule + 1 + random.nextInt(rules - rule - 1);
        text.append(name(to)).append(' ');
        symbols.add(to);
        continue;
      }
      boolean plain = depth == 0 || random.nextInt(2) == 0;
      Piece piece = plain ? word() : repeated(rule, depth - 1);
      begun |= plain;
      text.append(piece.gbnf).append(' ');
      symbols.add(piece.symbol);
    }
    return new Piece(text.toString(), earley.sequence(symbols));
  }

  private Piece word() {
    if (random.nextInt(4) == 0) {
      int one = earley.newSymbol();
      earley.production(one, earley.word("a"));
      earley.production(one, earley.word("b"));
      return new Piece("[ab]", one);
    }
    String word = words[random.nextInt(words.length)];
    return new Piece(quoted(word), earley.word(word));
  }

  private Piece repeated(int rule, int depth) {
    Piece one = sequence(rule, depth);
    Piece two = random.nextBoolean() ? one : sequence(rule, depth);
    String group = one == two ? "(" + one.gbnf + ")" : "(" + one.gbnf + "| " + two.gbnf + ")";
    int either = earley.newSymbol();
    earley.production(either, one.symbol);
    earley.production(either, two.symbol);
    return switch (random.nextInt(5)) {
      case 0 -> new Piece(group, either);
      case 1 -> new Piece(group + "?", earley.repeat(either, 0, 1));
      case 2 -> new Piece(group + "*", earley.repeat(either, 0, -1));
      case 3 -> new Piece(group + "+", earley.repeat(either, 1, -1));
      default -> new Piece(group + "{1,2}", earley.repeat(either, 1, 2));
    };
  }
}
