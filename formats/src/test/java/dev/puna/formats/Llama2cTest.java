package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Llama2cTest {
  @TempDir Path folder;

  /** dim 4, hidden 3, 2 layers, 2 heads, 1 kv head, 5 tokens, 6 positions; number i is i. */
  static byte[] small(boolean shared) {
    Bytes out = new Bytes().u32(4).u32(3).u32(2).u32(2).u32(1).u32(shared ? 5 : -5).u32(6);
    int perLayer = 4 + 16 + 8 + 8 + 16 + 4 + 12 + 12 + 12;
    int numbers = 5 * 4 + 2 * perLayer + 4 + 6 + 6 + (shared ? 0 : 5 * 4);
    for (int i = 0; i < numbers; i++) {
      out.f32(i);
    }
    return out.toArray();
  }

  /** The same model in version 1: the numbers count on in that version's order. */
  static byte[] versioned(int version, boolean shared, int group) {
    Bytes out = new Bytes().u32(0x616b3432).u32(version);
    out.u32(4).u32(3).u32(2).u32(2).u32(1).u32(5).u32(6).u8(shared ? 1 : 0);
    out.u32(group).raw(new byte[256 - 41]);
    for (int i = 0; i < 2 * 4 + 2 * 4 + 4; i++) {
      out.f32(i);
    }
    int[] matrices = {20, 16, 16, 8, 8, 8, 8, 16, 16, 12, 12, 12, 12, 12, 12, 20};
    for (int m = 0; m < (shared ? 15 : 16); m++) {
      for (int i = 0; i < matrices[m]; i++) {
        if (version == 2) {
          out.u8(i - 5);
        } else {
          out.f32(100 * m + i);
        }
      }
      for (int i = 0; version == 2 && i < matrices[m] / group; i++) {
        out.f32(m + 0.25f * i);
      }
    }
    return out.toArray();
  }

  @Test
  void readsVersion1() throws IOException {
    byte[] bytes = versioned(1, false, 0);
    try (Llama2c model = Llama2c.open(Files.write(folder.resolve("m.bin"), bytes))) {
      assertThat(model.header().version()).isEqualTo(1);
      assertThat(model.header().sharedClassifier()).isFalse();
      at(model, "blk.1.attn_norm.weight", 4, 4);
      at(model, "blk.0.ffn_norm.weight", 8, 4);
      at(model, "output_norm.weight", 16, 4);
      at(model, "token_embd.weight", 0, 5, 4);
      at(model, "blk.1.attn_q.weight", 200, 4, 4);
      at(model, "blk.0.attn_k.weight", 300, 2, 4);
      at(model, "blk.1.attn_v.weight", 600, 2, 4);
      at(model, "blk.0.attn_output.weight", 700, 4, 4);
      at(model, "blk.0.ffn_gate.weight", 900, 3, 4);
      at(model, "blk.1.ffn_down.weight", 1200, 4, 3);
      at(model, "blk.1.ffn_up.weight", 1400, 3, 4);
      at(model, "output.weight", 1500, 5, 4);
    }
  }

  /** Groups of 4 numbers, across the ends of rows of 3: number i is (i - 5)·(m + i / 4 / 4). */
  @Test
  void readsVersion2() throws IOException {
    byte[] bytes = versioned(2, true, 4);
    try (Llama2c model = Llama2c.open(Files.write(folder.resolve("m.bin"), bytes))) {
      assertThat(model.tensors()).hasSize(20).doesNotContainKey("output.weight");
      at(model, "blk.1.ffn_norm.weight", 12, 4);
      float[] down = model.tensors().get("blk.0.ffn_down.weight").matrix().toArray();
      for (int i = 0; i < 12; i++) {
        assertThat(down[i]).isEqualTo((i - 5) * (11 + 0.25f * (i / 4)));
      }
    }
    refused(versioned(2, true, 8), "groups of 8");
  }

  private void refused(byte[] bytes, String... fragments) throws IOException {
    Path file = Files.write(folder.resolve("m.bin"), bytes);
    assertThatThrownBy(() -> Llama2c.open(file))
        .isInstanceOf(PunaException.class)
        .message()
        .contains("m.bin")
        .contains(fragments);
  }

  @Test
  void findsEveryTensor() throws IOException {
    try (Llama2c model = Llama2c.open(Files.write(folder.resolve("m.bin"), small(false)))) {
      assertThat(model.header().dim()).isEqualTo(4);
      assertThat(model.header().hiddenDim()).isEqualTo(3);
      assertThat(model.header().layers()).isEqualTo(2);
      assertThat(model.header().heads()).isEqualTo(2);
      assertThat(model.header().kvHeads()).isEqualTo(1);
      assertThat(model.header().vocabSize()).isEqualTo(5);
      assertThat(model.header().seqLen()).isEqualTo(6);
      assertThat(model.header().sharedClassifier()).isFalse();
      assertThat(model.tensors()).hasSize(1 + 2 * 9 + 2);
      at(model, "token_embd.weight", 0, 5, 4);
      at(model, "blk.0.attn_norm.weight", 20, 4);
      at(model, "blk.1.attn_norm.weight", 24, 4);
      at(model, "blk.0.attn_q.weight", 28, 4, 4);
      at(model, "blk.1.attn_q.weight", 44, 4, 4);
      at(model, "blk.0.attn_k.weight", 60, 2, 4);
      at(model, "blk.1.attn_v.weight", 84, 2, 4);
      at(model, "blk.0.attn_output.weight", 92, 4, 4);
      at(model, "blk.1.ffn_norm.weight", 128, 4);
      at(model, "blk.0.ffn_gate.weight", 132, 3, 4);
      at(model, "blk.0.ffn_down.weight", 156, 4, 3);
      at(model, "blk.1.ffn_up.weight", 192, 3, 4);
      at(model, "output_norm.weight", 204, 4);
      at(model, "output.weight", 220, 5, 4); // after the 12 numbers of the tables
    }
  }

  private static void at(Llama2c model, String name, int first, Integer... shape) {
    StoredTensor tensor = model.tensors().get(name);
    assertThat(tensor.shape()).extracting(Long::intValue).containsExactly(shape);
    assertThat(tensor.matrix().toArray()[0]).as(name).isEqualTo(first);
  }

  @Test
  void sharesTheClassifierWhereTheVocabularyIsPositive() throws IOException {
    try (Llama2c model = Llama2c.open(Files.write(folder.resolve("m.bin"), small(true)))) {
      assertThat(model.header().sharedClassifier()).isTrue();
      assertThat(model.tensors()).doesNotContainKey("output.weight");
    }
  }

  @Test
  void refusesOtherSizesAndVersions() throws IOException {
    byte[] bytes = small(true);
    refused(new Bytes().raw(bytes).u8(0).toArray(), (bytes.length + 1) + " bytes");
    refused(Arrays.copyOf(bytes, bytes.length - 4), "has " + bytes.length);
    refused(new byte[27], "not a llama2.c");
    refused(new byte[28], "not a llama2.c", "dim 0");
    refused(new Bytes().u32(0x616b3432).u32(1).raw(new byte[256]).toArray(), "dim 0");
    refused(new Bytes().ascii("GGUF").u32(3).raw(new byte[99]).toArray(), "a GGUF file");
    refused(new Bytes().u32(0x616b3432).u32(3).raw(new byte[256]).toArray(), "version 3");
    refused(Arrays.copyOf(versioned(1, true, 0), 200), "within the header");
    Bytes huge = new Bytes().u32(1 << 30).u32(1 << 30).u32(9999).u32(1).u32(1);
    refused(huge.u32(1 << 30).u32(1 << 30).toArray(), "has 28 bytes");
    Bytes least = new Bytes().u32(4).u32(3).u32(2).u32(2).u32(1).u32(0x80000000L).u32(6);
    refused(least.toArray(), "not a llama2.c");
  }

  /** Their first bytes are those of a pickle: 640 and 896 are widths that models have. */
  @Test
  void readsAWidthThatLooksLikeAPickle() throws IOException {
    Bytes out = new Bytes().u32(640).u32(1).u32(1).u32(320).u32(320).u32(1).u32(1);
    out.raw(new byte[4 * (640 + 640 + 4 * 640 * 640 + 640 + 3 * 640 + 640 + 2)]);
    try (Llama2c model = Llama2c.open(Files.write(folder.resolve("m.bin"), out.toArray()))) {
      assertThat(model.header().dim()).isEqualTo(640);
    }
  }

  /**
   * The same model in both containers: all weights are equal bit for bit, attn_q and attn_k among
   * them, so their rows have the same order. The GGUF file also stores the classifier, equal to the
   * embedding table that llama2.c shares.
   */
  @Test
  void holdsTheWeightsOfTheGgufFile() {
    try (Llama2c model = Llama2c.open(Shared.path("models/stories260K.bin"));
        Gguf gguf = Gguf.open(Shared.path("models/stories260K.gguf"))) {
      var names = new TreeSet<>(model.tensors().keySet());
      names.add("output.weight");
      assertThat(gguf.tensors().keySet()).containsExactlyInAnyOrderElementsOf(names);
      model.tensors().forEach((name, tensor) -> same(tensor, gguf.tensors().get(name)));
      var embedding = model.tensors().get("token_embd.weight");
      assertThat(gguf.tensors().get("output.weight").data().mismatch(embedding.data()))
          .isEqualTo(-1);
    }
  }

  @Test
  void readsASecondRealModel() {
    try (Llama2c model = Llama2c.open(Shared.path("models/llama2xs/model.bin"))) {
      assertThat(model.header().hiddenDim()).isEqualTo(192);
      assertThat(model.header().seqLen()).isEqualTo(256);
    }
  }

  private static void same(StoredTensor a, StoredTensor b) {
    assertThat(b.shape()).as(a.name()).isEqualTo(a.shape());
    assertThat(b.data().mismatch(a.data())).as(a.name()).isEqualTo(-1);
  }
}
