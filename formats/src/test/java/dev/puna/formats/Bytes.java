package dev.puna.formats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian bytes put together by hand, independent of the classes under test. */
final class Bytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Bytes u8(int... values) {
    for (int value : values) {
      out.write(value);
    }
    return this;
  }

  Bytes u16(int value) {
    return u8(value & 255, value >> 8 & 255);
  }

  Bytes u32(long value) {
    return u16((int) value).u16((int) (value >> 16));
  }

  Bytes u64(long value) {
    return u32(value).u32(value >> 32);
  }

  Bytes f32(float... values) {
    for (float value : values) {
      u32(Float.floatToRawIntBits(value));
    }
    return this;
  }

  Bytes f64(double value) {
    return u64(Double.doubleToRawLongBits(value));
  }

  Bytes ascii(String text) {
    out.writeBytes(text.getBytes(UTF_8));
    return this;
  }

  /** A GGUF string: its length, then its bytes. */
  Bytes string(String text) {
    return u64(text.getBytes(UTF_8).length).ascii(text);
  }

  Bytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Bytes align(int alignment) {
    while (out.size() % alignment != 0) {
      u8(0);
    }
    return this;
  }

  byte[] toArray() {
    return out.toByteArray();
  }

  /** A safetensors file of a header and data. */
  static byte[] safetensors(String header, int dataBytes) {
    byte[] json = header.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
