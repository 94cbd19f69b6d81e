package dev.puna.formats;

import static java.lang.Math.addExact;
import static java.lang.Math.multiplyExact;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A checkpoint of karpathy/llama2.c in its legacy format, version 0 ({@code legacy_export} in its
 * export.py): seven int32, then F32 tensors, each kind for all layers together. Little-endian.
 *
 * <p>The tensors are given GGUF's names. Rows of attn_q and attn_k are in the order for RoPE on
 * neighbouring pairs, as in GGUF files of LLaMA models.
 */
public final class Llama2c implements TensorFile {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int HEADER = 7 * Integer.BYTES;
  private static final int MOST_LAYERS = 10_000;

  private final MappedFile file;
  private final int dim;
  private final int hiddenDim;
  private final int layers;
  private final int heads;
  private final int kvHeads;
  private final int vocabSize;
  private final int seqLen;
  private final boolean sharedClassifier;
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

  /** One kind of tensor: its name (with {@code {i}} if every layer has one) and its shape. */
  private record Kind(String name, List<Long> shape) {
    boolean perLayer() {
      return name.contains("{i}");
    }
  }

  private Llama2c(MappedFile file) {
    if (file.size() < HEADER) {
      throw FileKind.refuse(file, "a llama2.c checkpoint");
    }
    this.file = file;
    this.dim = file.data().get(INT, 0);
    this.hiddenDim = file.data().get(INT, 4);
    this.layers = file.data().get(INT, 8);
    this.heads = file.data().get(INT, 12);
    this.kvHeads = file.data().get(INT, 16);
    int vocabulary = file.data().get(INT, 20);
    this.sharedClassifier = vocabulary > 0;
    this.vocabSize = Math.abs(vocabulary);
    this.seqLen = file.data().get(INT, 24);
    checkHeader();
    checkSize();
    addTensors();
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

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /** Width of the residual stream. */
  public int dim() {
    return dim;
  }

  /** Width of the feed-forward layer. */
  public int hiddenDim() {
    return hiddenDim;
  }

  public int layers() {
    return layers;
  }

  public int heads() {
    return heads;
  }

  /** Heads of keys and values; divides {@link #heads}. */
  public int kvHeads() {
    return kvHeads;
  }

  /** Number of tokens. */
  public int vocabSize() {
    return vocabSize;
  }

  /** The longest sequence the model was trained for, in tokens. */
  public int seqLen() {
    return seqLen;
  }

  /** Whether the classifier is the embedding table, and output.weight absent. */
  public boolean sharedClassifier() {
    return sharedClassifier;
  }

  @Override
  public void close() {
    file.close();
  }

  private void checkHeader() {
    boolean positive =
        dim > 0
            && hiddenDim > 0
            && layers > 0
            && layers <= MOST_LAYERS
            && heads > 0
            && kvHeads > 0
            && vocabSize > 0
            && seqLen > 0;
    if (!positive || dim % heads != 0 || heads % kvHeads != 0 || dim / heads % 2 != 0) {
      // Asked only now: the format has no magic number, and a dim of 640 looks like a pickle's.
      if (FileKind.of(file.data()) != FileKind.UNKNOWN) {
        throw FileKind.refuse(file, "a llama2.c checkpoint");
      }
      throw new PunaException(
          ("%s is not a llama2.c checkpoint: dim %d, hidden_dim %d, n_layers %d, n_heads %d,"
                  + " n_kv_heads %d, vocab_size %d, seq_len %d make no model")
              .formatted(path(), dim, hiddenDim, layers, heads, kvHeads, vocabSize, seqLen),
          "check the path; if it is right, the file is damaged");
    }
  }

  /** Everything in the file's order; the two tables of RoPE come before the classifier. */
  private List<Kind> kinds() {
    long d = dim;
    long kv = (long) dim / heads * kvHeads;
    long hidden = hiddenDim;
    List<Kind> kinds = new ArrayList<>();
    kinds.add(new Kind("token_embd.weight", List.of((long) vocabSize, d)));
    kinds.add(new Kind("blk.{i}.attn_norm.weight", List.of(d)));
    kinds.add(new Kind("blk.{i}.attn_q.weight", List.of(d, d)));
    kinds.add(new Kind("blk.{i}.attn_k.weight", List.of(kv, d)));
    kinds.add(new Kind("blk.{i}.attn_v.weight", List.of(kv, d)));
    kinds.add(new Kind("blk.{i}.attn_output.weight", List.of(d, d)));
    kinds.add(new Kind("blk.{i}.ffn_norm.weight", List.of(d)));
    kinds.add(new Kind("blk.{i}.ffn_gate.weight", List.of(hidden, d)));
    kinds.add(new Kind("blk.{i}.ffn_down.weight", List.of(d, hidden)));
    kinds.add(new Kind("blk.{i}.ffn_up.weight", List.of(hidden, d)));
    kinds.add(new Kind("output_norm.weight", List.of(d)));
    return kinds;
  }

  /** Bytes of the tables of cosines and sines, which are computed anew instead. */
  private long ropeTables() {
    return 2L * Float.BYTES * multiplyExact((long) seqLen, dim / heads / 2);
  }

  private void checkSize() {
    long expected;
    try {
      expected = addExact(HEADER, ropeTables());
      for (Kind kind : kinds()) {
        long count = kind.perLayer() ? layers : 1;
        long bytes = DType.F32.bytes(StoredTensor.elements(kind.shape));
        expected = addExact(expected, multiplyExact(count, bytes));
      }
      if (!sharedClassifier) {
        expected = addExact(expected, multiplyExact(4L * vocabSize, dim));
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

  private void addTensors() {
    long at = HEADER;
    for (Kind kind : kinds()) {
      for (int i = 0; i < (kind.perLayer() ? layers : 1); i++) {
        at = add(kind.name.replace("{i}", Integer.toString(i)), kind.shape, at);
      }
    }
    if (!sharedClassifier) {
      add("output.weight", List.of((long) vocabSize, (long) dim), at + ropeTables());
    }
  }

  private long add(String name, List<Long> shape, long at) {
    long bytes = DType.F32.bytes(StoredTensor.elements(shape));
    tensors.put(name, new StoredTensor(name, DType.F32, shape, file.data().asSlice(at, bytes)));
    return at + bytes;
  }
}
