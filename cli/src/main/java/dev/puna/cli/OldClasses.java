package dev.puna.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Raises class files from before Java 6, as picocli's are, to Java 8's format. The JVM archives no
 * older ones, and verifies them slowly each time it starts: a fifth of a small model's whole run.
 * What the classes do stays the same; stack maps are added.
 */
final class OldClasses {
  private OldClasses() {}

  /** Rewrites those of these jars that hold such classes. */
  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  static void rewrite(Path jar) throws IOException {
    Path draft = jar.resolveSibling(jar.getFileName() + ".draft");
    try (JarFile from = new JarFile(jar.toFile())) {
      List<JarEntry> entries = Collections.list(from.entries());
      if (entries.stream().noneMatch(e -> old(e, bytes(from, e)))) {
        return;
      }
      try (OutputStream file = Files.newOutputStream(draft);
          JarOutputStream to = new JarOutputStream(new BufferedOutputStream(file))) {
        for (JarEntry entry : entries) {
          to.putNextEntry(new JarEntry(entry.getName()));
          byte[] bytes = bytes(from, entry);
          to.write(old(entry, bytes) ? raised(bytes) : bytes);
          to.closeEntry();
        }
      }
    }
    Files.move(draft, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static byte[] bytes(JarFile jar, JarEntry entry) {
    try (var in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean old(JarEntry entry, byte[] bytes) {
    return entry.getName().endsWith(".class")
        && ((bytes[6] & 0xff) << 8 | bytes[7] & 0xff) < ClassFile.JAVA_6_VERSION;
  }

  private static byte[] raised(byte[] bytes) {
    ClassFile format = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
    ClassModel model = format.parse(bytes);
    // Methods must be written anew to be given stack maps: those that nobody touches are copied.
    ClassTransform methods =
        ClassTransform.transformingMethodBodies((code, element) -> code.with(element));
    return format.transformClass(
        model,
        methods.andThen(
            (type, element) -> {
              if (element instanceof ClassFileVersion) {
                type.withVersion(ClassFile.JAVA_8_VERSION, 0);
              } else {
                type.with(element);
              }
            }));
  }
}
