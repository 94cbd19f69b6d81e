package dev.puna.formats;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses the header of one safetensors file: a u64 length, then a JSON object of tensors, then
 * their bytes without gaps (Format section of the huggingface/safetensors README).
 */
final class SafetensorsHeader {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long LONGEST = 100_000_000; // the specification's limit
  private static final int MOST_TENSORS = 1 << 20;
  private static final int MOST_DIMENSIONS = 64;

  private static final Map<String, DType> TYPES =
      Map.of(
          "F32",
          DType.F32,
          "F16",
          DType.F16,
          "BF16",
          DType.BF16,
          "F8_E4M3",
          DType.F8_E4M3,
          "F8_E5M2",
          DType.F8_E5M2);

  /** Bits of a number of the other types; one that is not here is not checked. */
  private static final Map<String, Integer> OTHER_BITS =
      Map.ofEntries(
          Map.entry("F64", 64),
          Map.entry("I64", 64),
          Map.entry("U64", 64),
          Map.entry("C64", 64),
          Map.entry("I32", 32),
          Map.entry("U32", 32),
          Map.entry("I16", 16),
          Map.entry("U16", 16),
          Map.entry("I8", 8),
          Map.entry("U8", 8),
          Map.entry("BOOL", 8),
          Map.entry("F8_E8M0", 8),
          Map.entry("F6_E2M3", 6),
          Map.entry("F6_E3M2", 6),
          Map.entry("F4", 4));

  /** A tensor of any type, and where it lies. */
  sealed interface Entry {
    ByteRange range();

    default String name() {
      return range().name();
    }
  }

  record Weights(ByteRange range, StoredTensor tensor) implements Entry {}

  record Others(ByteRange range, OtherTensor tensor) implements Entry {}

  private final MappedFile file;
  private final MemorySegment data;
  private final byte[] json;

  private SafetensorsHeader(MappedFile file) {
    this.file = file;
    long length = file.size() < 8 ? -1 : file.data().get(LONG, 0);
    if (FileKind.of(file.data()) != FileKind.SAFETENSORS) {
      throw FileKind.refuse(file, "a safetensors file");
    }
    if (length < 2 || length > LONGEST || length > file.size() - 8) {
      throw file.damaged(
          "of %d bytes promises a header of %s"
              .formatted(file.size(), Long.toUnsignedString(length)));
    }
    this.json = file.data().asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
    this.data = file.data().asSlice(8 + length);
  }

  /**
   * All tensors, in the order of their bytes.
   *
   * @throws PunaException if the file is damaged
   */
  static List<Entry> read(MappedFile file) {
    SafetensorsHeader header = new SafetensorsHeader(file);
    try (JsonParser in = Json.parser(header.json)) {
      List<Entry> entries = header.entries(in);
      entries.sort(Comparator.comparing(Entry::range, ByteRange.IN_FILE_ORDER));
      header.checkLayout(entries);
      return entries;
    } catch (IOException e) {
      throw Json.malformed(file.path(), e);
    }
  }

  private List<Entry> entries(JsonParser in) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    expect(in.nextToken() == JsonToken.START_OBJECT, "the header is no JSON object");
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      expect(in.nextToken() == JsonToken.START_OBJECT, "'" + name + "' is no JSON object");
      if (name.equals("__metadata__")) {
        in.skipChildren();
        continue;
      }
      entries.add(entry(in, name));
      expect(names.add(name), "there are two tensors named '" + name + "'");
      expect(entries.size() <= MOST_TENSORS, "there are more than " + MOST_TENSORS + " tensors");
    }
    expect(in.nextToken() == null, "something follows the header's JSON object");
    return entries;
  }

  private Entry entry(JsonParser in, String name) throws IOException {
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String field = in.currentName();
      JsonToken value = in.nextToken();
      switch (field) {
        case "dtype" -> {
          expect(value == JsonToken.VALUE_STRING, "'" + name + "' has a dtype that is no text");
          dtype = in.getText();
        }
        case "shape" -> shape = sizes(in, name, field);
        case "data_offsets" -> offsets = sizes(in, name, field);
        default -> in.skipChildren();
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
      throw file.damaged("is no safetensors file: '" + name + "' lacks type, shape or offsets");
    }
    return entry(dtype, shape, new ByteRange(name, offsets.getFirst(), offsets.getLast()));
  }

  /** An array of integers that are not negative. */
  private List<Long> sizes(JsonParser in, String name, String field) throws IOException {
    String message = "'" + name + "' has a " + field + " that is no list of sizes";
    expect(in.currentToken() == JsonToken.START_ARRAY, message);
    List<Long> sizes = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      boolean fits =
          in.currentToken() == JsonToken.VALUE_NUMBER_INT
              && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && in.getLongValue() >= 0
              && sizes.size() < MOST_DIMENSIONS;
      expect(fits, message);
      sizes.add(in.getLongValue());
    }
    return sizes;
  }

  private Entry entry(String dtype, List<Long> shape, ByteRange range) {
    if (range.begin() > range.end() || range.end() > data.byteSize()) {
      throw file.damaged(
          "has %d bytes of tensors, but '%s' is to be at %d to %d"
              .formatted(data.byteSize(), range.name(), range.begin(), range.end()));
    }
    DType type = TYPES.get(dtype);
    long bytes = range.end() - range.begin();
    long needed = bytes(range.name(), dtype, type, shape, bytes);
    if (needed != bytes) {
      throw file.damaged(
          "gives tensor '%s' of %s %s %d bytes instead of %d"
              .formatted(range.name(), dtype, shape, bytes, needed));
    }
    MemorySegment slice = data.asSlice(range.begin(), bytes);
    if (type != null) {
      return new Weights(range, new StoredTensor(range.name(), type, shape, slice));
    }
    return dtype.equals("F64")
        ? new Weights(range, Rows.doubles(range.name(), shape, slice))
        : new Others(range, new OtherTensor(range.name(), dtype, shape, slice));
  }

  private long bytes(
      String name, String dtype, @Nullable DType type, List<Long> shape, long otherwise) {
    try {
      long elements = StoredTensor.elements(shape);
      if (type != null) {
        return type.bytes(elements);
      }
      Integer bits = OTHER_BITS.get(dtype);
      return bits == null ? otherwise : Math.ceilDiv(Math.multiplyExact(elements, bits), 8);
    } catch (ArithmeticException _) {
      throw file.damaged("gives tensor '" + name + "' an impossible shape " + shape);
    }
  }

  /** The tensors must fill the rest of the file, without overlap and without holes. */
  private void checkLayout(List<Entry> entries) {
    List<ByteRange> ranges = entries.stream().map(Entry::range).toList();
    ByteRange.checkDisjoint(file, ranges);
    long end = 0;
    for (ByteRange range : ranges) {
      expect(range.begin() == end, "there is a hole before tensor '" + range.name() + "'");
      end = range.end();
    }
    expect(end == data.byteSize(), "the tensors end at " + end + " of " + data.byteSize());
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw file.damaged("is no valid safetensors file: " + otherwise);
    }
  }
}
