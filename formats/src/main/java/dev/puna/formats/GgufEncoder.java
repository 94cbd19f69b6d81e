package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Encodes a GGUF header into memory, little-endian. */
final class GgufEncoder {
  private ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  GgufEncoder i8(int value) {
    room(1).put((byte) value);
    return this;
  }

  GgufEncoder i32(int value) {
    room(4).putInt(value);
    return this;
  }

  GgufEncoder i64(long value) {
    room(8).putLong(value);
    return this;
  }

  GgufEncoder bytes(byte[] bytes) {
    room(bytes.length).put(bytes);
    return this;
  }

  GgufEncoder string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return i64(bytes.length).bytes(bytes);
  }

  /** A metadata value with its type before it. */
  GgufEncoder typed(Object value) {
    if (value instanceof GgufValue(int type, var data)) {
      return i32(type).bytes(data.toArray(JAVA_BYTE));
    }
    return i32(type(value).id()).value(value);
  }

  /** Everything so far, with zeros up to a multiple of {@code alignment}; ready to be written. */
  ByteBuffer padded(int alignment) {
    while (out.position() % alignment != 0) {
      i8(0);
    }
    return out.flip();
  }

  private static GgufType type(Object value) {
    return switch (value) {
      case String _ -> GgufType.STRING;
      case Boolean _ -> GgufType.BOOL;
      case Integer i -> i < 0 ? GgufType.INT32 : GgufType.UINT32;
      case Long l -> l < 0 ? GgufType.INT64 : GgufType.UINT64;
      case BigInteger b when b.signum() >= 0 && b.bitLength() <= 64 -> GgufType.UINT64;
      case Float _ -> GgufType.FLOAT32;
      case Double _ -> GgufType.FLOAT64;
      case byte[] _, int[] _, long[] _, float[] _, double[] _, boolean[] _, List<?> _ ->
          GgufType.ARRAY;
      default -> throw new IllegalArgumentException("GGUF has no type for " + value.getClass());
    };
  }

  private GgufEncoder value(Object value) {
    switch (value) {
      case String text -> string(text);
      case Boolean flag -> i8(flag ? 1 : 0);
      case Integer integer -> i32(integer);
      case Long integer -> i64(integer);
      case BigInteger integer -> i64(integer.longValue());
      case Float number -> i32(Float.floatToRawIntBits(number));
      case Double number -> i64(Double.doubleToRawLongBits(number));
      case byte[] a -> array(GgufType.INT8, a.length, this).bytes(a);
      case int[] a -> Arrays.stream(array(GgufType.INT32, a.length, a)).forEach(this::i32);
      case long[] a -> Arrays.stream(array(GgufType.INT64, a.length, a)).forEach(this::i64);
      case float[] a -> {
        for (float number : array(GgufType.FLOAT32, a.length, a)) {
          value(number);
        }
      }
      case double[] a -> {
        for (double number : array(GgufType.FLOAT64, a.length, a)) {
          value(number);
        }
      }
      case boolean[] a -> {
        for (boolean flag : array(GgufType.BOOL, a.length, a)) {
          value(flag);
        }
      }
      case List<?> list -> {
        // An empty list shows no type; lists of texts are what GGUF files have.
        GgufType type = list.isEmpty() ? GgufType.STRING : type(list.getFirst());
        if (list.stream().anyMatch(element -> type(element) != type)) {
          throw new IllegalArgumentException("a GGUF array holds values of one type: " + list);
        }
        array(type, list.size(), list).forEach(this::value);
      }
      default -> throw new IllegalArgumentException("GGUF has no type for " + value.getClass());
    }
    return this;
  }

  /** Begins an array; returns what it was given, for the caller to go on with. */
  private <T> T array(GgufType type, int count, T elements) {
    i32(type.id()).i64(count);
    return elements;
  }

  private ByteBuffer room(int bytes) {
    if (out.remaining() < bytes) {
      int capacity = Math.max(Math.multiplyExact(out.capacity(), 2), out.position() + bytes);
      out = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(out.flip());
    }
    return out;
  }
}
