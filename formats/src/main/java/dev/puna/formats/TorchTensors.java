package dev.puna.formats;

import dev.puna.formats.Pickled.Dictionary;
import dev.puna.formats.Pickled.Storage;
import dev.puna.formats.Pickled.TensorView;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;

/** The tensors of one PyTorch file: its state_dict found, each view checked against its storage. */
final class TorchTensors {
  private final MappedFile file;
  private final Map<String, MemorySegment> storages;
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, OtherTensor> others = new LinkedHashMap<>();

  private TorchTensors(MappedFile file, Map<String, MemorySegment> storages) {
    this.file = file;
    this.storages = storages;
  }

  static TorchTensors read(MappedFile file) {
    TorchFile.Content content = TorchFile.read(file);
    TorchTensors read = new TorchTensors(file, content.storages());
    read.stateDict(content.root())
        .items()
        .forEach(
            (key, value) -> {
              if (key instanceof String name && value instanceof TensorView view) {
                read.add(name, view);
              }
            });
    return read;
  }

  SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  SequencedMap<String, OtherTensor> others() {
    return others;
  }

  /**
   * The dictionary of weights: what was saved, or the one dictionary in it that holds matrices, as
   * training scripts save it under "model" or "state_dict" beside an optimizer's.
   */
  private Dictionary stateDict(Pickled root) {
    if (!(root instanceof Dictionary dictionary)) {
      throw new PunaException(
          file.path() + " holds something else than a dictionary of tensors",
          "save the model's state_dict");
    }
    if (holdsMatrices(dictionary)) {
      return dictionary;
    }
    SequencedSet<String> keys = new TreeSet<>();
    dictionary
        .items()
        .forEach(
            (key, value) -> {
              if (value instanceof Dictionary inner && holdsMatrices(inner)) {
                keys.add(String.valueOf(key));
              }
            });
    if (keys.size() > 1) {
      throw new PunaException(
          "%s holds several dictionaries of tensors: %s"
              .formatted(file.path(), String.join(", ", keys)),
          "save the one that is meant alone");
    }
    if (!keys.isEmpty() && dictionary.items().get(keys.getFirst()) instanceof Dictionary found) {
      return found;
    }
    return dictionary; // vectors alone, or nothing
  }

  private static boolean holdsMatrices(Dictionary dictionary) {
    return dictionary.items().values().stream()
        .anyMatch(value -> value instanceof TensorView view && view.shape().size() > 1);
  }

  private void add(String name, TensorView view) {
    MemorySegment storage = storage(name, view);
    int size = view.type().bytes();
    long elements = elements(name, view);
    checkInside(name, view, storage.byteSize() / size, elements);
    if (isRowMajor(view)) {
      MemorySegment data = storage.asSlice(view.offset() * size, elements * size);
      DType type = view.type().type();
      if (type != null) {
        tensors.put(name, new StoredTensor(name, type, view.shape(), data));
      } else if (view.type() == TorchType.F64) {
        tensors.put(name, Rows.doubles(name, view.shape(), data));
      } else {
        others.put(name, new OtherTensor(name, view.type().name(), view.shape(), data));
      }
    } else {
      DType type = view.type().type();
      if (type != null) { // integers that lie crosswise hold no weights that are known
        StoredTensor.Made gathered = arena -> new StridedView(view, type, storage).gather(arena);
        tensors.put(name, new StoredTensor(name, type, view.shape(), gathered));
      }
    }
  }

  /** The bytes of the storage that a tensor is a view of. */
  private MemorySegment storage(String name, TensorView view) {
    Storage named = view.storage();
    MemorySegment bytes = storages.get(named.key());
    if (bytes == null) {
      throw file.damaged("lacks the storage of tensor '" + name + "'");
    }
    int size = named.type().bytes();
    long numbers = bytes.byteSize() / size;
    if (named.numbers() > numbers
        || named.offset() < 0
        || named.numbers() < 0
        || named.offset() > numbers - named.numbers()) {
      throw file.damaged(
          "has a storage of %d bytes for tensor '%s', which promises %d numbers of %s"
              .formatted(bytes.byteSize(), name, named.numbers(), named.type()));
    }
    return bytes.asSlice(named.offset() * size, named.numbers() * size);
  }

  private long elements(String name, TensorView view) {
    try {
      return StoredTensor.elements(view.shape());
    } catch (ArithmeticException _) {
      throw file.damaged("gives tensor '" + name + "' an impossible shape " + view.shape());
    }
  }

  /**
   * Every number must lie in the storage, and at a place of its own: repeated ones (of strides of
   * 0) would let a small file ask for any amount of memory.
   */
  private void checkInside(String name, TensorView view, long numbers, long elements) {
    boolean inside;
    try {
      long last = view.offset();
      for (int i = 0; i < view.shape().size(); i++) {
        long steps = Math.max(0, view.shape().get(i) - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, view.strides().get(i)));
      }
      inside = elements == 0 ? view.offset() <= numbers : last < numbers;
    } catch (ArithmeticException _) {
      inside = false;
    }
    if (!inside || elements > numbers) {
      throw file.damaged(
          "has a storage of %d numbers for tensor '%s' of shape %s with strides %s from number %d"
              .formatted(numbers, name, view.shape(), view.strides(), view.offset()));
    }
  }

  private static boolean isRowMajor(TensorView view) {
    long stride = 1;
    List<Long> shape = new ArrayList<>(view.shape());
    if (shape.contains(0L)) {
      return true;
    }
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && view.strides().get(i) != stride) {
        return false;
      }
      stride *= shape.get(i);
    }
    return true;
  }
}
