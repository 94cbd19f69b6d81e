package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicLong;

/** Writes whole files: a reader sees the old file or the complete new one, never a part. */
public final class AtomicFile {
  private static final AtomicLong COUNT = new AtomicLong();

  private AtomicFile() {}

  /** Writes what the file is to hold. */
  @FunctionalInterface
  public interface Body {
    void write(FileChannel out) throws IOException;

    /** These bytes. */
    static Body of(byte[] content) {
      return out -> Channels.write(out, ByteBuffer.wrap(content));
    }
  }

  /**
   * Writes a file beside {@code target}, forces it to disk, and renames it to {@code target},
   * replacing what is there. If anything fails, or the program is interrupted by a signal it can
   * act on, the partial file is deleted and {@code target} stays as it was.
   *
   * @throws PunaException if the file cannot be written; what {@code body} throws passes through
   */
  public static void write(Path target, Body body) {
    SequencedMap<Path, Body> files = new LinkedHashMap<>();
    files.put(target, body);
    writeAll(files);
  }

  /**
   * As {@link #write} with several files of one folder: all are complete before the first is
   * renamed. They are written and renamed in the map's order, so that a file that refers to others
   * comes last.
   */
  public static void writeAll(SequencedMap<Path, Body> files) {
    SequencedMap<Path, Path> partials = new LinkedHashMap<>(); // of each target
    try {
      for (Map.Entry<Path, Body> file : files.entrySet()) {
        Path target = file.getKey();
        Path partial = partial(checkedFolder(target), target);
        partials.put(target, partial);
        attempt(target, () -> writeNew(partial, file.getValue()));
      }
      partials.forEach(
          (target, partial) ->
              attempt(
                  target,
                  () ->
                      Files.move(
                          partial,
                          target,
                          StandardCopyOption.ATOMIC_MOVE,
                          StandardCopyOption.REPLACE_EXISTING)));
    } catch (RuntimeException | Error e) {
      partials.values().forEach(partial -> delete(partial, e));
      throw e;
    }
    forceFolder(checkedFolder(files.firstEntry().getKey()));
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void attempt(Path target, Step step) {
    try {
      step.run();
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** The folder of a target that can be written. */
  private static Path checkedFolder(Path target) {
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || target.getFileName() == null || Files.isDirectory(target)) {
      throw new PunaException("cannot write " + target + ": it is a folder", "name a file");
    }
    if (!Files.isDirectory(folder)) {
      throw new PunaException(
          "cannot write " + target + ": there is no folder " + folder, "create the folder first");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new PunaException("cannot write " + target + ": not a regular file", "name another");
    }
    return folder;
  }

  private static Path partial(Path folder, Path target) {
    long process = ProcessHandle.current().pid();
    return folder.resolve(
        "." + target.getFileName() + "." + process + "-" + COUNT.incrementAndGet() + ".partial");
  }

  private static void writeNew(Path partial, Body body) throws IOException {
    try (FileChannel out =
        FileChannel.open(partial, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      partial.toFile().deleteOnExit(); // Ctrl-C in the middle of gigabytes
      body.write(out);
      out.force(true);
    }
  }

  private static void delete(Path partial, Throwable because) { // gone if it was renamed
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  /** Makes the rename itself durable, where the system can open a folder (Windows cannot). */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // The file is complete and in place; only its survival of a power cut is less sure.
    }
  }

  private static PunaException unwritable(Path target, IOException e) {
    return new PunaException(
        "cannot write " + target + " (" + MappedFile.reason(e) + ")",
        "check the folder's rights and the free space on its disk",
        e);
  }
}
