package dev.puna.model;

import dev.puna.formats.StoredTensor;
import dev.puna.formats.TensorFile;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A checkpoint seen with fewer key and value heads: each is the mean of the heads of its group, as
 * Ainslie et al. 2023 ("GQA: Training Generalized Multi-Query Transformer Models", section 2.1)
 * turn multi-head attention into grouped-query attention, or with one head into multi-query
 * attention. The model then wants some more training.
 */
final class PooledKvHeads implements TensorFile {
  private static final Pattern PROJECTION =
      Pattern.compile("blk\\.\\d+\\.attn_([kv])\\.(weight|bias)");

  private final TensorFile file;
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

  /**
   * @param file which this one closes
   * @param names from its names to canonical ones
   * @param heads key and value heads that it has
   * @param wanted how many it is to have
   * @throws PunaException if groups would be of different sizes
   */
  PooledKvHeads(TensorFile file, WeightNames names, int heads, int wanted) {
    if (wanted < 1 || heads % wanted != 0) {
      throw new PunaException(
          "%s has %d key and value heads, which do not make %d groups of equal size"
              .formatted(file.path(), heads, wanted),
          "choose a divisor of " + heads);
    }
    this.file = file;
    file.tensors()
        .forEach(
            (stored, tensor) -> {
              List<String> canonical = names.canonical(stored);
              boolean alone = canonical.size() == 1;
              Matcher projection = PROJECTION.matcher(alone ? canonical.getFirst() : "");
              tensors.put(stored, projection.matches() ? pooled(tensor, heads, wanted) : tensor);
            });
  }

  /**
   * The most key and value heads that a layer of a model has.
   *
   * @throws PunaException if a layer has none
   */
  static int of(Spec spec, Path path) {
    return spec.layers().stream()
        .map(Spec.Layer::mixer)
        .mapToInt(
            mixer ->
                switch (mixer) {
                  case Spec.Attention a -> a.heads().kv();
                  default ->
                      throw new PunaException(
                          path + " has layers without key and value heads",
                          "only attention's can be put together");
                })
        .max()
        .orElseThrow();
  }

  /** Rows of a weight, numbers of a bias: those of a head lie together. */
  private static StoredTensor pooled(StoredTensor tensor, int heads, int wanted) {
    boolean bias = tensor.shape().size() == 1;
    long length = tensor.shape().getFirst();
    if (length % heads != 0) {
      throw new PunaException(
          "%s of %d rows is not %d whole heads".formatted(tensor.name(), length, heads),
          "the configuration and the weights do not belong together");
    }
    List<Long> shape = new ArrayList<>(tensor.shape());
    shape.set(0, length / heads * wanted);
    int size = Math.toIntExact(length / heads);
    return new StoredTensor(
        tensor.name(),
        DType.F32,
        shape,
        (StoredTensor.Made)
            arena -> {
              try (Arena source = Arena.ofShared()) {
                Tensor matrix = tensor.matrix(source);
                // A bias is one row: seen as a column, its numbers are rows like the others.
                float[] all = bias ? matrix.toArray() : new float[0];
                return bias
                    ? pooled(arena, Tensor.of(all.length, all), size, heads / wanted)
                    : pooled(arena, matrix, size, heads / wanted);
              }
            });
  }

  /** Row i of a group is the mean of the rows i of its heads. */
  private static MemorySegment pooled(Arena arena, Tensor matrix, int size, int group) {
    int cols = Math.toIntExact(matrix.cols());
    long rows = matrix.rows() / group;
    MemorySegment target = arena.allocate(DType.F32.bytes(rows * cols), 64);
    float[] row = new float[cols];
    double[] sum = new double[cols];
    float[] mean = new float[cols];
    for (long r = 0; r < rows; r++) {
      java.util.Arrays.fill(sum, 0);
      for (int h = 0; h < group; h++) {
        matrix.row((r / size * group + h) * size + r % size, row, 0);
        for (int c = 0; c < cols; c++) {
          sum[c] += row[c];
        }
      }
      for (int c = 0; c < cols; c++) {
        mean[c] = (float) (sum[c] / group);
      }
      DType.F32.encode(mean, 0, cols, target, r * cols * Float.BYTES);
    }
    return target;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void close() {
    file.close();
  }
}
