package dev.puna.formats;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes whole buffers, of any size. */
final class Channels {
  private static final int CHUNK = 1 << 20;

  private Channels() {}

  /** The buffer through which {@link #write(FileChannel, MemorySegment, ByteBuffer)} copies. */
  static ByteBuffer chunk() {
    return ByteBuffer.allocateDirect(CHUNK);
  }

  static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  static void write(FileChannel out, MemorySegment data, ByteBuffer chunk) throws IOException {
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      int count = (int) Math.min(CHUNK, data.byteSize() - at);
      chunk.clear().limit(count);
      MemorySegment.copy(data, at, MemorySegment.ofBuffer(chunk), 0, count);
      write(out, chunk);
    }
  }
}
