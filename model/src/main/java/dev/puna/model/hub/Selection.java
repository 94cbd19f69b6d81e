package dev.puna.model.hub;

import dev.puna.tensor.PunaException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which files of a repository make up a model: one GGUF file (with all its parts), or
 * configuration, tokenizer and weights, the weights in safetensors where there are any.
 */
final class Selection {
  /** Configuration, tokenizers, templates. */
  private static final Set<String> SMALL =
      Set.of("json", "model", "txt", "tiktoken", "jinja", "tekken");

  private static final Pattern PYTORCH = Pattern.compile("pytorch_model.*\\.bin");
  private static final Pattern META = Pattern.compile("consolidated\\.[0-9]+\\.pth");
  private static final Pattern SHARD = Pattern.compile("-[0-9]{5}-of-[0-9]{5}\\.gguf$");

  private Selection() {}

  static List<HubFile> of(ModelName name, List<HubFile> all) {
    List<HubFile> files = all.stream().filter(f -> !f.path().contains("/")).toList();
    List<HubFile> gguf = all.stream().filter(f -> f.path().endsWith(".gguf")).toList();
    boolean configured = files.stream().anyMatch(f -> f.path().equals("config.json"));
    List<HubFile> weights = weights(files);
    if (!name.variant().isEmpty() || weights.isEmpty() && !gguf.isEmpty()) {
      return variant(name, gguf);
    }
    boolean meta = files.stream().anyMatch(f -> f.path().equals("params.json"));
    if (weights.isEmpty() || !configured && !meta) {
      throw new PunaException(
          name + " holds no model that can be read",
          "a model has a .gguf file, or config.json with .safetensors or .bin files");
    }
    return files.stream()
        .filter(f -> weights.contains(f) || SMALL.contains(f.extension()))
        .toList();
  }

  private static List<HubFile> weights(List<HubFile> files) {
    List<HubFile> safetensors =
        matching(files, Pattern.compile("(?!consolidated).*\\.safetensors"));
    if (!safetensors.isEmpty()) {
      return safetensors;
    }
    List<HubFile> pytorch = matching(files, PYTORCH);
    return pytorch.isEmpty() ? matching(files, META) : pytorch;
  }

  private static List<HubFile> matching(List<HubFile> files, Pattern pattern) {
    return files.stream().filter(f -> pattern.matcher(f.path()).matches()).toList();
  }

  /** All parts of the one GGUF file whose name has the variant in it. */
  private static List<HubFile> variant(ModelName name, List<HubFile> gguf) {
    String wanted = name.variant().toLowerCase(Locale.ROOT);
    List<HubFile> found =
        gguf.stream().filter(f -> f.path().toLowerCase(Locale.ROOT).contains(wanted)).toList();
    Set<String> models =
        found.stream()
            .map(f -> SHARD.matcher(f.path()).replaceFirst(".gguf"))
            .collect(Collectors.toCollection(TreeSet::new));
    if (models.size() == 1) {
      return found;
    }
    // "Q4_K" is part of Q4_K_M's name as well: a whole word of the name wins
    List<String> whole =
        models.stream()
            .filter(m -> List.of(m.toLowerCase(Locale.ROOT).split("[.-]")).contains(wanted))
            .toList();
    if (whole.size() == 1) {
      return found.stream()
          .filter(f -> SHARD.matcher(f.path()).replaceFirst(".gguf").equals(whole.getFirst()))
          .toList();
    }
    Set<String> offered =
        models.isEmpty()
            ? gguf.stream().map(HubFile::path).collect(Collectors.toCollection(TreeSet::new))
            : models;
    throw new PunaException(
        "%s means %s GGUF files".formatted(name, models.isEmpty() ? "none of the" : "several"),
        "add a part of the name of one, such as %s:Q4_K_M; there are %s"
            .formatted(name.repository(), String.join(", ", offered)));
  }
}
