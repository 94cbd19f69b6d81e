package dev.puna.formats;

import dev.puna.formats.Pickled.Dictionary;
import dev.puna.formats.Pickled.Storage;
import dev.puna.formats.Pickled.TensorView;
import dev.puna.formats.Pickled.Text;
import dev.puna.formats.Pickled.Tuple;
import dev.puna.formats.Pickled.Whole;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the pickle of a PyTorch checkpoint may name: the functions by which tensors and parameters
 * are put together (torch/_utils.py), the types of numbers, ordered dictionaries. There is nothing
 * else that a dictionary of weights needs.
 */
final class TorchPickle implements Unpickler.Vocabulary {
  /** What a pickle may "call". */
  enum Function implements Pickled.Global {
    ORDERED_DICT,
    TENSOR,
    TENSOR_WITH_TYPE,
    PARAMETER,
    SUBCLASS,
    SIZE,
    DEVICE
  }

  /**
   * A class of storages.
   *
   * @param type of its numbers; null for bytes without a type
   */
  record StorageClass(@Nullable TorchType type) implements Pickled.Global {}

  /** A class that is only an argument. */
  enum Inert implements Pickled.Global {
    TENSOR_CLASS
  }

  private static final int MOST_DIMENSIONS = 8;

  private final MappedFile file;

  TorchPickle(MappedFile file) {
    this.file = file;
  }

  @Override
  public Pickled.Global global(String module, String name) {
    Pickled.Global global =
        switch (module) {
          case "collections" -> name.equals("OrderedDict") ? Function.ORDERED_DICT : null;
          case "torch._utils" -> rebuilding(name);
          case "torch._tensor" ->
              switch (name) {
                case "_rebuild_from_type_v2" -> Function.SUBCLASS;
                case "Tensor" -> Inert.TENSOR_CLASS;
                default -> null;
              };
          case "torch.nn.parameter" -> name.equals("Parameter") ? Inert.TENSOR_CLASS : null;
          case "torch.storage" -> name.equals("UntypedStorage") ? new StorageClass(null) : null;
          case "torch" -> ofTorch(name);
          case "torch.cuda" -> storage(name);
          default -> null;
        };
    if (global == null) {
      throw new PunaException(
          "%s: its pickle wants to use %s.%s, which no dictionary of weights needs"
              .formatted(file.path(), module, name),
          "it is not opened: take the model as safetensors, or, if you trust the file, save its"
              + " state_dict alone");
    }
    return global;
  }

  private static @Nullable Function rebuilding(String name) {
    return switch (name) {
      case "_rebuild_tensor", "_rebuild_tensor_v2" -> Function.TENSOR;
      case "_rebuild_tensor_v3" -> Function.TENSOR_WITH_TYPE;
      case "_rebuild_parameter", "_rebuild_parameter_with_state" -> Function.PARAMETER;
      default -> null;
    };
  }

  private static Pickled.@Nullable Global ofTorch(String name) {
    return switch (name) {
      case "Size" -> Function.SIZE;
      case "device" -> Function.DEVICE;
      case "Tensor" -> Inert.TENSOR_CLASS;
      case "UntypedStorage" -> new StorageClass(null);
      default -> {
        TorchType type = TorchType.ofDtype(name);
        yield type != null ? type : storage(name);
      }
    };
  }

  private static @Nullable StorageClass storage(String name) {
    TorchType type = TorchType.ofStorage(name);
    return type == null ? null : new StorageClass(type);
  }

  @Override
  public Pickled call(Pickled function, Tuple arguments) {
    List<Pickled> a = arguments.items();
    // The function that a subclass is rebuilt by stands among the arguments, once.
    if (function == Function.SUBCLASS
        && a.size() >= 3
        && a.getFirst() != Function.SUBCLASS
        && a.get(2) instanceof Tuple inner) {
      return call(a.getFirst(), inner);
    }
    if (function instanceof Function known) {
      switch (known) {
        case ORDERED_DICT -> { // filled afterwards, as any dictionary
          if (a.isEmpty()) {
            return new Dictionary();
          }
        }
        case TENSOR, TENSOR_WITH_TYPE -> {
          return tensor(a, known == Function.TENSOR_WITH_TYPE);
        }
        case PARAMETER -> {
          if (!a.isEmpty() && a.getFirst() instanceof TensorView tensor) {
            return tensor;
          }
        }
        case SIZE -> {
          if (a.size() == 1 && a.getFirst() instanceof Tuple size) {
            return size;
          }
        }
        case DEVICE -> {
          return Pickled.Nothing.NONE;
        }
        case SUBCLASS -> {}
      }
    }
    throw damaged("calls something with arguments that make no sense");
  }

  private List<Pickled> items(Pickled tuple) {
    if (tuple instanceof Tuple t) {
      return t.items();
    }
    throw damaged("has something else than a tuple where one is needed");
  }

  /** (storage, offset, shape, strides, ...), with the type as the seventh where it has one. */
  private TensorView tensor(List<Pickled> a, boolean typed) {
    if (a.size() < (typed ? 7 : 4)
        || !(a.get(0) instanceof Storage storage)
        || !(a.get(1) instanceof Whole offset)) {
      throw damaged("puts a tensor together of other things than a storage and numbers");
    }
    TorchType type = typed && a.get(6) instanceof TorchType t ? t : storage.type();
    List<Long> shape = sizes(a.get(2));
    List<Long> strides = sizes(a.get(3));
    if (shape.size() != strides.size() || offset.value() < 0) {
      throw damaged("gives a tensor a shape and strides that do not go together");
    }
    return new TensorView(storage, type, offset.value(), shape, strides);
  }

  private List<Long> sizes(Pickled tuple) {
    List<Long> sizes = new ArrayList<>();
    for (Pickled item : items(tuple)) {
      if (!(item instanceof Whole size) || size.value() < 0 || sizes.size() == MOST_DIMENSIONS) {
        throw damaged("gives a tensor a shape that is no list of sizes");
      }
      sizes.add(size.value());
    }
    return sizes;
  }

  /** ('storage', class, key, device, numbers), with (key, offset, numbers) of a view behind. */
  @Override
  public Pickled persistent(Pickled id) {
    List<Pickled> parts = items(id);
    if (parts.size() < 5
        || !(parts.get(0) instanceof Text kind)
        || !kind.value().equals("storage")
        || !(parts.get(1) instanceof StorageClass storage)
        || !(parts.get(2) instanceof Text key)
        || !(parts.get(4) instanceof Whole numbers)
        || numbers.value() < 0) {
      throw damaged("refers to something that is no storage of numbers");
    }
    TorchType type = storage.type() == null ? TorchType.U8 : storage.type();
    if (parts.size() > 5 && parts.get(5) instanceof Tuple view) {
      List<Pickled> v = view.items();
      if (v.size() != 3 || !(v.get(1) instanceof Whole from) || !(v.get(2) instanceof Whole size)) {
        throw damaged("has a view of a storage without place and size");
      }
      return new Storage(key.value(), type, size.value(), from.value());
    }
    return new Storage(key.value(), type, numbers.value(), 0);
  }

  private PunaException damaged(String what) {
    return new PunaException(
        "%s: its pickle %s".formatted(file.path(), what),
        "the file is damaged, or no checkpoint; get the model anew, as safetensors if possible");
  }
}
