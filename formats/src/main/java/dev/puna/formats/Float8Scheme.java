package dev.puna.formats;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Matrices of 8-bit floating-point numbers with scales beside them (weight_scale, or, as DeepSeek
 * calls it, weight_scale_inv): one for all, one for each row, or one for each square of {@code
 * blockRows} x {@code blockCols}; x = number·scale. No block type holds both, so such a matrix is
 * decoded to F32 when asked for.
 */
record Float8Scheme(long blockRows, long blockCols) implements QuantizedFile.Scheme {
  private static final int BLOCK = 128;

  /** Scales of activations and of the cache of keys and values: weights do not need them. */
  private static final List<String> UNUSED =
      List.of(
          ".input_scale",
          ".input_scale_ub",
          ".output_scale",
          ".activation_scale",
          ".k_scale",
          ".v_scale");

  /** quant_method "fp8" and "fbgemm_fp8". */
  static Float8Scheme fp8(Config config) {
    String format = config.text("fmt", "e4m3");
    if (format != null && !format.equals("e4m3") && !format.equals("e5m2")) {
      throw QuantizedFile.unknown(config, "fmt \"" + format + "\"");
    }
    return of(config, config.list("weight_block_size"));
  }

  /** quant_method "compressed-tensors", of whose formats only one has plain numbers. */
  static Float8Scheme compressedTensors(Config config) {
    String format = config.text("format", null);
    Config groups = config.object("config_groups");
    List<Object> block = null;
    if (groups != null) {
      for (String key : groups.keys()) {
        Config group = groups.object(key);
        Config weights = group == null ? null : group.object("weights");
        if (group != null && group.has("format")) {
          format = group.text("format");
        }
        block = weights == null ? block : weights.list("block_structure");
      }
    }
    if (format == null || !format.equals("float-quantized")) {
      throw QuantizedFile.unknown(config, "format \"" + format + "\" of compressed-tensors");
    }
    return of(config, block);
  }

  private static Float8Scheme of(Config config, @Nullable List<Object> block) {
    if (block == null) {
      return new Float8Scheme(BLOCK, BLOCK);
    }
    if (block.size() == 2
        && block.getFirst() instanceof Integer rows
        && block.getLast() instanceof Integer cols
        && rows > 0
        && cols > 0) {
      return new Float8Scheme(rows, cols);
    }
    throw QuantizedFile.unknown(
        config, "a block of " + block.size() + " dimensions or not of sizes");
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors(TensorFile file) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              StoredTensor scale = scale(file, name, tensor);
              if (scale != null) {
                tensors.put(name, scaled(file, tensor, scale));
              } else if (!isScale(file, name)) {
                tensors.put(name, tensor);
              }
            });
    return tensors;
  }

  private static boolean isFloat8(StoredTensor tensor) {
    return tensor.type() == DType.F8_E4M3 || tensor.type() == DType.F8_E5M2;
  }

  private static @Nullable StoredTensor scale(TensorFile file, String name, StoredTensor tensor) {
    if (!isFloat8(tensor) || !name.endsWith(".weight")) {
      return null;
    }
    StoredTensor inverse = file.tensors().get(name + "_scale_inv");
    return inverse != null ? inverse : file.tensors().get(name + "_scale");
  }

  private static boolean isScale(TensorFile file, String name) {
    int suffix = name.indexOf(".weight_scale");
    return UNUSED.stream().anyMatch(name::endsWith)
        || suffix >= 0 && file.tensors().containsKey(name.substring(0, suffix) + ".weight");
  }

  private StoredTensor scaled(TensorFile file, StoredTensor tensor, StoredTensor scale) {
    long rows = tensor.rows();
    long cols = tensor.columns();
    long high;
    long wide;
    if (scale.elements() == 1) {
      high = rows;
      wide = cols;
    } else if (scale.elements() == rows) {
      high = 1;
      wide = cols;
    } else {
      high = blockRows;
      wide = blockCols;
      List<Long> shape = List.of(Math.ceilDiv(rows, high), Math.ceilDiv(cols, wide));
      if (!scale.shape().equals(shape)) {
        throw new PunaException(
            "%s: %s has shape %s, which is no scale for %s of shape %s"
                .formatted(file.path(), scale.name(), scale.shape(), tensor.name(), tensor.shape()),
            "config.json and the weights do not belong together, or the file is damaged");
      }
    }
    StoredTensor.Made made = arena -> numbers(arena, tensor, scale, high, wide);
    return new StoredTensor(tensor.name(), DType.F32, tensor.shape(), made);
  }

  private static MemorySegment numbers(
      Arena arena, StoredTensor tensor, StoredTensor scale, long high, long wide) {
    int cols = Math.toIntExact(tensor.columns());
    float[] scales = scale.matrix(arena).toArray();
    int across = Math.toIntExact(Math.ceilDiv(cols, Math.max(1, wide)));
    MemorySegment data = tensor.data(arena);
    return Rows.numbers(
        arena,
        tensor.rows(),
        cols,
        (row, numbers) -> {
          tensor.type().decode(data, row * cols, numbers, 0, cols);
          int first = (int) (row / high) * across;
          for (int c = 0; c < cols; c++) {
            numbers[c] *= scales[first + (int) (c / wide)];
          }
        });
  }
}
