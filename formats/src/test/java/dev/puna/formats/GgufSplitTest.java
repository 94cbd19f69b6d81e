package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {
  @TempDir Path folder;

  /** A part with one tensor [1] of F32, or none; only the first knows the architecture. */
  static byte[] part(int number, int count, int tensors, String tensor) {
    boolean first = number == 0;
    Bytes out = new Bytes().ascii("GGUF").u32(3).u64(tensor.isEmpty() ? 0 : 1).u64(first ? 4 : 3);
    if (first) {
      out.string("general.architecture").u32(8).string("llama");
    }
    out.string("split.no").u32(2).u16(number);
    out.string("split.count").u32(2).u16(count);
    out.string("split.tensors.count").u32(5).u32(tensors);
    if (!tensor.isEmpty()) {
      out.string(tensor).u32(1).u64(1).u32(0).u64(0).align(32).f32(number).align(32);
    }
    return out.toArray();
  }

  private Path write(int number, byte[] bytes) throws IOException {
    return Files.write(folder.resolve("m-0000" + (number + 1) + "-of-00003.gguf"), bytes);
  }

  @BeforeEach
  void writeParts() throws IOException {
    write(0, part(0, 3, 2, ""));
    write(1, part(1, 3, 2, "a"));
    write(2, part(2, 3, 2, "b"));
  }

  private void refused(int named, String... fragments) {
    Path file = folder.resolve("m-0000" + (named + 1) + "-of-00003.gguf");
    assertThatThrownBy(() -> Gguf.open(file).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments);
  }

  @Test
  void opensAllPartsWhicheverIsNamed() throws IOException {
    for (int i = 1; i <= 3; i++) {
      try (Gguf file = Gguf.open(folder.resolve("m-0000" + i + "-of-00003.gguf"))) {
        assertThat(file.tensors().keySet()).containsExactly("a", "b");
        assertThat(file.tensors().get("b").matrix().toArray()).containsExactly(2);
        assertThat(file.metadata().text("general.architecture")).isEqualTo("llama");
        assertThat(file.encodedMetadata()).containsOnlyKeys("general.architecture");
      }
    }
  }

  @Test
  void refusesPartsThatDoNotBelongTogether() throws IOException {
    write(2, part(1, 3, 2, "b"));
    refused(0, "calls itself part 2 of 3");
    write(2, part(2, 3, 2, "a"));
    refused(0, "two tensors named 'a'");
    write(2, part(2, 3, 2, ""));
    refused(0, "1 tensors in its parts instead of 2");
    Files.delete(folder.resolve("m-00003-of-00003.gguf"));
    refused(1, "m-00003-of-00003.gguf is missing");
    Path renamed = Files.copy(folder.resolve("m-00001-of-00003.gguf"), folder.resolve("m.gguf"));
    assertThatThrownBy(() -> Gguf.open(renamed)).message().contains("not named like one");
  }
}
