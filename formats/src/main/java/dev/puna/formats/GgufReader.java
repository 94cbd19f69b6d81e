package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Parses the header of a GGUF file: magic, version, metadata, tensor entries. */
final class GgufReader {
  private static final int MOST_KEYS = 1 << 16;
  private static final int MOST_TENSORS = 1 << 20;

  /** In all arrays of a file together; real vocabularies need about a million. */
  private static final int MOST_ELEMENTS = 1 << 22;

  private static final int DEEPEST = 8;
  private static final int MOST_DIMENSIONS = 4;
  private static final int DEFAULT_ALIGNMENT = 32;

  /** A key's length, one byte of key, the value's type, one byte of value. */
  private static final int LEAST_PAIR_BYTES = 8 + 4 + 1;

  /** A name's length, the number of dimensions, the type, the offset. */
  private static final int LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8;

  private final MappedFile file;
  private final GgufCursor in;
  private final SequencedMap<String, Object> values = new LinkedHashMap<>();
  private final SequencedMap<String, GgufValue> encoded = new LinkedHashMap<>();
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private int elements;

  private record Entry(String name, DType type, List<Long> shape, long bytes, long offset) {}

  GgufReader(MappedFile file) {
    this.file = file;
    this.in = new GgufCursor(file);
  }

  void read() {
    checkMagic();
    checkVersion();
    int tensorCount = in.count("tensors", LEAST_TENSOR_BYTES, MOST_TENSORS);
    int pairCount = in.count("metadata values", LEAST_PAIR_BYTES, MOST_KEYS);
    for (int i = 0; i < pairCount; i++) {
      readPair();
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < tensorCount; i++) {
      entries.add(readEntry());
    }
    if (!entries.isEmpty()) {
      place(entries);
    }
  }

  GgufMetadata metadata() {
    return GgufMetadata.of(file.path().toString(), values);
  }

  SequencedMap<String, GgufValue> encoded() {
    return Collections.unmodifiableSequencedMap(encoded);
  }

  SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  private void checkMagic() {
    if (file.size() < 4 || in.i32() != 0x46554747) { // "GGUF"
      throw FileKind.refuse(file, "a GGUF file");
    }
  }

  private void checkVersion() {
    int version = in.i32();
    if (version == 1) {
      throw new PunaException(
          file.path() + " is GGUF version 1, which had other sizes", "convert the model again");
    }
    if (version != 2 && version != 3) {
      int swapped = Integer.reverseBytes(version);
      if (swapped >= 1 && swapped < 1 << 16) {
        throw new PunaException(
            file.path() + " is a big-endian GGUF file", "use its little-endian form");
      }
      throw new PunaException(
          file.path() + " is of GGUF version " + Integer.toUnsignedString(version),
          "versions 2 and 3 can be read; the file is damaged, or newer than this program");
    }
  }

  private void readPair() {
    String key = in.string();
    long id = in.u32();
    GgufType type = type(key, id);
    long start = in.at();
    Object value = value(key, type, 0);
    encoded.put(
        key, new GgufValue(type.id(), file.data().asSlice(start, in.at() - start).asReadOnly()));
    if (values.putIfAbsent(key, value) != null) {
      throw file.damaged("has the metadata key '" + key + "' twice");
    }
  }

  private GgufType type(String key, long id) {
    GgufType type = GgufType.of(id);
    if (type == null) {
      throw file.damaged("has a value of unknown type " + id + " under the key '" + key + "'");
    }
    return type;
  }

  private Object value(String key, GgufType type, int depth) {
    return switch (type) {
      case UINT64 -> {
        long value = in.i64();
        yield value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
      }
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> integer(type);
      case FLOAT32 -> (double) Float.intBitsToFloat(in.i32());
      case FLOAT64 -> Double.longBitsToDouble(in.i64());
      case BOOL -> flag(key);
      case STRING -> in.string();
      case ARRAY -> array(key, depth + 1);
    };
  }

  private long integer(GgufType type) {
    return switch (type) {
      case UINT8 -> in.i8() & 0xffL;
      case INT8 -> in.i8();
      case UINT16 -> in.i16() & 0xffffL;
      case INT16 -> in.i16();
      case UINT32 -> in.u32();
      case INT32 -> in.i32();
      case UINT64, INT64 -> in.i64();
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw new IllegalArgumentException();
    };
  }

  private boolean flag(String key) {
    byte value = in.i8();
    if (value != 0 && value != 1) {
      throw file.damaged("has a flag that is neither 0 nor 1 under the key '" + key + "'");
    }
    return value == 1;
  }

  private Object array(String key, int depth) {
    if (depth > DEEPEST) {
      throw file.damaged("nests lists more than " + DEEPEST + " deep under the key '" + key + "'");
    }
    GgufType type = type(key, in.u32());
    String things = "list elements under the key '" + key + "'";
    int count = in.count(things, type.leastBytes(), MOST_ELEMENTS - elements);
    elements += count;
    return switch (type) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64, UINT64 -> integers(type, count);
      case FLOAT32, FLOAT64 -> {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
          numbers[i] =
              type == GgufType.FLOAT32
                  ? Float.intBitsToFloat(in.i32())
                  : Double.longBitsToDouble(in.i64());
        }
        yield numbers;
      }
      case BOOL -> {
        boolean[] flags = new boolean[count];
        for (int i = 0; i < count; i++) {
          flags[i] = flag(key);
        }
        yield flags;
      }
      case STRING -> {
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
          texts[i] = in.string();
        }
        yield List.of(texts);
      }
      case ARRAY -> {
        List<Object> lists = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          lists.add(array(key, depth + 1));
        }
        yield Collections.unmodifiableList(lists);
      }
    };
  }

  /** A long[], or where UINT64 values do not fit into one, a list of BigInteger. */
  private Object integers(GgufType type, int count) {
    long[] integers = new long[count];
    boolean fit = true;
    for (int i = 0; i < count; i++) {
      integers[i] = integer(type);
      fit &= type != GgufType.UINT64 || integers[i] >= 0;
    }
    return fit
        ? integers
        : Arrays.stream(integers)
            .<Object>mapToObj(value -> new BigInteger(Long.toUnsignedString(value)))
            .toList();
  }

  private Entry readEntry() {
    String name = in.string();
    long dimensions = in.u32();
    if (dimensions > MOST_DIMENSIONS) {
      throw file.damaged("gives tensor '" + name + "' " + dimensions + " dimensions");
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      long dimension = in.i64();
      if (dimension < 1) {
        throw file.damaged(
            "gives tensor '%s' a dimension of %s"
                .formatted(name, Long.toUnsignedString(dimension)));
      }
      shape.addFirst(dimension); // GGUF has the innermost first
    }
    DType type = GgmlType.dtype(file, name, in.u32());
    long offset = in.i64();
    if (!type.divides(StoredTensor.columns(shape))) {
      throw file.damaged(
          "gives tensor '%s' rows of %d, not whole blocks of %s"
              .formatted(name, StoredTensor.columns(shape), type));
    }
    return new Entry(name, type, shape, bytes(name, type, shape), offset);
  }

  private long bytes(String name, DType type, List<Long> shape) {
    try {
      return type.bytes(StoredTensor.elements(shape));
    } catch (ArithmeticException _) {
      throw file.damaged("gives tensor '" + name + "' an impossible shape " + shape);
    }
  }

  private void place(List<Entry> entries) {
    long alignment = alignment();
    long base = Math.ceilDiv(in.at(), alignment) * alignment;
    List<ByteRange> ranges = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.offset < 0 || entry.offset % alignment != 0) {
        throw file.damaged(
            "puts tensor '%s' at %s, which is not aligned to %d"
                .formatted(entry.name, Long.toUnsignedString(entry.offset), alignment));
      }
      if (base > file.size()
          || entry.offset > file.size() - base
          || entry.bytes > file.size() - base - entry.offset) {
        throw file.damaged(
            "has %d bytes, but tensor '%s' takes %d bytes from byte %d + %d"
                .formatted(file.size(), entry.name, entry.bytes, base, entry.offset));
      }
      ranges.add(new ByteRange(entry.name, entry.offset, entry.offset + entry.bytes));
    }
    ranges.sort(ByteRange.IN_FILE_ORDER);
    ByteRange.checkDisjoint(file, ranges);
    for (Entry entry : entries) {
      var data = file.data().asSlice(base + entry.offset, entry.bytes);
      var tensor = new StoredTensor(entry.name, entry.type, entry.shape, data);
      if (tensors.putIfAbsent(entry.name, tensor) != null) {
        throw file.damaged("has two tensors named '" + entry.name + "'");
      }
    }
  }

  private long alignment() {
    long alignment = metadata().integer("general.alignment", DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > 1 << 30 || Long.bitCount(alignment) != 1) {
      throw file.damaged("has general.alignment " + alignment + ", not a power of two up to 2^30");
    }
    return alignment;
  }
}
