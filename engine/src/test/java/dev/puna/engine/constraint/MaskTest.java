package dev.puna.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.engine.Constraint;
import dev.puna.tensor.PunaException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Masks against trying each token, by an independent recognizer. */
class MaskTest {
  private static final String[] WORDS = {"a", "b", "ab", "\u00e4", "ba"};
  private static final int LARGE = 10_000;

  /** Single bytes of all words, and longer tokens, some of which cut the \u00e4. */
  private static byte[][] tokens(Random random, boolean allBytes) {
    List<byte[]> tokens = new ArrayList<>();
    byte[] letters = {'a', 'b', (byte) 0xC3, (byte) 0xA4};
    for (byte letter : letters) {
      if (allBytes || random.nextInt(3) > 0) {
        tokens.add(new byte[] {letter});
      }
    }
    for (int i = 0; i < 8; i++) {
      byte[] token = new byte[2 + random.nextInt(2)];
      for (int b = 0; b < token.length; b++) {
        token[b] = letters[random.nextInt(4)];
      }
      tokens.add(token);
    }
    tokens.add("\u00e4".getBytes(StandardCharsets.UTF_8));
    tokens.add(new byte[0]); // the end
    tokens.add(new byte[0]); // a control token
    return tokens.toArray(byte[][]::new);
  }

  private static byte[] joined(byte[] text, byte[] more) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(text);
    out.writeBytes(more);
    return out.toByteArray();
  }

  @Test
  void agreesWithTryingEachToken() {
    Random random = new Random(11);
    int checked = 0;
    for (int round = 0; round < 300; round++) {
      RandomGrammar grammar = new RandomGrammar(random, 1 + random.nextInt(4), WORDS);
      byte[][] tokens = tokens(random, true);
      int end = tokens.length - 2;
      Vocabulary vocabulary = Vocabulary.of(tokens, Set.of(end));
      Matcher matcher =
          new Matcher(
              CompiledConstraint.of(new Constraint.Grammar(grammar.gbnf.toString()), vocabulary));
      byte[] text = new byte[0];
      for (int step = 0; step < 5; step++) {
        List<Integer> expected = new ArrayList<>();
        for (int token = 0; token < end; token++) {
          if (grammar.earley.begins(joined(text, tokens[token]))) {
            expected.add(token);
          }
        }
        boolean complete = grammar.earley.accepts(text);
        assertThat(matcher.canEnd())
            .as("%s after '%s'", grammar.gbnf, new String(text, StandardCharsets.UTF_8))
            .isEqualTo(complete);
        assertThat(matcher.mustEnd())
            .as("%s after '%s'", grammar.gbnf, new String(text, StandardCharsets.UTF_8))
            .isEqualTo(complete && expected.isEmpty());
        if (complete) {
          expected.add(end);
        }
        assertThat(Walk.allowed(matcher, tokens.length, LARGE))
            .as("%s after '%s'", grammar.gbnf, new String(text, StandardCharsets.UTF_8))
            .isEqualTo(expected);
        checked++;
        expected.remove((Integer) end);
        if (expected.isEmpty()) {
          break;
        }
        int token = expected.get(random.nextInt(expected.size()));
        matcher.accept(token);
        text = joined(text, tokens[token]);
      }
    }
    assertThat(checked).isGreaterThan(900);
  }

  /** Whether a text can be completed with so many tokens, by trying all. */
  private static boolean completable(
      RandomGrammar grammar, byte[][] tokens, byte[] text, int left, Map<String, Boolean> known) {
    String key = left + " " + new String(text, StandardCharsets.ISO_8859_1);
    Boolean answer = known.get(key);
    if (answer == null) {
      answer = grammar.earley.accepts(text);
      for (int t = 0; t < tokens.length && !answer && left > 0; t++) {
        byte[] next = joined(text, tokens[t]);
        answer =
            tokens[t].length > 0
                && grammar.earley.begins(next)
                && completable(grammar, tokens, next, left - 1, known);
      }
      known.put(key, answer);
    }
    return answer;
  }

  /** One rule and no references: then no token crosses rules, and the bound is exact. */
  @Test
  void fewTokensLeftAreEnough() {
    Random random = new Random(12);
    int refused = 0;
    int checked = 0;
    for (int round = 0; round < 250; round++) {
      RandomGrammar grammar = new RandomGrammar(random, round < 150 ? 1 : 3, WORDS);
      byte[][] tokens = tokens(random, round % 2 == 0);
      Vocabulary vocabulary = Vocabulary.of(tokens, Set.of(tokens.length - 2));
      boolean regular = round < 150 && !grammar.gbnf.substring(8).contains("root");
      Map<String, Boolean> known = new HashMap<>();
      Matcher matcher;
      try {
        matcher =
            new Matcher(
                CompiledConstraint.of(new Constraint.Grammar(grammar.gbnf.toString()), vocabulary));
      } catch (PunaException e) {
        assertThat(e)
            .as("%s", grammar.gbnf)
            .hasMessageContaining("the vocabulary has no tokens for");
        if (regular) {
          assertThat(completable(grammar, tokens, new byte[0], 4, known)).isFalse();
        }
        refused++;
        continue;
      }
      byte[] text = new byte[0];
      for (int left = Math.max(3, matcher.fewestTokens()); left > 0; left--) {
        List<Integer> allowed = Walk.allowed(matcher, tokens.length, left);
        for (int token = 0; left <= 3 && token < tokens.length - 2; token++) {
          boolean possible =
              grammar.earley.begins(joined(text, tokens[token]))
                  && completable(grammar, tokens, joined(text, tokens[token]), left - 1, known);
          if (regular || allowed.contains(token)) {
            assertThat(allowed.contains(token))
                .as("token %d with %d left, %s", token, left, grammar.gbnf)
                .isEqualTo(possible);
            checked++;
          }
        }
        allowed.remove((Integer) (tokens.length - 2));
        if (allowed.isEmpty()) {
          break;
        }
        int token = allowed.get(random.nextInt(allowed.size()));
        matcher.accept(token);
        text = joined(text, tokens[token]);
      }
      assertThat(grammar.earley.accepts(text)).as("%s", grammar.gbnf).isEqualTo(matcher.canEnd());
      assertThat(matcher.canEnd()).isTrue();
    }
    assertThat(refused).isBetween(5, 100);
    assertThat(checked).isGreaterThan(2000);
  }

  @Test
  void whatTheVocabularyCannotSayIsNamed() {
    byte[][] tokens = {{'a'}, {'b', 'c'}, {}};
    Vocabulary vocabulary = Vocabulary.of(tokens, Set.of(2));
    assertThatThrownBy(() -> CompiledConstraint.of(new Constraint.Regex("axb?"), vocabulary))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("no tokens for the character 'x'");
    assertThatThrownBy(() -> CompiledConstraint.of(new Constraint.Regex("ab"), vocabulary))
        .hasMessageContaining("no tokens for the text 'ab'");
    CompiledConstraint possible =
        CompiledConstraint.of(new Constraint.Regex("a(b|bc|x)a?"), vocabulary);
    assertThat(possible.fewestTokens()).isEqualTo(2);
    Matcher matcher = new Matcher(possible);
    matcher.accept(0);
    assertThat(Walk.allowed(matcher, 3, 9)).containsExactly(1);
  }

  @Test
  void tooFewTokensAreRefusedInALine() {
    Matcher matcher = new Matcher(Walk.regex("abcd"));
    assertThatThrownBy(() -> matcher.mask(new float[257], 3))
        .isInstanceOf(PunaException.class)
        .hasMessage(
            "the text needs at least 4 tokens to be complete, 3 are left: allow more tokens");
    assertThatThrownBy(() -> matcher.accept('b')).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> matcher.accept(Walk.END)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> matcher.accept(300)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void copiesGoTheirOwnWays() {
    Matcher one = new Matcher(Walk.regex("a(b|c)"));
    one.accept('a');
    Matcher other = one.copy();
    one.accept('b');
    assertThat(one.mustEnd()).isTrue();
    assertThat(other.canEnd()).isFalse();
    other.accept('c');
    assertThat(other.canEnd()).isTrue();
    assertThat(Walk.allowed(other, 257, 5)).containsExactly(Walk.END);
    other.accept(Walk.END);
    assertThat(other.mustEnd()).isTrue();
    assertThatThrownBy(() -> other.accept('c')).isInstanceOf(IllegalStateException.class);
  }

  /** Masks only take away: what stays keeps its logit, and what is away stays away. */
  @Test
  void logitsThatStayAreLeftAlone() {
    Matcher matcher = new Matcher(Walk.regex("[a-c]"));
    float[] logits = new float[300];
    java.util.Arrays.fill(logits, -2.5f);
    logits['b'] = Float.NEGATIVE_INFINITY;
    matcher.mask(logits, 1);
    for (int i = 0; i < logits.length; i++) {
      boolean stays = i == 'a' || i == 'c';
      assertThat(logits[i]).isEqualTo(stays ? -2.5f : Float.NEGATIVE_INFINITY);
    }
  }
}
