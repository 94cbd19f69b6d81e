package dev.puna.formats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.zip.CRC32;

/** A zip archive of stored entries put together by hand. */
final class ZipBytes {
  private final Bytes out = new Bytes();
  private final Bytes directory = new Bytes();
  private final boolean wide;
  private int size;
  private int count;
  private int method;

  /**
   * @param wide whether sizes are given in 64 bits, as in archives above 4 GiB
   */
  ZipBytes(boolean wide) {
    this.wide = wide;
  }

  /** How the next entries claim to be compressed. */
  ZipBytes method(int method) {
    this.method = method;
    return this;
  }

  ZipBytes add(String name, byte[] data) {
    int local = size;
    byte[] header =
        new Bytes()
            .u32(0x04034b50)
            .u16(20)
            .u16(0x800)
            .u16(method)
            .u32(0)
            .u32(crc(data))
            .u32(data.length)
            .u32(data.length)
            .u16(name.length())
            .u16(0)
            .ascii(name)
            .toArray();
    out.raw(header).raw(data);
    size += header.length + data.length;
    return list(name, local, data.length);
  }

  /** An entry of the directory alone. */
  ZipBytes list(String name, int local, int bytes) {
    directory.u32(0x02014b50).u16(20).u16(20).u16(0x800).u16(method).u32(0).u32(0);
    directory.u32(wide ? -1 : bytes).u32(wide ? -1 : bytes);
    directory.u16(name.getBytes(UTF_8).length).u16(wide ? 28 : 0).u16(0).u16(0).u16(0).u32(0);
    directory.u32(wide ? -1 : local).ascii(name);
    if (wide) {
      directory.u16(1).u16(24).u64(bytes).u64(bytes).u64(local);
    }
    count++;
    return this;
  }

  byte[] toArray() {
    byte[] entries = directory.toArray();
    out.raw(entries);
    if (wide) {
      out.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count);
      out.u64(entries.length).u64(size);
      out.u32(0x07064b50).u32(0).u64(size + entries.length).u32(1);
    }
    out.u32(0x06054b50).u16(0).u16(0).u16(wide ? 0xffff : count).u16(wide ? 0xffff : count);
    out.u32(wide ? -1 : entries.length).u32(wide ? -1 : size).u16(0);
    return out.toArray();
  }

  private static long crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return crc.getValue();
  }
}
