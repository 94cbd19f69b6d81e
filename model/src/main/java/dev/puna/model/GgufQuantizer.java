package dev.puna.model;

import dev.puna.formats.Gguf;
import dev.puna.formats.GgufWriter;
import dev.puna.formats.ImportanceMatrix;
import dev.puna.formats.StoredTensor;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.ObjLongConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Re-encodes the matrices of a GGUF file, whatever its architecture; everything else of the file
 * stays as it is.
 */
public final class GgufQuantizer {
  /**
   * Matrices that are small and decide much: gates of experts, positions, convolutions and the
   * like. llama.cpp's quantizer leaves the same ones alone, and its kernels count on it.
   */
  private static final Pattern KEPT =
      Pattern.compile(
          ".*(_norm|ffn_gate_inp|ffn_gate_inp_shexp|position_embd|token_types|ssm_conv1d"
              + "|shortconv\\.conv|time_mix_.*|attn_rel_b|altup.*|laurel.*|per_layer_model_proj)"
              + "\\.weight");

  private GgufQuantizer() {}

  /**
   * What became of a file's tensors.
   *
   * @param parameters numbers in all tensors
   * @param fallen matrices stored as F16, because the type's blocks do not divide their rows
   * @param lossy matrices that were quantized before, and have lost something twice now
   */
  public record Report(long parameters, List<String> fallen, List<String> lossy) {}

  /**
   * Writes {@code target}.
   *
   * @param importance may be null
   * @param progress told each tensor's name and bytes as it is written
   * @throws PunaException if the file cannot be read or written, or importance is of other shapes
   */
  public static Report write(
      Gguf source,
      Path target,
      DType type,
      @Nullable ImportanceMatrix importance,
      ObjLongConsumer<String> progress) {
    List<GgufWriter.Entry> entries =
        source.tensors().values().stream()
            .map(t -> new GgufWriter.Entry(t.name(), stored(t, type), t.shape()))
            .toList();
    try (TensorEncoder encoder = new TensorEncoder()) {
      GgufWriter.write(
          target,
          metadata(source, type),
          entries,
          entry -> {
            StoredTensor tensor = Objects.requireNonNull(source.tensors().get(entry.name()));
            progress.accept(entry.name(), entry.type().bytes(tensor.elements()));
            float[] columns =
                importance == null
                    ? null
                    : importance.of(entry.name(), tensor.columns(), stacked(tensor));
            return encoder.encode(
                tensor::matrix, new TensorEncoder.How(entry.type(), null, columns));
          });
    }
    return report(source, type);
  }

  private static Report report(Gguf source, DType type) {
    long parameters = 0;
    List<String> fallen = new ArrayList<>();
    List<String> lossy = new ArrayList<>();
    for (StoredTensor tensor : source.tensors().values()) {
      DType stored = stored(tensor, type);
      parameters += tensor.elements();
      if (quantizes(tensor) && stored != type) {
        fallen.add(tensor.name());
      }
      if (stored != tensor.type() && tensor.type().blockSize() > 1) {
        lossy.add(tensor.name());
      }
    }
    return new Report(parameters, fallen, lossy);
  }

  private static DType stored(StoredTensor tensor, DType type) {
    if (!quantizes(tensor)) {
      return tensor.type();
    }
    return type.divides(tensor.columns()) ? type : DType.F16;
  }

  private static boolean quantizes(StoredTensor tensor) {
    return tensor.shape().size() > 1 && tensor.rows() > 1 && !keeps(tensor.name());
  }

  /** Whether a matrix of a name stays as it is, F32 where it is converted. */
  static boolean keeps(String name) {
    return !name.endsWith(".weight") || KEPT.matcher(name).matches();
  }

  /** How many matrices a tensor of experts stacks. */
  private static long stacked(StoredTensor tensor) {
    return tensor.shape().size() == 3 ? tensor.shape().getFirst() : 1;
  }

  /** The file's own key-value pairs; where it was split, what is written is one file. */
  private static SequencedMap<String, Object> metadata(Gguf source, DType type) {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    source
        .encodedMetadata()
        .forEach(
            (key, value) -> {
              if (!key.startsWith("split.")) {
                pairs.put(key, value);
              }
            });
    pairs.put("general.file_type", GgufFileType.of(type));
    pairs.put("general.quantization_version", 2);
    return pairs;
  }
}
