package dev.puna.engine;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the tiny models of random numbers are, if they are. */
final class Fixtures {
  private Fixtures() {}

  static Path folder(String name) {
    return shared().resolve("fixtures").resolve(name);
  }

  static Path shared() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("shared/fixtures"))) {
      at = at.getParent();
    }
    return at == null ? Path.of("shared") : at.resolve("shared");
  }
}
