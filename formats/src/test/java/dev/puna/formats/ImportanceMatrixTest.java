package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both forms that llama-imatrix writes, laid out by hand. */
class ImportanceMatrixTest {
  @TempDir Path folder;

  @Test
  void readsSumsAndCallsOfTheOlderForm() throws IOException {
    Path file = older("blk.0.attn_q.weight", 4, 2, 4, 6, 8);
    ImportanceMatrix matrix = ImportanceMatrix.read(file);
    assertThat(matrix.of("blk.0.attn_q.weight", 4, 1)).containsExactly(0.5f, 1, 1.5f, 2);
    assertThat(matrix.of("blk.1.attn_q.weight", 4, 1)).isNull();
    assertThatThrownBy(() -> matrix.of("blk.0.attn_q.weight", 5, 1))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("has 4 columns for blk.0.attn_q.weight, which has 5");
  }

  private Path older(String name, int calls, float... values) throws IOException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(4 + 4 + text.length + 4 + 4 + 4 * values.length + 4)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(1)
            .putInt(text.length)
            .put(text)
            .putInt(calls)
            .putInt(values.length);
    for (float value : values) {
      out.putFloat(value);
    }
    out.putInt(17); // calls of the last run, which newer versions of the form add
    return Files.write(folder.resolve("imatrix.dat"), out.array());
  }

  /** Two experts, one of which met nothing. */
  @Test
  void readsSumsAndCountsOfGguf() {
    Path file = gguf(new float[] {8, 4, 0, 0}, new float[] {4, 0});
    ImportanceMatrix matrix = ImportanceMatrix.read(file);
    assertThat(matrix.of("blk.0.ffn_up_exps.weight", 2, 2)).containsExactly(2, 1, 1, 1);
  }

  private Path gguf(float[] sums, float[] counts) {
    Path file = folder.resolve("imatrix.gguf");
    Map<String, float[]> tensors =
        Map.of("blk.0.ffn_up_exps.weight.in_sum2", sums, "blk.0.ffn_up_exps.weight.counts", counts);
    GgufWriter.write(
        file,
        new LinkedHashMap<>(Map.of("general.type", "imatrix")),
        List.of(
            new GgufWriter.Entry("blk.0.ffn_up_exps.weight.in_sum2", DType.F32, List.of(2L, 2L)),
            new GgufWriter.Entry("blk.0.ffn_up_exps.weight.counts", DType.F32, List.of(2L, 1L))),
        entry -> MemorySegment.ofArray(tensors.get(entry.name())));
    return file;
  }

  @Test
  void refusesWhatCannotBeMeans() throws IOException {
    for (float bad : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
      Path file = gguf(new float[] {8, bad, 0, 0}, new float[] {4, 0});
      assertThatThrownBy(() -> ImportanceMatrix.read(file))
          .isInstanceOf(PunaException.class)
          .hasMessageContaining("for a column of blk.0.ffn_up_exps.weight");
    }
    Path text = Files.writeString(folder.resolve("a.txt"), "{\"no\": \"matrix\"}");
    assertThatThrownBy(() -> ImportanceMatrix.read(text)).isInstanceOf(PunaException.class);
  }

  @Test
  void damagedFilesAreRefusedOrRead() throws IOException {
    byte[] whole = Files.readAllBytes(older("blk.0.attn_q.weight", 4, 2, 4, 6, 8));
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      int length = random.nextInt(4) == 0 ? random.nextInt(1, damaged.length) : damaged.length;
      Path file =
          Files.write(folder.resolve("damaged.dat"), java.util.Arrays.copyOf(damaged, length));
      try {
        ImportanceMatrix.read(file);
      } catch (PunaException e) {
        assertThat(e.getMessage()).hasLineCount(1);
        refused++;
      }
    }
    assertThat(refused).isBetween(100, 499);
  }
}
