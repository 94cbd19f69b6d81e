package dev.puna.cli;

import dev.puna.model.Presets;
import dev.puna.model.hub.ModelCache;
import dev.puna.model.hub.ModelName;
import dev.puna.tensor.PunaException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The model that comes with the project, and the names that {@code -m} understands. */
final class Bundled {
  private Bundled() {}

  private static final String NAME = "stories";
  private static final Path FILE = Path.of("models", "stories", "stories-7m-q8_0.gguf");

  /**
   * The path that {@code -m} means.
   *
   * @param model a path, the name of the bundled or of a fetched model; null for the bundled one
   */
  static Path resolve(@Nullable String model) {
    if (model == null) {
      return bundled();
    }
    Path path = Path.of(model);
    if (Files.exists(path)) {
      return path;
    }
    if (model.equals(NAME)) {
      return bundled();
    }
    if (ModelName.fits(model)) {
      return ModelCache.standard()
          .find(ModelName.of(model))
          .orElseThrow(
              () ->
                  new PunaException(
                      "there is no model " + model + " here", "fetch it with: puna pull " + model));
    }
    throw new PunaException(
        "there is no model " + model,
        "give a .gguf file, a model's directory, the name of a fetched model, or \"" + NAME + "\"");
  }

  /** Whether {@code -m} means the bundled model. */
  static boolean is(@Nullable String model) {
    return model == null || (model.equals(NAME) && !Files.exists(Path.of(model)));
  }

  /** The well-known model of that name, of which only the configuration is needed; or null. */
  static @Nullable String preset(@Nullable String model) {
    return model != null && !Files.exists(Path.of(model)) && Presets.names().contains(model)
        ? model
        : null;
  }

  private static Path bundled() {
    for (@Nullable Path at = home(); at != null; at = at.getParent()) {
      Path file = at.resolve(FILE);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new PunaException(
        "the bundled model " + FILE + " is not there", "give one with -m, or restore the file");
  }

  /** What the launcher says, or where this class was loaded from. */
  private static Path home() {
    String home = System.getProperty("puna.home");
    if (home != null) {
      return Path.of(home).toAbsolutePath();
    }
    try {
      return Path.of(Bundled.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
