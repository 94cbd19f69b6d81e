package dev.puna.formats;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What an {@link Unpickler} makes: inert data. Lists and dictionaries may contain themselves, so
 * nothing here is ever compared, hashed or printed as a whole.
 */
sealed interface Pickled {
  /** Python's None, and whatever holds nothing that is looked at. */
  enum Nothing implements Pickled {
    NONE
  }

  record Flag(boolean value) implements Pickled {}

  record Whole(long value) implements Pickled {}

  /** An integer of more than 64 bits: two's complement, little-endian. */
  record Wide(byte[] bytes) implements Pickled {}

  record Real(double value) implements Pickled {}

  record Text(String value) implements Pickled {}

  record Tuple(List<Pickled> items) implements Pickled {}

  /** A list or a set. */
  record Sequence(List<Pickled> items) implements Pickled {
    Sequence() {
      this(new ArrayList<>());
    }
  }

  /**
   * A dictionary.
   *
   * @param items those whose key is a text or an integer (a String or a Long); nothing looks for
   *     others
   */
  record Dictionary(SequencedMap<Object, Pickled> items) implements Pickled {
    Dictionary() {
      this(new LinkedHashMap<>());
    }

    void put(Pickled key, Pickled value) {
      switch (key) {
        case Text text -> items.put(text.value, value);
        case Whole whole -> items.put(whole.value, value);
        default -> {}
      }
    }
  }

  /** What a pickle names by module and name, of those that {@link TorchPickle} knows. */
  sealed interface Global extends Pickled
      permits TorchPickle.Function, TorchPickle.StorageClass, TorchPickle.Inert, TorchType {}

  /**
   * The memory of one tensor or of several.
   *
   * @param key its name in the file
   * @param type of its numbers; BYTE where it has no type of its own
   * @param numbers how many
   * @param offset numbers of the named memory before this view of it
   */
  record Storage(String key, TorchType type, long numbers, long offset) implements Pickled {}

  /**
   * A view of a storage.
   *
   * @param type of its numbers, which may be another than the storage's
   * @param offset numbers before the first
   * @param strides numbers from one to the next, for each dimension
   */
  record TensorView(
      Storage storage, TorchType type, long offset, List<Long> shape, List<Long> strides)
      implements Pickled {}
}
