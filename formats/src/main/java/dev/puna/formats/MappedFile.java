package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/** A whole file, mapped read-only as one segment whatever its size; pages are read when touched. */
final class MappedFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final MemorySegment data;

  private MappedFile(Path path, Arena arena, MemorySegment data) {
    this.path = path;
    this.arena = arena;
    this.data = data;
  }

  /**
   * Maps {@code file} and parses it; a parse that fails unmaps it.
   *
   * @throws PunaException if it is not a readable, non-empty regular file
   */
  static <T> T open(Path file, Function<MappedFile, T> parse) {
    MappedFile mapped = map(file);
    try {
      return parse.apply(mapped);
    } catch (RuntimeException | Error e) {
      mapped.close();
      throw e;
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as the object; close() ends it
  private static MappedFile map(Path file) {
    checkReadable(file);
    Arena arena = Arena.ofShared(); // worker threads read the weights
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size == 0) {
        throw new PunaException(file + " is empty", "get the file again");
      }
      return new MappedFile(file, arena, channel.map(MapMode.READ_ONLY, 0, size, arena));
    } catch (IOException e) {
      arena.close();
      throw unreadable(file, e);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Refuses what is not there or not a file, with a better message than the system's. */
  static void checkReadable(Path file) {
    if (Files.isDirectory(file)) {
      throw new PunaException(file + " is a folder", "name a file in it");
    }
    if (!Files.exists(file)) {
      throw new PunaException(file + " does not exist", "check the path");
    }
    if (!Files.isRegularFile(file)) {
      throw new PunaException(file + " is not a regular file", "name a file on a disk");
    }
  }

  static PunaException unreadable(Path file, IOException e) {
    return new PunaException("cannot read " + file + " (" + reason(e) + ")", "check its rights", e);
  }

  /** What went wrong in words; some exceptions only have the file's name for a message. */
  static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "access denied";
      case FileSystemException system when system.getReason() != null -> system.getReason();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }

  Path path() {
    return path;
  }

  MemorySegment data() {
    return data;
  }

  long size() {
    return data.byteSize();
  }

  /** The file is damaged: {@code what} completes a sentence that begins with the file's name. */
  PunaException damaged(String what) {
    return new PunaException(
        path + " " + what, "the file is damaged or cut short; get or make it again");
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
