package dev.puna.formats;

import static java.lang.Math.addExact;
import static java.lang.Math.multiplyExact;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A checkpoint of karpathy/llama2.c, versions 0, 1 and 2 of its export.py: a {@link Llama2cHeader},
 * then the tensors, each kind for all layers together. Little-endian.
 *
 * <p>The tensors are given GGUF's names. Rows of attn_q and attn_k are in the order for RoPE on
 * neighbouring pairs, as in GGUF files of LLaMA models.
 *
 * <p>Version 2 holds each matrix as signed bytes q, then single-precision scales s, one for a group
 * of numbers across row ends: x = s·q. No block type holds such scales exactly, so these matrices
 * are decoded to F32 when asked for. (The bytes of one matrix are followed by its scales, as runq.c
 * reads them.)
 */
public final class Llama2c implements TensorFile {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final Llama2cHeader header;
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

  /**
   * One kind of tensor.
   *
   * @param name with {@code {i}} if every layer has one; empty where nothing is read
   */
  private record Kind(String name, List<Long> shape) {
    boolean perLayer() {
      return name.contains("{i}");
    }

    boolean isMatrix() {
      return shape.size() > 1;
    }
  }

  private Llama2c(MappedFile file) {
    this.file = file;
    this.header = Llama2cHeader.read(file);
    List<Kind> kinds = header.version() == 0 ? legacyKinds() : kinds();
    checkSize(kinds);
    long at = header.bytes();
    for (Kind kind : kinds) {
      for (int i = 0; i < count(kind); i++) {
        add(kind.name.replace("{i}", Integer.toString(i)), kind, at);
        at += bytes(kind);
      }
    }
  }

  /**
   * Maps a file and reads its header.
   *
   * @throws PunaException if its size is not exactly what the header asks for
   */
  public static Llama2c open(Path file) {
    return MappedFile.open(file, Llama2c::new);
  }

  @Override
  public Path path() {
    return file.path();
  }

  public Llama2cHeader header() {
    return header;
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void close() {
    file.close();
  }

  /** Version 0, in the file's order. */
  private List<Kind> legacyKinds() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(embedding("token_embd.weight"));
    kinds.add(vector("blk.{i}.attn_norm.weight"));
    kinds.addAll(attention());
    kinds.add(vector("blk.{i}.ffn_norm.weight"));
    kinds.addAll(feedForward());
    kinds.add(vector("output_norm.weight"));
    // The tables of cosines and sines, which are computed anew.
    kinds.add(new Kind("", List.of((long) header.seqLen() * headSize())));
    if (!header.sharedClassifier()) {
      kinds.add(embedding("output.weight"));
    }
    return kinds;
  }

  /** Versions 1 and 2. */
  private List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(vector("blk.{i}.attn_norm.weight"));
    kinds.add(vector("blk.{i}.ffn_norm.weight"));
    kinds.add(vector("output_norm.weight"));
    kinds.add(embedding("token_embd.weight"));
    kinds.addAll(attention());
    kinds.addAll(feedForward());
    if (!header.sharedClassifier()) {
      kinds.add(embedding("output.weight"));
    }
    return kinds;
  }

  private long headSize() {
    return header.dim() / header.heads();
  }

  private Kind vector(String name) {
    return new Kind(name, List.of((long) header.dim()));
  }

  private Kind embedding(String name) {
    return new Kind(name, List.of((long) header.vocabSize(), (long) header.dim()));
  }

  private List<Kind> attention() {
    long d = header.dim();
    long kv = headSize() * header.kvHeads();
    return List.of(
        new Kind("blk.{i}.attn_q.weight", List.of(d, d)),
        new Kind("blk.{i}.attn_k.weight", List.of(kv, d)),
        new Kind("blk.{i}.attn_v.weight", List.of(kv, d)),
        new Kind("blk.{i}.attn_output.weight", List.of(d, d)));
  }

  private List<Kind> feedForward() {
    long d = header.dim();
    long hidden = header.hiddenDim();
    return List.of(
        new Kind("blk.{i}.ffn_gate.weight", List.of(hidden, d)),
        new Kind("blk.{i}.ffn_down.weight", List.of(d, hidden)),
        new Kind("blk.{i}.ffn_up.weight", List.of(hidden, d)));
  }

  private int count(Kind kind) {
    return kind.perLayer() ? header.layers() : 1;
  }

  private boolean isQuantized(Kind kind) {
    return header.version() == 2 && kind.isMatrix();
  }

  private long bytes(Kind kind) {
    long elements = StoredTensor.elements(kind.shape);
    return isQuantized(kind)
        ? addExact(elements, DType.F32.bytes(elements / header.groupSize()))
        : DType.F32.bytes(elements);
  }

  private void checkSize(List<Kind> kinds) {
    long expected;
    try {
      expected = header.bytes();
      for (Kind kind : kinds) {
        if (isQuantized(kind) && StoredTensor.elements(kind.shape) % header.groupSize() != 0) {
          throw file.damaged("has groups of %d numbers".formatted(header.groupSize()));
        }
        expected = addExact(expected, multiplyExact(count(kind), bytes(kind)));
      }
    } catch (ArithmeticException _) {
      expected = Long.MAX_VALUE;
    }
    if (expected != file.size()) {
      throw file.damaged(
          "has %d bytes, but a llama2.c checkpoint with its header has %d"
              .formatted(file.size(), expected));
    }
  }

  private void add(String name, Kind kind, long at) {
    if (!name.isEmpty()) {
      MemorySegment data = file.data().asSlice(at, bytes(kind));
      tensors.put(
          name,
          isQuantized(kind)
              ? new StoredTensor(name, DType.F32, kind.shape, decoded(kind, data))
              : new StoredTensor(name, DType.F32, kind.shape, data));
    }
  }

  private StoredTensor.Made decoded(Kind kind, MemorySegment data) {
    long rows = StoredTensor.rows(kind.shape);
    long cols = StoredTensor.columns(kind.shape);
    int group = header.groupSize();
    return arena ->
        Rows.numbers(
            arena,
            rows,
            cols,
            (row, numbers) -> {
              for (int c = 0; c < cols; c++) {
                long i = row * cols + c;
                float scale = data.get(FLOAT, rows * cols + Float.BYTES * (i / group));
                numbers[c] = scale * data.get(ValueLayout.JAVA_BYTE, i);
              }
            });
  }
}
