package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of a llama2.c checkpoint (export.py of karpathy/llama2.c).
 *
 * @param version 0: seven integers alone; 1: a magic number before them, single precision; 2: as 1,
 *     with matrices in 8 bits
 * @param dim width of the residual stream
 * @param hiddenDim width of the feed-forward layer
 * @param kvHeads heads of keys and values; divides {@code heads}
 * @param vocabSize number of tokens
 * @param seqLen the longest sequence the model was trained for, in tokens
 * @param sharedClassifier whether the classifier is the embedding table, and output.weight absent
 * @param groupSize in version 2, how many numbers share a scale; 0 otherwise
 */
public record Llama2cHeader(
    int version,
    int dim,
    int hiddenDim,
    int layers,
    int heads,
    int kvHeads,
    int vocabSize,
    int seqLen,
    boolean sharedClassifier,
    int groupSize) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int MAGIC = 0x616b3432;
  private static final int BYTES = 7 * Integer.BYTES;
  private static final int VERSIONED_BYTES = 256;
  private static final int MOST_LAYERS = 10_000;

  /** Bytes of the header. */
  int bytes() {
    return version == 0 ? BYTES : VERSIONED_BYTES;
  }

  /**
   * Reads and checks it.
   *
   * @throws PunaException if it is no header, or of an unknown version
   */
  static Llama2cHeader read(MappedFile file) {
    if (file.size() < BYTES) {
      throw FileKind.refuse(file, "a llama2.c checkpoint");
    }
    Llama2cHeader header =
        file.data().get(INT, 0) == MAGIC ? versioned(file) : of(file.data(), 0, 0, false, 0);
    header.check(file);
    return header;
  }

  private static Llama2cHeader versioned(MappedFile file) {
    int version = file.data().get(INT, 4);
    if (version != 1 && version != 2) {
      throw new PunaException(
          file.path() + " is a llama2.c checkpoint of version " + version,
          "versions 0, 1 and 2 can be read");
    }
    if (file.size() < VERSIONED_BYTES) {
      throw file.damaged("ends within the header of a llama2.c checkpoint");
    }
    int flags = 8 + BYTES;
    boolean shared = file.data().get(ValueLayout.JAVA_BYTE, flags) != 0;
    int group = version == 2 ? file.data().get(INT, flags + 1) : 0;
    return of(file.data(), 8, version, shared, group);
  }

  private static Llama2cHeader of(
      MemorySegment data, int at, int version, boolean shared, int group) {
    int vocabulary = data.get(INT, at + 20);
    return new Llama2cHeader(
        version,
        data.get(INT, at),
        data.get(INT, at + 4),
        data.get(INT, at + 8),
        data.get(INT, at + 12),
        data.get(INT, at + 16),
        Math.abs(vocabulary), // version 0 has its flag in the sign, others none there
        data.get(INT, at + 24),
        version == 0 ? vocabulary > 0 : shared,
        group);
  }

  private void check(MappedFile file) {
    boolean positive =
        dim > 0
            && hiddenDim > 0
            && layers > 0
            && layers <= MOST_LAYERS
            && heads > 0
            && kvHeads > 0
            && vocabSize > 0
            && seqLen > 0
            && (version != 2 || groupSize > 0);
    if (positive && dim % heads == 0 && heads % kvHeads == 0 && dim / heads % 2 == 0) {
      return;
    }
    // Asked only now: version 0 has no magic number, and a dim of 640 looks like a pickle's.
    FileKind kind = FileKind.of(file.data());
    if (kind != FileKind.UNKNOWN && kind != FileKind.LLAMA2C) {
      throw FileKind.refuse(file, "a llama2.c checkpoint");
    }
    throw new PunaException(
        ("%s is not a llama2.c checkpoint: dim %d, hidden_dim %d, n_layers %d, n_heads %d,"
                + " n_kv_heads %d, vocab_size %d, seq_len %d make no model")
            .formatted(file.path(), dim, hiddenDim, layers, heads, kvHeads, vocabSize, seqLen),
        "check the path; if it is right, the file is damaged");
  }
}
