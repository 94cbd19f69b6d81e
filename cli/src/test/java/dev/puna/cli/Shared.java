package dev.puna.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** Where tests find the checkout, and the data that lies beside it. */
final class Shared {
  private static final JsonMapper JSON = new JsonMapper();

  private Shared() {}

  /** The checkout's root. */
  static Path root() {
    return above("puna");
  }

  /** A path below the data folder; skips the test where there is none. */
  static Path data(String path) {
    Path readme = above(Path.of("shared", "README.md").toString());
    Assumptions.assumeTrue(readme != null, "no folder shared/ beside the project");
    Path found = readme.resolve("shared").resolve(path);
    Assumptions.assumeTrue(Files.exists(found), "shared/ has no " + path);
    return found;
  }

  private static @Nullable Path above(String child) {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve(child))) {
      at = at.getParent();
    }
    return at;
  }

  static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  static int[] ints(JsonNode array) {
    int[] all = new int[array.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = array.get(i).asInt();
    }
    return all;
  }
}
