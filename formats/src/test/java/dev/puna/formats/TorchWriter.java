package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Writes PyTorch checkpoints as torch/serialization.py does, for tests; independent of the classes
 * that read them.
 */
public final class TorchWriter {
  private record Storage(String type, int bytes, byte[] data) {}

  private final SequencedMap<String, Storage> storages = new LinkedHashMap<>();
  private final PickleBytes pickle = new PickleBytes();
  private final boolean nested;

  /** Begins a state_dict. */
  public TorchWriter() {
    pickle.orderedDict().op("(");
    nested = false;
  }

  /** Begins a state_dict under a key of a dictionary. */
  public TorchWriter(String key) {
    pickle.op("}(").text("epoch").number(3).text(key);
    pickle.orderedDict().op("(");
    nested = true;
  }

  /** Ends the state_dict, and begins another under a key beside it. */
  TorchWriter other(String key) {
    pickle.op("u").text(key).orderedDict().op("(");
    return this;
  }

  /** A tensor that has a storage of its own. */
  public TorchWriter add(StoredTensor tensor) {
    String key = String.valueOf(storages.size());
    String type =
        switch (tensor.type()) {
          case F32 -> "FloatStorage";
          case F16 -> "HalfStorage";
          case BF16 -> "BFloat16Storage";
          default -> throw new IllegalArgumentException(tensor.type().name());
        };
    storage(key, type, tensor.type().bytes(1), tensor.data().toArray(JAVA_BYTE));
    return view(tensor.name(), key, 0, tensor.shape(), rowMajor(tensor.shape()));
  }

  /** A tensor of single precision. */
  public TorchWriter add(String name, List<Long> shape, float... numbers) {
    String key = String.valueOf(storages.size());
    storage(key, "FloatStorage", 4, new Bytes().f32(numbers).toArray());
    return view(name, key, 0, shape, rowMajor(shape));
  }

  TorchWriter storage(String key, String type, long bytes, byte[] data) {
    storages.put(key, new Storage(type, (int) bytes, data));
    return this;
  }

  /** A view of a storage. */
  TorchWriter view(String name, String key, long offset, List<Long> shape, List<Long> strides) {
    Storage storage = storages.get(key);
    pickle.text(name).global("torch._utils", "_rebuild_tensor_v2").op("((");
    pickle.text("storage").global("torch", storage.type).text(key).text("cpu");
    pickle.number(storage.data.length / storage.bytes).op("tQ").number(offset);
    pickle.tuple(longs(shape)).tuple(longs(strides)).flag(false).orderedDict().op("tR");
    return this;
  }

  private static long[] longs(List<Long> list) {
    return list.stream().mapToLong(Long::longValue).toArray();
  }

  static List<Long> rowMajor(List<Long> shape) {
    List<Long> strides = new ArrayList<>();
    long stride = 1;
    for (long dimension : shape.reversed()) {
      strides.addFirst(stride);
      stride *= dimension;
    }
    return strides;
  }

  /** The end of the state_dict, with its attribute _metadata. */
  private byte[] pickled() {
    pickle.op("u}(").text("_metadata").orderedDict().op("ub");
    return pickle.op(nested ? "u" : "").toArray();
  }

  /** As a zip archive, whose folder is "archive". */
  public byte[] zip() {
    return zip(false, "little");
  }

  byte[] zip(boolean wide, String byteOrder) {
    ZipBytes zip = new ZipBytes(wide).add("archive/data.pkl", pickled());
    zip.add("archive/byteorder", new Bytes().ascii(byteOrder).toArray());
    storages.forEach((key, storage) -> zip.add("archive/data/" + key, storage.data));
    return zip.add("archive/version", new Bytes().ascii("3\n").toArray()).toArray();
  }

  /** In the format from before 1.6: pickles, then the storages. */
  public byte[] legacy() {
    byte[] magic = {0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8};
    Bytes out = new Bytes();
    out.raw(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10}).raw(magic).u8(0x50, 0x19, '.');
    out.raw(new PickleBytes().number(1001).toArray());
    PickleBytes machine = new PickleBytes().op("}(").text("protocol_version").number(1001);
    out.raw(machine.text("little_endian").flag(true).op("u").toArray());
    out.raw(pickled());
    PickleBytes keys = new PickleBytes().op("](");
    List<String> sorted = storages.keySet().stream().sorted().toList();
    sorted.forEach(keys::text);
    out.raw(keys.op("e").toArray());
    for (String key : sorted) {
      Storage storage = storages.get(key);
      out.u64(storage.data.length / storage.bytes).raw(storage.data);
    }
    return out.toArray();
  }

  /** A tensor in another type. */
  public static StoredTensor as(DType type, StoredTensor tensor) {
    float[] numbers = tensor.matrix().toArray();
    MemorySegment data = Arena.ofAuto().allocate(type.bytes(numbers.length), 64);
    type.encode(numbers, 0, numbers.length, data, 0);
    return new StoredTensor(tensor.name(), type, tensor.shape(), data);
  }

  /** Tensors one after another, in the order of the map. */
  public TorchWriter addAll(Map<String, StoredTensor> tensors) {
    tensors.values().forEach(this::add);
    return this;
  }
}
