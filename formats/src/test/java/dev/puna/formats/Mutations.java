package dev.puna.formats;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * Damages files as broken disks, cut downloads and attackers do; the same seed, the same damage.
 */
final class Mutations {
  private static final long[] NASTY = {
    0,
    1,
    -1,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Integer.MAX_VALUE,
    0xffffffffL,
    1L << 32,
    1L << 40,
    (1L << 62) / 3,
    0x7fffffff7fffffffL,
    4L << 60
  };

  private Mutations() {}

  /** A damaged copy; one to three kinds of damage. */
  static byte[] mutate(byte[] valid, long seed) {
    Random random = new Random(seed * 0x9e3779b97f4a7c15L);
    byte[] bytes = valid.clone();
    for (int i = 1 + random.nextInt(3); i > 0 && bytes.length > 8; i--) {
      bytes =
          switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> flipBits(bytes, random);
            case 2 -> overwrite(bytes, NASTY[random.nextInt(NASTY.length)], random);
            case 3 -> splice(bytes, random);
            case 4 -> growCount(bytes, random);
            default -> append(bytes, random);
          };
    }
    return bytes;
  }

  /** Mostly in the first bytes, where the headers are. */
  private static int place(byte[] bytes, int room, Random random) {
    int most = bytes.length - room;
    return random.nextInt(random.nextInt(3) > 0 ? Math.min(most, 256) + 1 : most + 1);
  }

  private static byte[] flipBits(byte[] bytes, Random random) {
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      bytes[place(bytes, 1, random)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static byte[] overwrite(byte[] bytes, long value, Random random) {
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (random.nextBoolean()) {
      out.putLong(place(bytes, 8, random), value);
    } else {
      out.putInt(place(bytes, 4, random), (int) value);
    }
    return bytes;
  }

  /** Copies a piece over another place, or in between. */
  private static byte[] splice(byte[] bytes, Random random) {
    int length = 1 + random.nextInt(Math.min(64, bytes.length));
    int from = place(bytes, length, random);
    int to = place(bytes, length, random);
    if (random.nextBoolean()) {
      System.arraycopy(bytes.clone(), from, bytes, to, length);
      return bytes;
    }
    byte[] longer = new byte[bytes.length + length];
    System.arraycopy(bytes, 0, longer, 0, to);
    System.arraycopy(bytes, from, longer, to, length);
    System.arraycopy(bytes, to, longer, to + length, bytes.length - to);
    return longer;
  }

  /** Makes a byte that may be a small count, a digit or a letter a little larger. */
  private static byte[] growCount(byte[] bytes, Random random) {
    bytes[place(bytes, 1, random)] += (byte) (1 + random.nextInt(3));
    return bytes;
  }

  private static byte[] append(byte[] bytes, Random random) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
    if (random.nextBoolean()) {
      Arrays.fill(longer, bytes.length, longer.length, (byte) random.nextInt());
    }
    return longer;
  }
}
