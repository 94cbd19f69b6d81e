package dev.puna.model.hub;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder in which fetched models are kept, one folder for each repository and revision: {@code
 * PUNA_CACHE}, or {@code puna} below {@code XDG_CACHE_HOME} or {@code ~/.cache}.
 */
public record ModelCache(Path folder) {
  /** The folder that the environment names. */
  public static ModelCache standard() {
    String own = System.getProperty("puna.cache", System.getenv("PUNA_CACHE"));
    if (own != null && !own.isEmpty()) {
      return new ModelCache(Path.of(own));
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    return new ModelCache(caches.resolve("puna"));
  }

  /** Where the files of a model are. */
  public Path folder(ModelName name) {
    String revision =
        name.revision().equals(ModelName.MAIN) ? "" : "@" + name.revision().replace('/', '-');
    return folder.resolve(name.repository() + revision);
  }

  /**
   * What a fetched model is opened by: its folder, or its GGUF file (the first part of several).
   * Empty if it was not fetched, or not completely.
   *
   * @throws PunaException if the name fits several GGUF files
   */
  public Optional<Path> find(ModelName name) {
    Path files = folder(name);
    if (!Files.isDirectory(files)) {
      return Optional.empty();
    }
    if (name.variant().isEmpty()
        && (Files.exists(files.resolve("config.json"))
            || Files.exists(files.resolve("params.json")))) {
      return Optional.of(files);
    }
    String wanted = name.variant().toLowerCase(Locale.ROOT);
    List<Path> found = gguf(files).stream().filter(f -> named(f, wanted)).toList();
    if (found.size() > 1) {
      throw new PunaException(
          name + " means several files in " + files, "add :VARIANT, or give the file's path");
    }
    return found.stream().findFirst();
  }

  private static boolean named(Path file, String wanted) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean first = !name.matches(".*-[0-9]{5}-of-[0-9]{5}\\.gguf") || name.contains("-00001-of-");
    return first && name.contains(wanted);
  }

  private static List<Path> gguf(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(".gguf")).sorted().toList();
    } catch (IOException e) {
      throw new PunaException(folder + " cannot be listed", "check its rights", e);
    }
  }
}
