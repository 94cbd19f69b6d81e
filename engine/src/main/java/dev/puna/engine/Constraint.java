package dev.puna.engine;

import java.util.List;

/**
 * What a text must look like. Tokens that would lead away from it are not drawn, and when few
 * tokens are left only those that complete the text in time are, so that a text is whole however
 * the model behaves.
 *
 * <p>A constraint is checked when it is used: then {@link dev.puna.tensor.PunaException} says in a
 * line what is malformed, not supported, too large or met by no text.
 *
 * <p>For Java types see {@link Structure}.
 */
public sealed interface Constraint {
  /**
   * A text of a grammar in GBNF, llama.cpp's dialect of the Backus-Naur form: {@code name ::= ...}
   * with literals, classes such as {@code [^a-z\n]}, {@code .} for any character, groups, {@code
   * |}, {@code * + ? {m} {m,} {m,n}} and comments from # on. The text is what the rule {@code root}
   * says. Rules that begin with themselves are refused.
   *
   * @param gbnf the rules
   */
  record Grammar(String gbnf) implements Constraint {}

  /**
   * A JSON text that a JSON Schema (2020-12) admits, on one line, with at most one space behind
   * colons and commas.
   *
   * <ul>
   *   <li>Any type: {@code type, enum, const, anyOf, oneOf, allOf, $ref} to places in the same
   *       schema, true and false as schemas. {@code oneOf} counts as {@code anyOf}: that its
   *       alternatives exclude each other is left to the schema.
   *   <li>Objects: {@code properties, required, additionalProperties}. Properties come in the
   *       schema's order, others behind them. Without {@code additionalProperties} a schema that
   *       names properties gets no others. Keys that come in addition differ from those that are
   *       named; among themselves they may be equal.
   *   <li>Arrays: {@code items, prefixItems, minItems, maxItems}. Without {@code items} an array of
   *       {@code prefixItems} gets no others, unless it needs them.
   *   <li>Strings: {@code minLength, maxLength, pattern, format} (date, time, date-time, uuid,
   *       email). A pattern or a format stands alone. Formats are narrower than they could be:
   *       February has 28 days, addresses end in .com, .org, .net, .edu or .info.
   *   <li>Numbers: {@code minimum, maximum, exclusiveMinimum, exclusiveMaximum}. Integers have at
   *       most 16 digits, or as many as their bounds; other numbers 16 before the point and 15
   *       behind it, and exponents of two digits where they have no bounds.
   *   <li>Ignored, as they only describe: {@code title, description, default, examples, $comment}
   *       and the like.
   * </ul>
   *
   * <p>Every other keyword is refused. Without {@code type} the keywords say it; {@code {}} is any
   * JSON value.
   *
   * @param schema as JSON
   */
  record JsonSchema(String schema) implements Constraint {}

  /**
   * A text that a regular expression matches as a whole: what Java and JavaScript mean alike.
   * Classes, {@code \d \w \s} and their opposites, groups, alternatives, quantifiers, anchors at
   * the ends. {@code \s} and {@code .} are ASCII's white space and anything but line ends; {@code
   * \S} leaves out all of Unicode's white space. Back references, look-around, word boundaries and
   * flags are refused.
   */
  record Regex(String pattern) implements Constraint {}

  /** One of these texts. */
  record Choice(List<String> texts) implements Constraint {
    public Choice {
      texts = List.copyOf(texts);
    }
  }
}
