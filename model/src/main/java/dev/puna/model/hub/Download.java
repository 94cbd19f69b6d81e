package dev.puna.model.hub;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * Fetches a model's files into the cache. A file grows beside its place, under a name that ends in
 * {@code .part}; a fetch that was broken off goes on where it stopped. It takes its place when it
 * is complete and its hash is right.
 */
public final class Download {
  private static final int CHUNK = 1 << 20;
  private static final int MOST_ATTEMPTS = 100;

  private final Hub hub;
  private final ModelName name;
  private final Path folder;
  private final Progress progress;

  /** What is told while files arrive. */
  public interface Progress {
    /**
     * @param bytes of all files together; those without a known size count as 0
     */
    void begin(int files, long bytes);

    /** A file begins, or was there already. */
    void file(String path, long size);

    /** So many bytes of the file are there already, from an earlier fetch. */
    void at(String path, long bytes);

    /** More bytes came. */
    void bytes(long count);
  }

  private Download(Hub hub, ModelName name, Path folder, Progress progress) {
    this.hub = hub;
    this.name = name;
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Fetches what makes up a model; what is there already is left alone.
   *
   * @return what the model is opened by
   * @throws PunaException if the hub has no such model, fails, or gives other bytes than it says
   */
  public static Path model(Hub hub, ModelName name, ModelCache cache, Progress progress) {
    List<HubFile> files = new ArrayList<>(Selection.of(name, hub.list(name)));
    files.sort(Comparator.comparing(Download::opens)); // what a model is opened by comes last
    Path folder = cache.folder(name);
    try {
      Files.createDirectories(folder);
      try (FileChannel lock =
              FileChannel.open(
                  folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock held = lock(lock, folder)) {
        new Download(hub, name, folder, progress).all(files);
        held.release();
      }
    } catch (IOException e) {
      throw new PunaException(
          "cannot write to " + folder + " (" + e + ")",
          "check its rights and the free space on its disk",
          e);
    }
    return cache
        .find(name)
        .orElseThrow(() -> new PunaException(name + " is not complete", "run the command again"));
  }

  private static boolean opens(HubFile file) {
    return file.path().equals("config.json")
        || file.path().equals("params.json")
        || file.path().contains("-00001-of-");
  }

  private static FileLock lock(FileChannel channel, Path folder) throws IOException {
    FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // said below
    }
    if (lock == null) {
      throw new PunaException(folder + " is being filled already", "wait for the other command");
    }
    return lock;
  }

  private void all(List<HubFile> files) throws IOException {
    long total = files.stream().mapToLong(f -> Math.max(0, f.size())).sum();
    long missing = 0;
    for (HubFile file : files) {
      missing += present(file) ? 0 : Math.max(0, file.size() - size(part(file)));
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (missing > free) {
      throw new PunaException(
          "%s needs %,d bytes more on the disk of %s, which has %,d"
              .formatted(name, missing, folder, free),
          "make room, or set PUNA_CACHE to a folder on another disk");
    }
    progress.begin(files.size(), total);
    for (HubFile file : files) {
      progress.file(file.path(), file.size());
      if (present(file)) {
        progress.at(file.path(), Math.max(0, file.size()));
      } else {
        one(file);
      }
    }
  }

  /** A file in its place was checked when it came there; its size tells whether it is another. */
  private boolean present(HubFile file) throws IOException {
    Path target = folder.resolve(file.path());
    return Files.isRegularFile(target) && (file.size() < 0 || Files.size(target) == file.size());
  }

  private Path part(HubFile file) {
    return folder.resolve(file.path() + ".part");
  }

  private static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private void one(HubFile file) throws IOException {
    Path part = part(file);
    Path target = folder.resolve(file.path());
    Files.createDirectories(part.getParent());
    boolean resumed = size(part) > 0;
    HubFile known = patiently(file, part);
    if (!right(known, part)) {
      Files.delete(part);
      if (resumed) { // what was there may have been of another version: once more, from the start
        known = patiently(file, part);
      }
      if (!resumed || !right(known, part)) {
        Files.deleteIfExists(part);
        throw new PunaException(
            "%s came from %s with other bytes than it says".formatted(file.path(), hub.address()),
            "run the command again; if it stays so, the hub's copy is damaged");
      }
    }
    try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
      written.force(true);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A broken connection is taken up again where it broke, as long as bytes come. */
  private HubFile patiently(HubFile file, Path part) throws IOException {
    for (int attempt = 1; ; attempt++) {
      long before = size(part);
      progress.at(file.path(), before);
      try {
        return fetch(file, part);
      } catch (BrokenException e) {
        if (size(part) <= before || attempt == MOST_ATTEMPTS) {
          throw new PunaException(
              "the connection to " + hub.address() + " broke while " + file.path() + " was fetched",
              "run the command again: what was fetched is kept",
              e);
        }
      }
    }
  }

  /** The hub's side of a connection went away. */
  private static final class BrokenException extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenException(IOException cause) {
      super(cause);
    }
  }

  /** Appends what is missing; returns the file with what the answer told of size and hash. */
  private HubFile fetch(HubFile file, Path part) throws IOException {
    long from = size(part);
    if (file.size() >= 0 && from >= file.size()) {
      if (from == file.size()) {
        return file;
      }
      Files.delete(part);
      from = 0;
    }
    Hub.Answer answer = hub.open(name, file, from);
    if (answer.response().statusCode() == 416 && from > 0) { // the part is longer than the file
      answer.response().body().close();
      Files.delete(part);
      answer = hub.open(name, file, 0);
    }
    HttpResponse<InputStream> response = answer.response();
    try (InputStream body = response.body()) {
      hub.check(response, name + "'s " + file.path());
      boolean goesOn = response.statusCode() == 206;
      copy(body, part, goesOn);
    }
    boolean listed = !(file.hash() instanceof HubFile.Hash.Unknown);
    return listed ? file : new HubFile(file.path(), file.size(), answer.hash());
  }

  private void copy(InputStream body, Path part, boolean append) throws IOException {
    StandardOpenOption mode =
        append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
      byte[] chunk = new byte[CHUNK];
      while (true) {
        int count;
        try {
          count = body.read(chunk);
        } catch (IOException e) {
          throw new BrokenException(e);
        }
        if (count < 0) {
          return;
        }
        out.write(chunk, 0, count);
        progress.bytes(count);
      }
    }
  }

  private static boolean right(HubFile file, Path part) throws IOException {
    if (file.size() >= 0 && Files.size(part) != file.size()) {
      if (Files.size(part) < file.size()) {
        throw new PunaException(
            file.path() + " ended too early", "run the command again: what was fetched is kept");
      }
      return false;
    }
    return switch (file.hash()) {
      case HubFile.Hash.Sha256 sha -> sha.digits().equals(digest("SHA-256", new byte[0], part));
      case HubFile.Hash.GitBlob git -> {
        String header = "blob " + Files.size(part) + "\0";
        yield git.digits()
            .equals(digest("SHA-1", header.getBytes(StandardCharsets.US_ASCII), part));
      }
      case HubFile.Hash.Unknown _ -> true;
    };
  }

  private static String digest(String algorithm, byte[] header, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(header);
      byte[] chunk = new byte[CHUNK];
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        digest.update(chunk, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has both
    }
  }
}
