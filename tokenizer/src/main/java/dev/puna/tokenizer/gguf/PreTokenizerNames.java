package dev.puna.tokenizer.gguf;

import dev.puna.tensor.Nearest;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code tokenizer.ggml.pre} may name: the file pretokenizers.txt. */
public final class PreTokenizerNames {
  /**
   * What a name stands for.
   *
   * @param expressions whose matches are cut out, one after the other
   * @param ignoresMerges whether a word that is a piece is not made by merging
   * @param addsBos whether texts begin with the beginning-of-text token unless said otherwise
   */
  public record Named(
      String name, List<String> expressions, boolean ignoresMerges, boolean addsBos) {}

  private static final List<Named> ALL = read();

  private PreTokenizerNames() {}

  private static List<Named> read() {
    try (InputStream in = PreTokenizerNames.class.getResourceAsStream("pretokenizers.txt")) {
      if (in == null) {
        throw new IllegalStateException("pretokenizers.txt is not on the class path");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Named> parse(List<String> lines) {
    List<Named> all = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      List<String> expressions = new ArrayList<>();
      while (i + 1 < lines.size() && lines.get(i + 1).startsWith("  ")) {
        expressions.add(lines.get(++i).substring(2));
      }
      int bar = line.indexOf(" | ");
      String flags = bar < 0 ? "" : line.substring(bar);
      for (String name : (bar < 0 ? line : line.substring(0, bar)).split(" ")) {
        all.add(
            new Named(
                name, expressions, flags.contains("ignore-merges"), flags.contains("add-bos")));
      }
    }
    return List.copyOf(all);
  }

  /** All that is known, in the order of the file. */
  public static List<Named> all() {
    return ALL;
  }

  /**
   * What a name stands for.
   *
   * @param where the file, for messages
   * @throws PunaException if it is not known; names the nearest that is
   */
  public static Named named(String where, String name) {
    Map<String, Named> byName = new LinkedHashMap<>();
    ALL.forEach(named -> byName.putIfAbsent(named.name(), named));
    Named found = byName.get(name);
    if (found == null) {
      String nearest = Nearest.names(name, byName.keySet(), 1).getFirst();
      throw new PunaException(
          "%s: the pre-tokenizer '%s' (tokenizer.ggml.pre) is not known".formatted(where, name),
          "the nearest name that is known is '" + nearest + "'; convert the model again with it");
    }
    return found;
  }

  /** What a name stands for; empty if it is not known. */
  public static Optional<Named> find(String name) {
    return ALL.stream().filter(named -> named.name().equals(name)).findFirst();
  }

  /** The name for expressions; empty if there is none. */
  public static Optional<String> of(List<String> expressions, boolean ignoresMerges) {
    List<String> wanted =
        expressions.stream().map(e -> e.replace("\r", "\\r").replace("\n", "\\n")).toList();
    return ALL.stream()
        .filter(named -> named.expressions().equals(wanted))
        .filter(named -> named.ignoresMerges() == ignoresMerges)
        .map(Named::name)
        .findFirst();
  }
}
