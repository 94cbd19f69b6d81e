package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.SafetensorsWriter.Entry;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  private static final List<Entry> ENTRIES =
      List.of(
          new Entry("a", DType.F16, List.of(3L)),
          new Entry("b", DType.F32, List.of(2L, 3L)),
          new Entry("c", DType.BF16, List.of(4L)),
          new Entry("scalar", DType.F32, List.of()));

  @TempDir Path folder;

  /** Number i of tensor n is n + i. */
  private static MemorySegment numbers(Entry entry) {
    int count = (int) StoredTensor.elements(entry.shape());
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = ENTRIES.indexOf(entry) + i;
    }
    MemorySegment data = Arena.ofAuto().allocate(entry.bytes());
    entry.type().encode(x, 0, count, data, 0);
    return data;
  }

  private void check() {
    try (Safetensors file = Safetensors.open(folder)) {
      assertThat(file.tensors()).hasSize(ENTRIES.size());
      for (Entry entry : ENTRIES) {
        StoredTensor tensor = file.tensors().get(entry.name());
        assertThat(tensor.type()).isEqualTo(entry.type());
        assertThat(tensor.shape()).isEqualTo(entry.shape());
        assertThat(tensor.data().mismatch(numbers(entry))).isEqualTo(-1);
      }
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> String.valueOf(f.getFileName())).sorted().toList();
    }
  }

  @Test
  void writesOneFile() throws IOException {
    SafetensorsWriter.write(folder, ENTRIES, 1000, SafetensorsWriterTest::numbers);
    assertThat(files()).containsExactly("model.safetensors");
    check();
    byte[] bytes = Files.readAllBytes(folder.resolve("model.safetensors"));
    assertThat(new String(bytes, 8, 40, java.nio.charset.StandardCharsets.US_ASCII))
        .startsWith("{\"__metadata__\":{\"format\":\"pt\"}");
    assertThat(bytes[0] % 8).isZero(); // tensors begin at a multiple of eight
  }

  @Test
  void writesShardsWithTheirIndex() throws IOException {
    SafetensorsWriter.write(folder, ENTRIES, 30, SafetensorsWriterTest::numbers);
    assertThat(files())
        .containsExactly(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json");
    check();
    Config index = Config.read(folder.resolve("model.safetensors.index.json"));
    assertThat(Objects.requireNonNull(index.object("metadata")).integer("total_size"))
        .isEqualTo(6 + 24 + 8 + 4);
    assertThat(Objects.requireNonNull(index.object("weight_map")).text("c"))
        .isEqualTo("model-00002-of-00002.safetensors");
  }

  /** A tensor larger than the limit has a file of its own. */
  @Test
  void neverDividesATensor() throws IOException {
    SafetensorsWriter.write(folder, ENTRIES, 1, SafetensorsWriterTest::numbers);
    assertThat(files()).hasSize(5);
    check();
  }

  @Test
  void leavesNothingBehindWhenItFails() throws IOException {
    List<String> asked = new ArrayList<>();
    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(
                    folder,
                    ENTRIES,
                    1,
                    entry -> {
                      asked.add(entry.name());
                      if (asked.size() == 3) {
                        throw new IllegalStateException("in the third shard");
                      }
                      return numbers(entry);
                    }))
        .hasMessage("in the third shard");
    assertThat(asked).containsExactly("a", "b", "c");
    assertThat(files()).isEmpty();
  }

  @Test
  void refusesWhatCannotBeStored() throws IOException {
    refused(List.of(new Entry("q", DType.Q8_0, List.of(32L))), "no type Q8_0", "'q'");
    refused(List.of(ENTRIES.getFirst(), ENTRIES.getFirst()), "'a' is taken");
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{}");
    refused(ENTRIES, "already holds a checkpoint");
  }

  private void refused(List<Entry> entries, String... fragments) {
    assertThatThrownBy(
            () -> SafetensorsWriter.write(folder, entries, 1000, SafetensorsWriterTest::numbers))
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments);
  }
}
