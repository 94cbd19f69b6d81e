package dev.puna.program;

/** Told how far a backend is with making weights its own: repacking or uploading them. */
@FunctionalInterface
public interface Loading {
  /** Tells nobody. */
  Loading SILENT = (bytes, all) -> {};

  /**
   * From the thread that loads, from time to time.
   *
   * @param bytes of weights that are done
   * @param all bytes of those that there are to do
   */
  void progress(long bytes, long all);
}
