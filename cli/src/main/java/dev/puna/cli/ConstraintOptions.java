package dev.puna.cli;

import dev.puna.engine.Constraint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the text must look like; one of these options. */
final class ConstraintOptions {
  @Option(
      names = "--grammar",
      paramLabel = "FILE",
      description = "The text is one of this grammar, in llama.cpp's notation (GBNF).")
  private @Nullable Path grammar;

  @Option(
      names = "--json-schema",
      paramLabel = "FILE",
      description = "The text is JSON that this schema admits; a schema {} admits any JSON.")
  private @Nullable Path schema;

  @Option(
      names = "--regex",
      paramLabel = "PATTERN",
      description = "This regular expression matches the text as a whole.")
  private @Nullable String regex;

  @Option(
      names = "--choice",
      paramLabel = "TEXT",
      description = "The text is this one, or one of several that are given so.")
  private List<String> choices = new ArrayList<>();

  Constraint constraint() {
    if (grammar != null) {
      return new Constraint.Grammar(PromptOptions.read(grammar));
    }
    if (schema != null) {
      return new Constraint.JsonSchema(PromptOptions.read(schema));
    }
    return regex != null ? new Constraint.Regex(regex) : new Constraint.Choice(choices);
  }
}
