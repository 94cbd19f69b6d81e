package dev.puna.tokenizer.train;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.Utf8;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Files of UTF-8, read in blocks by one thread whose words others count. */
final class Corpus {
  private static final int BLOCK = 1 << 20;
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  /** What a block of text becomes; for one thread. */
  interface WordReader {
    /** Counts the words of {@code text[from .. to)}, which is UTF-8. */
    void read(byte[] text, int from, int to, WordCounts words);
  }

  /** Where a block may end. */
  interface Cut {
    /**
     * The last place in {@code text[0 .. length)} where the text may be cut without changing its
     * words; 0 for none.
     */
    int last(byte[] text, int length);
  }

  private final List<Path> files;
  private final Cut cut;
  private final TrainingProgress progress;
  private final long total;

  /** Throws {@link PunaException} if a file cannot be read or there is no text in all of them. */
  Corpus(List<Path> files, Cut cut, TrainingProgress progress) {
    this.files = List.copyOf(files);
    this.cut = cut;
    this.progress = progress;
    long bytes = 0;
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new PunaException(
            file + (Files.exists(file) ? " is not a file" : " does not exist"),
            "give files of plain text");
      }
      bytes += size(file);
    }
    if (bytes == 0) {
      throw new PunaException(
          "the corpus is empty (%s)".formatted(files.isEmpty() ? "no file" : files.getFirst()),
          "give files of plain text");
    }
    total = bytes;
  }

  /** The bytes of all files. */
  long bytes() {
    return total;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static PunaException unreadable(Path file, IOException e) {
    return new PunaException(
        "%s cannot be read (%s)".formatted(file, e.getMessage()), "check that you may read it", e);
  }

  /** One of those who count. */
  private final class Counter {
    private final WordReader reader;
    private final WordCounts words = new WordCounts();

    Counter(WordReader reader) {
      this.reader = reader;
    }

    void count(byte[] block, int length, Path file, long offset) {
      int from = 0;
      for (int at = 0; at < length; ) {
        int point = Utf8.decode(block, at, length);
        if (point < 0) {
          throw new PunaException(
              "%s is not UTF-8: byte %d".formatted(file, offset + at),
              "convert it to UTF-8, as with iconv");
        }
        at += Utf8.length(block[at]);
        if (point == BYTE_ORDER_MARK && offset == 0 && at == 3) {
          from = at;
        }
      }
      reader.read(block, from, length, words);
    }
  }

  /**
   * The words of all files.
   *
   * @param readers makes a reader for each thread
   */
  WordCounts count(Supplier<WordReader> readers, int threads) {
    BlockingQueue<Counter> idle = new ArrayBlockingQueue<>(threads);
    List<Counter> counters = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      counters.add(new Counter(readers.get()));
    }
    idle.addAll(counters);
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    try (Workers workers = new Workers(threads)) {
      long done = 0;
      for (Path file : files) {
        done = new Blocks(file, done, workers, idle, failure).run();
      }
      for (int i = 0; i < threads; i++) {
        idle.take();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PunaException("training was interrupted", "start it again", e);
    }
    RuntimeException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    WordCounts all = counters.getFirst().words;
    counters.stream().skip(1).forEach(counter -> all.addAll(counter.words));
    return all;
  }

  /** Reads one file and hands its blocks out. */
  private final class Blocks {
    private final Path file;
    private final long before;
    private final Workers workers;
    private final BlockingQueue<Counter> idle;
    private final AtomicReference<@Nullable RuntimeException> failure;

    Blocks(
        Path file,
        long before,
        Workers workers,
        BlockingQueue<Counter> idle,
        AtomicReference<@Nullable RuntimeException> failure) {
      this.file = file;
      this.before = before;
      this.workers = workers;
      this.idle = idle;
      this.failure = failure;
    }

    /** The bytes read so far. */
    long run() throws InterruptedException {
      try (InputStream in = Files.newInputStream(file)) {
        byte[] block = new byte[BLOCK];
        int length = 0;
        long offset = 0;
        while (failure.get() == null) {
          length += in.readNBytes(block, length, BLOCK - length);
          boolean isLast = length < BLOCK;
          int end = isLast ? length : end(block);
          byte[] rest = new byte[BLOCK];
          System.arraycopy(block, end, rest, 0, length - end);
          if (end > 0) {
            submit(block, end, offset);
          }
          offset += end;
          progress.at("reading", before + offset, total);
          if (isLast) {
            break;
          }
          block = rest;
          length -= end;
        }
        return before + offset;
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }

    private void submit(byte[] block, int length, long offset) throws InterruptedException {
      Counter counter = idle.take();
      workers.submit(
          () -> {
            try {
              counter.count(block, length, file, offset);
            } catch (RuntimeException e) {
              failure.compareAndSet(null, e);
            } finally {
              idle.add(counter);
            }
          });
    }

    /** Where the block is cut: where the text allows it, else behind a whole character. */
    private int end(byte[] block) {
      int end = cut.last(block, BLOCK);
      if (end > 0) {
        return end;
      }
      end = BLOCK - 1;
      while (end > BLOCK - 4 && (block[end] & 0xC0) == 0x80) {
        end--;
      }
      return end;
    }
  }
}
