package dev.puna.formats;

import dev.puna.formats.Pickled.Dictionary;
import dev.puna.formats.Pickled.Sequence;
import dev.puna.formats.Pickled.Storage;
import dev.puna.formats.Pickled.TensorView;
import dev.puna.formats.Pickled.Text;
import dev.puna.formats.Pickled.Whole;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file that PyTorch's {@code torch.save} wrote, in either of its formats
 * (torch/serialization.py): a zip archive of a pickle and one entry per storage (since 1.6), or
 * four pickles one after another and then the storages.
 */
final class TorchFile {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** What the first pickle of the older format holds. */
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);

  private static final int PROTOCOL = 1001;
  private static final int MOST_STORAGES = 1 << 20;

  private final MappedFile file;
  private final TorchPickle vocabulary;
  private final Map<String, MemorySegment> storages = new HashMap<>();

  /**
   * What a file holds.
   *
   * @param root what was saved
   * @param storages the bytes of each storage by its key
   */
  record Content(Pickled root, Map<String, MemorySegment> storages) {}

  private TorchFile(MappedFile file) {
    this.file = file;
    this.vocabulary = new TorchPickle(file);
  }

  /**
   * Reads the pickle and finds the storages.
   *
   * @throws PunaException if the file is damaged, or its pickle wants more than weights need
   */
  static Content read(MappedFile file) {
    TorchFile torch = new TorchFile(file);
    Pickled root =
        switch (FileKind.of(file.data())) {
          case ZIP -> torch.readZip();
          case PICKLE -> torch.readPickles();
          default -> throw FileKind.refuse(file, "a PyTorch checkpoint");
        };
    return new Content(root, torch.storages);
  }

  // ---- zip ----

  private Pickled readZip() {
    SequencedMap<String, MemorySegment> entries = ZipArchive.read(file);
    String folder = folder(entries);
    if (entries.containsKey(folder + "constants.pkl")) {
      throw new PunaException(
          file.path() + " is a TorchScript program", "save the model's state_dict instead");
    }
    checkByteOrder(entries.get(folder + "byteorder"));
    String data = folder + "data/";
    entries.forEach(
        (name, bytes) -> {
          if (name.startsWith(data)) {
            storages.put(name.substring(data.length()), bytes);
          }
        });
    MemorySegment pickle = Objects.requireNonNull(entries.get(folder + "data.pkl"));
    return new Unpickler(file, pickle, vocabulary).read();
  }

  /** The one folder in the archive, with its slash; its name is the author's file name. */
  private String folder(SequencedMap<String, MemorySegment> entries) {
    String folder = null;
    for (String name : entries.keySet()) {
      int slash = name.indexOf('/');
      if (slash >= 0 && name.substring(slash + 1).equals("data.pkl")) {
        if (folder != null) {
          throw file.damaged("is a zip archive of several checkpoints");
        }
        folder = name.substring(0, slash + 1);
      }
    }
    if (folder == null) {
      throw new PunaException(
          file.path() + " is a zip archive, but no PyTorch checkpoint: it holds no data.pkl",
          "check the path");
    }
    return folder;
  }

  private void checkByteOrder(@Nullable MemorySegment entry) {
    if (entry == null || entry.byteSize() > 16) {
      return; // older versions do not say
    }
    byte[] bytes = entry.toArray(ValueLayout.JAVA_BYTE);
    if (new String(bytes, StandardCharsets.US_ASCII).startsWith("big")) {
      throw bigEndian();
    }
  }

  private PunaException bigEndian() {
    return new PunaException(
        file.path() + " was saved on a big-endian machine", "use its little-endian form");
  }

  // ---- pickles one after another ----

  /** Magic number, protocol, about the machine, what was saved, keys of storages; storages. */
  private Pickled readPickles() {
    long[] at = {0};
    if (!(next(at) instanceof Pickled.Wide magic) || !isMagic(magic)) {
      throw new PunaException(
          file.path() + " is a Python pickle, but no PyTorch checkpoint",
          "save the model's state_dict with torch.save, or take it as safetensors");
    }
    if (!(next(at) instanceof Whole protocol) || protocol.value() != PROTOCOL) {
      throw file.damaged("is a PyTorch checkpoint of an unknown protocol");
    }
    if (next(at) instanceof Dictionary machine
        && machine.items().get("little_endian") instanceof Pickled.Flag little
        && !little.value()) {
      throw bigEndian();
    }
    Pickled root = next(at);
    if (!(next(at) instanceof Sequence keys) || keys.items().size() > MOST_STORAGES) {
      throw file.damaged("is a PyTorch checkpoint without a list of its storages");
    }
    Map<String, TorchType> types = storageTypes(root);
    for (Pickled key : keys.items()) {
      if (!(key instanceof Text text)) {
        throw file.damaged("is a PyTorch checkpoint with a storage that has no name");
      }
      at[0] = storage(text.value(), types, at[0]);
    }
    return root;
  }

  private Pickled next(long[] at) {
    Unpickler unpickler = new Unpickler(file, file.data().asSlice(at[0]), vocabulary);
    Pickled value = unpickler.read();
    at[0] += unpickler.end();
    return value;
  }

  private static boolean isMagic(Pickled.Wide number) {
    byte[] bigEndian = number.bytes().clone();
    for (int i = 0; i < bigEndian.length / 2; i++) {
      byte swap = bigEndian[i];
      bigEndian[i] = bigEndian[bigEndian.length - 1 - i];
      bigEndian[bigEndian.length - 1 - i] = swap;
    }
    return new BigInteger(bigEndian).equals(MAGIC);
  }

  /** A storage is written as its count of numbers, whose size only the pickle tells. */
  private long storage(String key, Map<String, TorchType> types, long at) {
    TorchType type = types.get(key);
    long room = file.size() - at - Long.BYTES;
    long count = room < 0 ? -1 : file.data().get(LONG, at);
    if (type == null || count < 0 || count > room / type.bytes()) {
      throw file.damaged("is a PyTorch checkpoint without the storage '" + key + "'");
    }
    long bytes = count * type.bytes();
    storages.put(key, file.data().asSlice(at + Long.BYTES, bytes));
    return at + Long.BYTES + bytes;
  }

  /** The types of all storages that are referred to, however deep; visits each value once. */
  private static Map<String, TorchType> storageTypes(Pickled root) {
    Map<String, TorchType> types = new HashMap<>();
    Set<Identity> seen = new HashSet<>();
    List<Pickled> open = new ArrayList<>(List.of(root));
    while (!open.isEmpty()) {
      Pickled value = open.removeLast();
      switch (value) {
        case TensorView view -> types.putIfAbsent(view.storage().key(), view.storage().type());
        case Storage storage -> types.putIfAbsent(storage.key(), storage.type());
        case Dictionary d when seen.add(new Identity(value)) -> open.addAll(d.items().values());
        case Sequence s when seen.add(new Identity(value)) -> open.addAll(s.items());
        case Pickled.Tuple t when seen.add(new Identity(value)) -> open.addAll(t.items());
        default -> {}
      }
    }
    return types;
  }

  /** Tells values apart by being the same, not by being equal: they may contain themselves. */
  private record Identity(Pickled value) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Identity i && i.value == value;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(value);
    }
  }
}
