package dev.puna.formats;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder of real checkpoints beside the repository, which not every checkout has. */
final class Shared {
  private Shared() {}

  /** A path in the folder; skips the test if the folder or the path is absent. */
  static Path path(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path shared = at.resolve("shared");
      if (Files.exists(shared.resolve("README.md"))) {
        Path found = shared.resolve(name);
        Assumptions.assumeTrue(Files.exists(found), "skipped: no " + found);
        return found;
      }
    }
    Assumptions.abort("skipped: no folder 'shared' beside the repository");
    throw new AssertionError();
  }
}
