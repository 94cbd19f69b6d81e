package dev.puna.formats;

import java.util.Comparator;
import java.util.List;

/** Where a tensor's bytes lie, relative to the start of the file's tensor data. */
record ByteRange(String name, long begin, long end) {
  /** In the order of their bytes; among those that begin together, empty ones first. */
  static final Comparator<ByteRange> IN_FILE_ORDER =
      Comparator.comparingLong(ByteRange::begin).thenComparingLong(ByteRange::end);

  /**
   * Refuses ranges that share a byte.
   *
   * @param sorted in file order
   */
  static void checkDisjoint(MappedFile file, List<ByteRange> sorted) {
    for (int i = 1; i < sorted.size(); i++) {
      ByteRange last = sorted.get(i - 1);
      ByteRange next = sorted.get(i);
      if (next.begin < last.end) {
        throw file.damaged("has overlapping parts '" + last.name + "' and '" + next.name + "'");
      }
    }
  }
}
