package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A layer of 4-bit numbers, scale·(q - zero), and how AutoGPTQ and AutoAWQ pack it; for tests,
 * independent of the classes that read them.
 */
public final class FourBitLayer {
  /** Of each input. */
  final int[] group;

  /** [inputs][outputs]. */
  public final int[][] q;

  /** [groups][outputs]. */
  public final int[][] zero;

  /** [groups][outputs], numbers of half precision. */
  public final float[][] scale;

  private final int outputs;

  public FourBitLayer(int[] group, int[][] q, int groups) {
    this.group = group;
    this.q = q;
    this.outputs = q[0].length;
    this.zero = new int[groups][outputs];
    this.scale = new float[groups][outputs];
  }

  /** Header and data of a safetensors file. */
  public static final class Parts {
    private final StringBuilder header = new StringBuilder();
    private final Bytes data = new Bytes();
    private int size;

    Parts add(String name, String dtype, String shape, byte[] bytes) {
      header.append(header.isEmpty() ? "{" : ",");
      header.append(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(name, dtype, shape, size, size + bytes.length));
      data.raw(bytes);
      size += bytes.length;
      return this;
    }

    /** A tensor as it is. */
    public Parts add(StoredTensor t) {
      return add(t.name(), t.type().name(), t.shape().toString(), t.data().toArray(JAVA_BYTE));
    }

    byte[] toArray() {
      String json = header + "}";
      return new Bytes().u64(json.length()).ascii(json).raw(data.toArray()).toArray();
    }

    public void write(Path file) throws IOException {
      Files.write(file, toArray());
    }
  }

  /** The weight that it stands for. */
  public float number(int output, int input) {
    int g = group[input];
    return scale[g][output] * (q[input][output] - zero[g][output]);
  }

  private byte[] scales() {
    Bytes bytes = new Bytes();
    for (float[] row : scale) {
      for (float s : row) {
        bytes.u16(Float.floatToFloat16(s));
      }
    }
    return bytes.toArray();
  }

  /** Along the inputs: bits 4·(i mod 8) of word i / 8. */
  private byte[] columns() {
    Bytes bytes = new Bytes();
    for (int i = 0; i < q.length; i += 8) {
      for (int o = 0; o < outputs; o++) {
        int word = 0;
        for (int j = 0; j < 8; j++) {
          word |= q[i + j][o] << 4 * j;
        }
        bytes.u32(word);
      }
    }
    return bytes.toArray();
  }

  /** Along the outputs: word j of eight holds output 8c + order[j] in bits 4j. */
  private byte[] rows(int[][] values, int less, int... order) {
    Bytes bytes = new Bytes();
    for (int[] row : values) {
      for (int o = 0; o < outputs; o += 8) {
        int word = 0;
        for (int j = 0; j < 8; j++) {
          word |= row[o + order[j]] - less << 4 * j;
        }
        bytes.u32(word);
      }
    }
    return bytes.toArray();
  }

  private byte[] order() {
    Bytes bytes = new Bytes();
    for (int g : group) {
      bytes.u32(g);
    }
    return bytes.toArray();
  }

  private static String shape(int rows, int cols) {
    return "[" + rows + "," + cols + "]";
  }

  /**
   * @param less what is taken from zeros as they are stored: 1, in gptq_v2 0
   * @param withOrder whether with g_idx
   */
  public Parts gptq(Parts parts, String stem, int less, boolean withOrder) {
    parts.add(stem + "qweight", "I32", shape(q.length / 8, outputs), columns());
    byte[] zeros = rows(zero, less, 0, 1, 2, 3, 4, 5, 6, 7);
    parts.add(stem + "qzeros", "I32", shape(zero.length, outputs / 8), zeros);
    if (withOrder) {
      parts.add(stem + "g_idx", "I32", "[" + q.length + "]", order());
    }
    return parts.add(stem + "scales", "F16", shape(zero.length, outputs), scales());
  }

  public Parts awq(Parts parts, String stem) {
    int[] order = {0, 2, 4, 6, 1, 3, 5, 7};
    parts.add(stem + "qweight", "I32", shape(q.length, outputs / 8), rows(q, 0, order));
    parts.add(stem + "qzeros", "I32", shape(zero.length, outputs / 8), rows(zero, 0, order));
    return parts.add(stem + "scales", "F16", shape(zero.length, outputs), scales());
  }
}
