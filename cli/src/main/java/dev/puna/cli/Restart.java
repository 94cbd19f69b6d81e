package dev.puna.cli;

import dev.puna.program.MissingModule;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The launcher starts java without the Vector API's module: the models that most people run do
 * without, and then start sooner. Another model's run begins again, in the same process, through
 * the launcher, which is told to add the module.
 */
final class Restart {
  private static final String MODULE = "jdk.incubator.vector";

  /** The variable that tells the launcher. */
  private static final String ASKED = "PUNA_VECTOR_API";

  private static final @Nullable String LAUNCHER = System.getProperty("puna.launcher");

  private Restart() {}

  /** Begins this command line again with the module; returns only if that is not possible. */
  static void with(MissingModule missing, String... args) {
    if (LAUNCHER == null || System.getenv(ASKED) != null || !missing.module().equals(MODULE)) {
      return;
    }
    List<String> words = new ArrayList<>(List.of(LAUNCHER));
    words.addAll(List.of(args));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argv = arena.allocate(ValueLayout.ADDRESS, words.size() + 1L);
      for (int i = 0; i < words.size(); i++) {
        argv.setAtIndex(ValueLayout.ADDRESS, i, text(arena, words.get(i)));
      }
      if (setenv(text(arena, ASKED), text(arena, "1")) == 0) {
        execv(text(arena, LAUNCHER), argv);
      }
    }
  }

  /** What can be read only once must be read by a process that does not begin again. */
  static void before(Path file) {
    boolean there = ModuleLayer.boot().findModule(MODULE).isPresent();
    if (LAUNCHER != null && !there && Files.exists(file) && !Files.isRegularFile(file)) {
      throw new MissingModule(MODULE, "a prompt that is no plain file");
    }
  }

  private static MemorySegment text(Arena arena, String text) {
    String name = System.getProperty("sun.jnu.encoding", "UTF-8");
    Charset charset = Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
    byte[] bytes = text.getBytes(charset);
    MemorySegment all = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, all, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return all;
  }

  private static int setenv(MemorySegment name, MemorySegment value) {
    try {
      return (int)
          function("setenv", ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT)
              .invokeExact(name, value, 1);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static int execv(MemorySegment path, MemorySegment words) {
    try {
      return (int)
          function("execv", ValueLayout.ADDRESS, ValueLayout.ADDRESS).invokeExact(path, words);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** A function of the C library that returns an int. */
  private static MethodHandle function(String name, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
  }
}
