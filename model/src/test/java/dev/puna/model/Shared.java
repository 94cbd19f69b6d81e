package dev.puna.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
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

  /** The folders of LLaMA fixtures that hold a file of that name, or one ending so. */
  static List<Path> llamas(String ending) {
    try (Stream<Path> folders = Files.list(path("fixtures"))) {
      return folders
          .filter(folder -> String.valueOf(folder.getFileName()).startsWith("llama_"))
          .filter(folder -> holds(folder, ending))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean holds(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(
          file -> {
            String name = String.valueOf(file.getFileName());
            return name.endsWith(ending) && !name.startsWith("reference");
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
