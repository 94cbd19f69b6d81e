package dev.puna.engine.constraint;

import dev.puna.engine.Constraint;
import java.util.ArrayList;
import java.util.List;

/** The rules that a constraint's own language means. */
final class Frontend {
  private Frontend() {}

  static Rules rules(Constraint constraint) {
    return switch (constraint) {
      case Constraint.Grammar grammar -> new GbnfParser(grammar.gbnf()).rules();
      case Constraint.JsonSchema schema -> JsonSchemaReader.rules(schema.schema());
      case Constraint.Regex regex -> whole(new RegexParser(regex.pattern()).whole());
      case Constraint.Choice choice -> choice(choice.texts());
    };
  }

  private static Rules choice(List<String> texts) {
    List<Expr> options = new ArrayList<>();
    texts.forEach(text -> options.add(new Expr.Text(text)));
    return whole(new Expr.Choice(options));
  }

  private static Rules whole(Expr text) {
    Rules rules = new Rules();
    rules.add("the text", text);
    return rules;
  }
}
