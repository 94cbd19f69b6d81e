package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The entries of a zip archive whose bytes are stored as they are, as slices of the mapped file
 * (PKWARE's APPNOTE.TXT, with its 64-bit sizes). Names are only compared, never resolved to paths.
 */
final class ZipArchive {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_BYTES = 56;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int EXTRA_64 = 1;
  private static final int MOST_ENTRIES = 1 << 20;

  private final MappedFile file;
  private final MemorySegment data;
  private final List<ByteRange> ranges = new ArrayList<>();
  private final SequencedMap<String, MemorySegment> entries = new LinkedHashMap<>();

  private ZipArchive(MappedFile file) {
    this.file = file;
    this.data = file.data();
  }

  /**
   * The entries by name, in the directory's order.
   *
   * @throws PunaException if the archive is damaged, or an entry is compressed or encrypted
   */
  static SequencedMap<String, MemorySegment> read(MappedFile file) {
    ZipArchive archive = new ZipArchive(file);
    archive.readDirectory();
    archive.ranges.sort(ByteRange.IN_FILE_ORDER);
    ByteRange.checkDisjoint(file, archive.ranges);
    return Collections.unmodifiableSequencedMap(archive.entries);
  }

  private void readDirectory() {
    long end = findEnd();
    long count = u16(end + 10);
    long size = u32(end + 12);
    long at = u32(end + 16);
    if (count == 0xffff || size == 0xffffffffL || at == 0xffffffffL) {
      long wide = findEnd64(end);
      count = i64(wide + 32);
      size = i64(wide + 40);
      at = i64(wide + 48);
    }
    if (at < 0 || size < 0 || at > end || size > end - at || count < 0) {
      throw file.damaged("is a zip archive whose directory is not in it");
    }
    if (count > size / ENTRY_BYTES || count > MOST_ENTRIES) {
      throw file.damaged("is a zip archive that promises " + count + " entries");
    }
    long limit = at + size;
    for (long i = 0; i < count; i++) {
      at = readEntry(at, limit);
    }
  }

  /** The record at the archive's end, behind which only a comment may follow. */
  private long findEnd() {
    long last = file.size() - END_BYTES;
    for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (u32(at) == END && u16(at + 20) <= last - at) {
        return at;
      }
    }
    throw file.damaged("is a zip archive without its directory");
  }

  private long findEnd64(long end) {
    long locator = end - LOCATOR_64_BYTES;
    if (locator >= 0 && u32(locator) == LOCATOR_64) {
      long at = i64(locator + 8);
      if (at >= 0 && at <= locator - END_64_BYTES && u32(at) == END_64) {
        return at;
      }
    }
    throw file.damaged("is a large zip archive without its directory");
  }

  /** Returns where the next entry begins. */
  private long readEntry(long at, long limit) {
    if (at > limit - ENTRY_BYTES || u32(at) != ENTRY) {
      throw file.damaged("is a zip archive with a damaged directory, at byte " + at);
    }
    int nameBytes = u16(at + 28);
    int extraBytes = u16(at + 30);
    long extra = at + ENTRY_BYTES + nameBytes;
    long next = extra + extraBytes + u16(at + 32);
    if (next > limit) {
      throw file.damaged("is a zip archive with a damaged directory, at byte " + at);
    }
    byte[] bytes = data.asSlice(at + ENTRY_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE);
    String name = new String(bytes, StandardCharsets.UTF_8);
    checkPlain(name, u16(at + 8), u16(at + 10));
    long[] sizes = {u32(at + 24), u32(at + 20), u32(at + 42)};
    widen(name, sizes, extra, extra + extraBytes);
    if (sizes[0] != sizes[1]) {
      throw file.damaged("is a zip archive with two sizes for its entry '" + name + "'");
    }
    add(name, sizes[2], sizes[0]);
    return next;
  }

  private void checkPlain(String name, int flags, int method) {
    if (method != 0 || (flags & 1) != 0) {
      throw new PunaException(
          "%s is a zip archive whose entry '%s' is %s"
              .formatted(file.path(), name, (flags & 1) != 0 ? "encrypted" : "compressed"),
          "PyTorch stores entries as they are: unpack it and zip it anew with zip -0, or save the"
              + " model again");
    }
  }

  /** Replaces sizes that do not fit into 32 bits: both sizes and the place, in this order. */
  private void widen(String name, long[] sizes, long extra, long end) {
    long at = extra;
    while (at <= end - 4) {
      int id = u16(at);
      long next = at + 4 + u16(at + 2);
      if (id == EXTRA_64) {
        long value = at + 4;
        for (int i = 0; i < sizes.length; i++) {
          if (sizes[i] == 0xffffffffL && value <= Math.min(next, end) - 8) {
            sizes[i] = i64(value);
            value += 8;
          }
        }
        return;
      }
      at = next;
    }
    if (at > end) {
      throw file.damaged("is a zip archive with a damaged entry '" + name + "'");
    }
  }

  private void add(String name, long local, long size) {
    boolean found =
        local >= 0 && local <= file.size() - LOCAL_BYTES && size >= 0 && u32(local) == LOCAL;
    long begin = found ? local + LOCAL_BYTES + u16(local + 26) + u16(local + 28) : 0;
    if (!found || begin > file.size() || size > file.size() - begin) {
      throw file.damaged("is a zip archive whose entry '" + name + "' is not in it");
    }
    // From the entry's own header on: no two may share that either.
    ranges.add(new ByteRange(name, local, begin + size));
    if (entries.putIfAbsent(name, data.asSlice(begin, size)) != null) {
      throw file.damaged("is a zip archive with two entries named '" + name + "'");
    }
  }

  private int u16(long at) {
    return Short.toUnsignedInt(data.get(SHORT, at));
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(data.get(INT, at));
  }

  private long i64(long at) {
    return data.get(LONG, at);
  }
}
