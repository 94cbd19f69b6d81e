package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
  @TempDir Path folder;

  private static MemorySegment encoded(DType type, float[] numbers) {
    MemorySegment data = MemorySegment.ofArray(new byte[(int) type.bytes(numbers.length)]);
    type.encode(numbers, 0, numbers.length, data, 0);
    return data;
  }

  /** Every byte of a small file, from the specification. */
  @Test
  void writesTheSpecifiedBytes() throws IOException {
    SequencedMap<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("a.text", "é");
    metadata.put("general.alignment", 64);
    metadata.put("a.u32", 5);
    metadata.put("a.i32", -5);
    metadata.put("a.u64", 5L);
    metadata.put("a.f32", 1.5f);
    metadata.put("a.flag", true);
    metadata.put("a.texts", List.of("x", "yz"));
    metadata.put("a.i32s", new int[] {1, -1});
    metadata.put("a.f32s", new float[] {0.5f});
    metadata.put("a.i8s", new byte[] {1, -1});
    Path file = folder.resolve("a.gguf");
    GgufWriter.write(
        file,
        metadata,
        List.of(
            new GgufWriter.Entry("v", DType.F32, List.of(3L)),
            new GgufWriter.Entry("m", DType.Q8_0, List.of(1L, 32L))),
        entry ->
            entry.name().equals("v")
                ? MemorySegment.ofArray(new float[] {1, 2, 3})
                : encoded(DType.Q8_0, new float[32]));

    Bytes wanted = new Bytes().u8('G', 'G', 'U', 'F').u32(3).u64(2).u64(10);
    wanted.u64(6).ascii("a.text").u32(8).u64(2).u8(0xc3, 0xa9);
    wanted.u64(5).ascii("a.u32").u32(4).u32(5);
    wanted.u64(5).ascii("a.i32").u32(5).u8(0xfb, 0xff, 0xff, 0xff);
    wanted.u64(5).ascii("a.u64").u32(10).u64(5);
    wanted.u64(5).ascii("a.f32").u32(6).u8(0, 0, 0xc0, 0x3f);
    wanted.u64(6).ascii("a.flag").u32(7).u8(1);
    wanted.u64(7).ascii("a.texts").u32(9).u32(8).u64(2).u64(1).ascii("x").u64(2).ascii("yz");
    wanted.u64(6).ascii("a.i32s").u32(9).u32(5).u64(2).u32(1).u8(0xff, 0xff, 0xff, 0xff);
    wanted.u64(6).ascii("a.f32s").u32(9).u32(6).u64(1).u8(0, 0, 0, 0x3f);
    wanted.u64(5).ascii("a.i8s").u32(9).u32(1).u64(2).u8(1, 0xff);
    wanted.u64(1).ascii("v").u32(1).u64(3).u32(0).u64(0);
    wanted.u64(1).ascii("m").u32(2).u64(32).u64(1).u32(8).u64(32).align(32);
    wanted.u8(0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40).align(32);
    wanted.raw(new byte[34]).align(32);
    assertThat(Files.readAllBytes(file)).isEqualTo(wanted.toArray());
  }

  @Test
  void roundTripsEveryType() {
    Random random = new Random(1);
    float[] numbers = new float[4 * 256];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    List<GgufWriter.Entry> entries = new ArrayList<>();
    Map<String, MemorySegment> data = new LinkedHashMap<>();
    for (DType type : DType.values()) {
      if (!GgmlType.has(type)) {
        continue;
      }
      entries.add(new GgufWriter.Entry("t." + type, type, List.of(2L, 2L, 256L)));
      data.put("t." + type, encoded(type, numbers));
    }
    Path file = folder.resolve("all.gguf");
    GgufWriter.write(file, new LinkedHashMap<>(), entries, entry -> data.get(entry.name()));
    try (Gguf gguf = Gguf.open(file)) {
      assertThat(gguf.tensors().keySet()).containsExactlyElementsOf(data.keySet());
      for (GgufWriter.Entry entry : entries) {
        StoredTensor tensor = gguf.tensors().get(entry.name());
        assertThat(tensor.type()).isEqualTo(entry.type());
        assertThat(tensor.shape()).containsExactly(2L, 2L, 256L);
        assertThat(tensor.matrix().rows()).isEqualTo(4);
        assertThat(tensor.data().mismatch(data.get(entry.name()))).isEqualTo(-1);
      }
    }
  }

  /** A copy has the same metadata bytes: types that look alike in Java are kept. */
  @Test
  void copiesARealModelByteForByte() throws IOException {
    Path original = Shared.path("models/stories260K.gguf");
    Path copy = folder.resolve("copy.gguf");
    try (Gguf gguf = Gguf.open(original)) {
      List<GgufWriter.Entry> entries =
          gguf.tensors().values().stream()
              .map(t -> new GgufWriter.Entry(t.name(), t.type(), t.shape()))
              .toList();
      GgufWriter.write(
          copy, gguf.encodedMetadata(), entries, entry -> gguf.tensors().get(entry.name()).data());
    }
    assertThat(Files.mismatch(original, copy)).isEqualTo(-1);
  }

  @Test
  void refusesWhatGgufCannotHold() {
    refused(new GgufWriter.Entry("", DType.F32, List.of(1L)), "name of 0 bytes");
    refused(new GgufWriter.Entry("n".repeat(64), DType.F32, List.of(1L)), "name of 64 bytes");
    refused(new GgufWriter.Entry("w", DType.F32, List.of()), "'w'", "shape []");
    refused(new GgufWriter.Entry("w", DType.F32, List.of(2L, 0L)), "'w'", "shape [2, 0]");
    refused(new GgufWriter.Entry("w", DType.F32, List.of(1L, 1L, 1L, 1L, 1L)), "4 dimensions");
    refused(new GgufWriter.Entry("w", DType.Q4_0, List.of(2L, 172L)), "rows of 172", "Q4_0");
  }

  private void refused(GgufWriter.Entry entry, String... fragments) {
    Path file = folder.resolve("bad.gguf");
    assertThatThrownBy(
            () ->
                GgufWriter.write(
                    file, new LinkedHashMap<>(), List.of(entry), _ -> MemorySegment.NULL))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("bad.gguf")
        .contains(fragments);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void leavesNothingBehindWhenATensorFails() {
    Path file = folder.resolve("w.gguf");
    var entry = new GgufWriter.Entry("w", DType.F32, List.of(8L));
    var none = new LinkedHashMap<String, Object>();
    assertThatThrownBy(
            () ->
                GgufWriter.write(
                    file, none, List.of(entry), _ -> MemorySegment.ofArray(new byte[31])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("31 bytes instead of 32");
    assertThatThrownBy(
            () ->
                GgufWriter.write(
                    file,
                    none,
                    List.of(entry),
                    _ -> {
                      throw new PunaException("no weights", "find some");
                    }))
        .isInstanceOf(PunaException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void asksForOneTensorAtATimeInOrder() throws IOException {
    List<String> asked = new ArrayList<>();
    Path file = folder.resolve("o.gguf");
    MemorySegment shared = MemorySegment.ofArray(new byte[4]);
    GgufWriter.write(
        file,
        new LinkedHashMap<>(),
        List.of(
            new GgufWriter.Entry("b", DType.F32, List.of(1L)),
            new GgufWriter.Entry("a", DType.F32, List.of(1L))),
        entry -> {
          asked.add(entry.name());
          shared.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, asked.size());
          return shared;
        });
    assertThat(asked).containsExactly("b", "a");
    try (Gguf gguf = Gguf.open(file)) {
      assertThat(gguf.tensors().get("b").matrix().toArray()).containsExactly(1);
      assertThat(gguf.tensors().get("a").matrix().toArray()).containsExactly(2);
    }
  }
}
