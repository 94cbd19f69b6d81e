package dev.puna.model.hub;

import dev.puna.tensor.PunaException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a model on a hub is named: {@code owner/name}, {@code owner/name@revision}, and {@code
 * owner/name:Q4_K_M} for one of several GGUF files.
 *
 * @param repository {@code owner/name}
 * @param revision a branch, a tag or a commit
 * @param variant part of the name of the GGUF file that is meant; empty for no choice
 */
public record ModelName(String repository, String revision, String variant) {
  static final String MAIN = "main";

  private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
  private static final Pattern FORM =
      Pattern.compile(
          "(%s/%s)(?:@([A-Za-z0-9._/-]{1,100}))?(?::(%s))?".formatted(PART, PART, PART));

  /**
   * Reads a name.
   *
   * @throws PunaException if it is none
   */
  public static ModelName of(String name) {
    Matcher matcher = FORM.matcher(name);
    if (!matcher.matches() || name.contains("..")) {
      throw new PunaException(
          "\"" + name + "\" is no model's name",
          "names are OWNER/NAME, with @REVISION or :VARIANT where one is meant");
    }
    String revision = matcher.group(2) == null ? MAIN : matcher.group(2);
    return new ModelName(
        matcher.group(1), revision, matcher.group(3) == null ? "" : matcher.group(3));
  }

  /** Whether a word could be a model's name, as far as its form says. */
  public static boolean fits(String word) {
    return FORM.matcher(word).matches() && !word.contains("..");
  }

  @Override
  public String toString() {
    return repository
        + (revision.equals(MAIN) ? "" : "@" + revision)
        + (variant.isEmpty() ? "" : ":" + variant);
  }
}
