package dev.puna.tokenizer;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the fields of one protobuf message in the order of the file; see "Encoding" in the protobuf
 * documentation. Everything is checked against the message's end; groups, which no SentencePiece
 * model holds, are refused.
 */
final class ProtobufReader {
  /** Wire types, as the low three bits of a tag have them. */
  static final int VARINT = 0;

  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final String where;
  private final byte[] data;
  private final int end;
  private int at;
  private int tag;
  private long number;
  private int from;

  /**
   * @param where the file, for messages
   */
  ProtobufReader(String where, byte[] data) {
    this(where, data, 0, data.length);
  }

  private ProtobufReader(String where, byte[] data, int at, int end) {
    this.where = where;
    this.data = data;
    this.at = at;
    this.end = end;
  }

  /** Reads the next field; false at the end of the message. */
  boolean next() {
    if (at == end) {
      return false;
    }
    long value = varint();
    tag = (int) value;
    if (value >>> 32 != 0 || tag >>> 3 == 0) {
      throw damaged("a field without a number");
    }
    from = at;
    switch (tag & 7) {
      case VARINT -> number = varint();
      case FIXED64 -> skip(8);
      case FIXED32 -> {
        skip(4);
        number = 0;
        for (int i = 3; i >= 0; i--) {
          number = number << 8 | (data[from + i] & 0xFF);
        }
      }
      case BYTES -> {
        long length = varint();
        from = at;
        skip(length);
      }
      default -> throw damaged("a field of wire type " + (tag & 7));
    }
    return true;
  }

  /**
   * Whether the field is this one; one of another wire type is an unknown field, as in protobuf.
   */
  boolean is(int field, int wireType) {
    return tag == (field << 3 | wireType);
  }

  /** The value of an integer or enum field. */
  long number() {
    return number;
  }

  boolean flag() {
    return number != 0;
  }

  float real() {
    return Float.intBitsToFloat((int) number);
  }

  byte[] bytes() {
    return Arrays.copyOfRange(data, from, at);
  }

  /** The value of a string field, with U+FFFD for what is not UTF-8. */
  String string() {
    return new String(data, from, at - from, StandardCharsets.UTF_8);
  }

  /** The value of a string field that has to be right. */
  String checkedString() {
    String text = Utf8.string(data, from, at);
    if (text == null) {
      throw damaged("a string that is not UTF-8");
    }
    return text;
  }

  /** The value of a message field. */
  ProtobufReader message() {
    return new ProtobufReader(where, data, from, at);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw damaged("it breaks off");
      }
      byte b = data[at++];
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged("a number of more than ten bytes");
  }

  private void skip(long length) {
    if (length < 0 || length > end - at) {
      throw damaged("a field that is longer than what is left");
    }
    at += (int) length;
  }

  private PunaException damaged(String what) {
    return new PunaException(
        "%s is not a SentencePiece model: %s at byte %d".formatted(where, what, at),
        TokenizerFile.FETCH_AGAIN);
  }
}
