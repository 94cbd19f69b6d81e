package dev.puna.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.DocumentationTool;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the documentation run, and it finds them. */
class ExamplesTest {
  @TempDir private Path folder;

  private static Path bundled() {
    Path at = Path.of("").toAbsolutePath();
    Path file = Path.of("models", "stories", "stories-7m-q8_0.gguf");
    while (!Files.exists(at.resolve(file))) {
      at = at.getParent();
    }
    return at.resolve(file);
  }

  @Test
  void theyRun() {
    StringBuilder text = new StringBuilder();
    Examples.text(bundled(), text::append);
    assertThat(text.toString()).startsWith(",").contains("there was");
    text.setLength(0);
    Examples.chat(bundled(), text::append);
    assertThat(text.toString()).isNotEmpty();
    assertThat(Examples.embedding(bundled())).isBetween(-1.0, 1.0001);
    List<String> texts = Examples.together(bundled()).stream().map(r -> r.text()).toList();
    assertThat(texts).hasSize(8);
    assertThat(texts.stream().distinct().count()).isGreaterThan(1);
    assertThat(Examples.person(bundled()).name()).isNotNull();
    assertThat(Examples.choice(bundled())).isIn(" Lily", " Anna", "Lily", "Anna");
  }

  /** Every snippet, link and tag of what the engine exports is found. */
  @Test
  void theDocumentationShowsThem() throws IOException {
    Path root = bundled().getParent().getParent().getParent();
    DocumentationTool tool = ToolProvider.getSystemDocumentationTool();
    StringWriter out = new StringWriter();
    try (StandardJavaFileManager files =
            tool.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
        Stream<Path> sources = Files.list(root.resolve("engine/src/main/java/dev/puna/engine"))) {
      List<Path> java = sources.filter(f -> f.toString().endsWith(".java")).toList();
      List<String> options =
          List.of(
              "-d",
              folder.toString(),
              "-quiet",
              "-Xdoclint:reference,syntax",
              "-Werror",
              "-classpath",
              System.getProperty("java.class.path"),
              "--snippet-path",
              root.resolve("cli/src/test/java/dev/puna/examples").toString());
      boolean done =
          tool.getTask(out, files, null, null, options, files.getJavaFileObjectsFromPaths(java))
              .call();
      assertThat(done).as(out.toString()).isTrue();
    }
    assertThat(Files.readString(folder.resolve("dev/puna/engine/Chat.html")))
        .contains("You are terse.");
  }
}
