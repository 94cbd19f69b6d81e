package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Raised classes, as the verifier sees them: every class of picocli is loaded and initialized. */
class OldClassesTest {
  @Test
  void everyClassIsVerifiedAndDoesWhatItDid(@TempDir Path folder) throws Exception {
    URI picocli = CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path jar = Files.copy(Path.of(picocli), folder.resolve("picocli.jar"));
    OldClasses.rewrite(jar);
    byte[] once = Files.readAllBytes(jar);
    OldClasses.rewrite(jar);
    assertThat(Files.readAllBytes(jar)).as("nothing left to raise").isEqualTo(once);

    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (JarFile entries = new JarFile(jar.toFile());
        URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, platform)) {
      List<String> names =
          Collections.list(entries.entries()).stream()
              .map(JarEntry::getName)
              .filter(n -> n.startsWith("picocli/") && n.endsWith(".class"))
              .toList();
      assertThat(names).hasSizeGreaterThan(100);
      for (String name : names) {
        assertThat(version(entries, name)).as(name).isGreaterThanOrEqualTo(50);
        String type = name.substring(0, name.length() - 6).replace('/', '.');
        Class.forName(type, true, loader);
      }
      Class<?> raised = loader.loadClass("picocli.CommandLine");
      assertThat(raised.getField("VERSION").get(null)).isEqualTo(CommandLine.VERSION);
    }
  }

  private static int version(JarFile jar, String name) throws IOException {
    try (DataInputStream in = new DataInputStream(jar.getInputStream(jar.getEntry(name)))) {
      in.readInt();
      in.readUnsignedShort();
      return in.readUnsignedShort();
    }
  }
}
