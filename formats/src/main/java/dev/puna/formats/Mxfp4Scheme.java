package dev.puna.formats;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Matrices of 4-bit numbers in blocks of 32 with a power of two each (quant_method "mxfp4"):
 * NAME_blocks [..., rows, blocks, 16] holds two neighbours in a byte, the first in its lower half;
 * NAME_scales [..., rows, blocks] holds exponents, plus 127. Seen as NAME_blocks of type {@link
 * DType#MXFP4}, [..., rows, 32·blocks].
 */
record Mxfp4Scheme() implements QuantizedFile.Scheme {
  private static final String BLOCKS = "_blocks";
  private static final String SCALES = "_scales";
  private static final int HALF = 16;

  @Override
  public SequencedMap<String, StoredTensor> tensors(TensorFile file) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(file.tensors());
    for (OtherTensor blocks : file.others().values()) {
      if (blocks.name().endsWith(BLOCKS)) {
        String stem = blocks.name().substring(0, blocks.name().length() - BLOCKS.length());
        tensors.put(blocks.name(), matrix(file, blocks, file.others().get(stem + SCALES)));
      }
    }
    return tensors;
  }

  private static StoredTensor matrix(
      TensorFile file, OtherTensor blocks, @Nullable OtherTensor scales) {
    List<Long> shape = blocks.shape();
    boolean fits =
        scales != null
            && blocks.type().equals("U8")
            && scales.type().equals("U8")
            && shape.size() >= 3
            && shape.getLast() == HALF
            && scales.shape().equals(shape.subList(0, shape.size() - 1));
    if (!fits || scales == null) {
      throw new PunaException(
          "%s: %s of type %s, shape %s, has no scales to fit"
              .formatted(file.path(), blocks.name(), blocks.type(), shape),
          "mxfp4 wants U8 blocks of 16 bytes and a U8 scale for each; get the file again");
    }
    List<Long> whole = new ArrayList<>(shape.subList(0, shape.size() - 2));
    whole.add(2 * HALF * shape.get(shape.size() - 2));
    return new StoredTensor(
        blocks.name(),
        DType.MXFP4,
        whole,
        (StoredTensor.Made) arena -> packed(arena, blocks.data(), scales.data()));
  }

  /** Byte j of a block holds numbers j and j + 16 here, and 2j and 2j + 1 there. */
  private static MemorySegment packed(Arena arena, MemorySegment blocks, MemorySegment scales) {
    int block = DType.MXFP4.blockBytes();
    long count = scales.byteSize();
    MemorySegment target = arena.allocate(count * block, 64);
    for (long b = 0; b < count; b++) {
      target.set(JAVA_BYTE, b * block, scales.get(JAVA_BYTE, b));
      for (int j = 0; j < HALF; j++) {
        int low = number(blocks, b, j);
        int high = number(blocks, b, j + HALF);
        target.set(JAVA_BYTE, b * block + 1 + j, (byte) (low | high << 4));
      }
    }
    return target;
  }

  private static int number(MemorySegment blocks, long block, int i) {
    int pair = blocks.get(JAVA_BYTE, block * HALF + i / 2);
    return (i % 2 == 0 ? pair : pair >> 4) & 15;
  }
}
