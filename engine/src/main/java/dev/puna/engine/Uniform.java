package dev.puna.engine;

/**
 * Random numbers without a history: each is made of a seed and what it is for, so that it does not
 * matter which were asked for before. The mixing is the one of SplitMix64 (Steele, Lea, Flood 2014:
 * fast splittable pseudorandom number generators), whose state is a counter anyway.
 */
final class Uniform {
  /** What a number decides; each has a stream of its own. */
  enum Purpose {
    TOKEN(1),
    XTC(2);

    private final int stream;

    Purpose(int stream) {
      this.stream = stream;
    }
  }

  /** 2^64 divided by the golden ratio: counters that differ by one get far apart. */
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private Uniform() {}

  /**
   * From 0 to 1, which is not among them.
   *
   * @param position tokens of the text so far
   */
  static double at(long seed, int position, Purpose purpose) {
    long stream = mix(mix(seed) + GOLDEN * purpose.stream);
    return (mix(stream + GOLDEN * position) >>> 11) * 0x1p-53;
  }

  /** The seed of one of several samples; that of the first is the seed itself. */
  static long seed(long seed, int sample) {
    return sample == 0 ? seed : mix(mix(seed) - GOLDEN * sample);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
