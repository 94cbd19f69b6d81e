package dev.puna.formats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files either open or are refused with one line, quickly. For more damage, give Maven
 * {@code -Dfuzz=100000}.
 */
class FuzzTest {
  private static final int MUTATIONS = Integer.getInteger("fuzz", 500);
  private static final long MOST_NANOS = 2_000_000_000L;

  @TempDir Path folder;

  private interface Opening {
    void open(Path file) throws IOException;
  }

  /** Opens the valid file, then its mutations, of which some must be refused and some not. */
  private void fuzz(String name, byte[] valid, Opening opening) throws IOException {
    Path file = folder.resolve(name);
    opening.open(Files.write(file, valid));
    int refused = 0;
    for (int seed = 0; seed < MUTATIONS; seed++) {
      Files.write(file, Mutations.mutate(valid, seed));
      long start = System.nanoTime();
      try {
        opening.open(file);
      } catch (PunaException e) {
        refused++;
        assertThat(e.getMessage()).as("seed " + seed).contains(name).doesNotContain("\n", "\r");
      } catch (RuntimeException | Error e) {
        throw new AssertionError(name + ", seed " + seed, e);
      }
      assertThat(System.nanoTime() - start).as("seed " + seed).isLessThan(MOST_NANOS);
    }
    assertThat(refused).isBetween(1, MUTATIONS - 1);
  }

  /** Reads every number, so that a slice outside the file would show. */
  private static void readAll(TensorFile file) {
    for (StoredTensor tensor : file.tensors().values()) {
      assertThat(tensor.elements()).isGreaterThanOrEqualTo(0);
      tensor.matrix().toArray();
    }
  }

  private static byte[] gguf() {
    Bytes out = new Bytes().ascii("GGUF").u32(3).u64(3).u64(6);
    out.string("general.architecture").u32(8).string("llama");
    out.string("llama.block_count").u32(4).u32(1);
    out.string("llama.rope.freq_base").u32(6).f32(10000);
    out.string("tokenizer.ggml.tokens").u32(9).u32(8).u64(3);
    out.string("<unk>").string("<s>").string("a");
    out.string("tokenizer.ggml.scores").u32(9).u32(6).u64(3).f32(0, -1, -2);
    out.string("nested").u32(9).u32(9).u64(1).u32(5).u64(2).u32(1).u32(2);
    out.string("token_embd.weight").u32(2).u64(32).u64(3).u32(0).u64(0);
    out.string("blk.0.attn_q.weight").u32(2).u64(32).u64(2).u32(8).u64(384);
    out.string("output_norm.weight").u32(1).u64(32).u32(1).u64(480);
    return out.align(32).raw(new byte[480 + 64]).toArray();
  }

  private static byte[] safetensors(String a, String b) {
    String entry = "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}";
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + entry.formatted(a, "F32", "2,3", 0, 24)
            + ","
            + entry.formatted(b, "BF16", "4", 24, 32)
            + "}";
    return Bytes.safetensors(header, 32);
  }

  @Test
  void ggufFile() throws IOException {
    fuzz(
        "m.gguf",
        gguf(),
        file -> {
          try (Gguf opened = Gguf.open(file)) {
            readAll(opened);
          }
        });
  }

  @Test
  void safetensorsFile() throws IOException {
    fuzz(
        "m.safetensors",
        safetensors("w", "v"),
        file -> {
          try (Safetensors opened = Safetensors.open(file)) {
            readAll(opened);
          }
        });
  }

  /** The index is damaged one time, a shard the other. */
  @Test
  void shards() throws IOException {
    String index =
        """
        {"metadata": {"total_size": 64},
         "weight_map": {"a": "s1.safetensors", "b": "s1.safetensors",
                        "c": "s2.safetensors", "d": "s2.safetensors"}}\
        """;
    Path indexFile = folder.resolve("model.safetensors.index.json");
    Files.writeString(indexFile, index);
    Files.write(folder.resolve("s1.safetensors"), safetensors("a", "b"));
    Files.write(folder.resolve("s2.safetensors"), safetensors("c", "d"));
    Opening opening =
        _ -> {
          try (Safetensors opened = Safetensors.open(indexFile)) {
            readAll(opened);
          }
        };
    fuzz("s2.safetensors", safetensors("c", "d"), opening);
    Files.write(folder.resolve("s2.safetensors"), safetensors("c", "d"));
    fuzz("model.safetensors.index.json", index.getBytes(UTF_8), opening);
  }

  @Test
  void llama2c() throws IOException {
    fuzz(
        "m.bin",
        Llama2cTest.small(false),
        file -> {
          try (Llama2c opened = Llama2c.open(file)) {
            readAll(opened);
          }
        });
  }

  @Test
  void llama2cOfOtherVersions() throws IOException {
    Opening opening =
        file -> {
          try (Llama2c opened = Llama2c.open(file)) {
            readAll(opened);
          }
        };
    fuzz("m.bin", Llama2cTest.versioned(1, true, 0), opening);
    fuzz("m.bin", Llama2cTest.versioned(2, false, 4), opening);
  }

  @Test
  void pyTorchFiles() throws IOException {
    Opening opening =
        file -> {
          try (PyTorch opened = PyTorch.open(file)) {
            readAll(opened);
          }
        };
    fuzz("m.bin", PyTorchTest.model().zip(), opening);
    fuzz("m.bin", PyTorchTest.model().zip(true, "little"), opening);
    fuzz("m.bin", PyTorchTest.model().legacy(), opening);
  }

  @Test
  void consolidatedShards() throws IOException {
    Files.write(folder.resolve("consolidated.00.pth"), ConsolidatedTest.shard(0));
    fuzz(
        "consolidated.01.pth",
        ConsolidatedTest.shard(1),
        _ -> {
          try (Consolidated opened = Consolidated.open(folder, 2, 2)) {
            readAll(opened);
          }
        });
  }

  @Test
  void splitGguf() throws IOException {
    Path first = folder.resolve("m-00001-of-00002.gguf");
    Files.write(first, GgufSplitTest.part(0, 2, 2, "a"));
    fuzz(
        "m-00002-of-00002.gguf",
        GgufSplitTest.part(1, 2, 2, "b"),
        _ -> {
          try (Gguf opened = Gguf.open(first)) {
            readAll(opened);
          }
        });
  }

  @Test
  void quantizedLayers() throws IOException {
    Config gptq =
        Config.of("m.safetensors", Map.of("quant_method", "gptq", "bits", 4, "group_size", 32));
    String entry = "\"l.%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}";
    String header =
        String.join(
            ",",
            entry.formatted("qweight", "I32", "8,8", 0, 256),
            entry.formatted("qzeros", "I32", "2,1", 256, 264),
            entry.formatted("scales", "F16", "2,8", 264, 296),
            entry.formatted("g_idx", "I32", "64", 296, 552));
    fuzz(
        "m.safetensors",
        Bytes.safetensors("{" + header + "}", 552),
        file -> {
          try (TensorFile opened = QuantizedFile.of(Safetensors.open(file), gptq)) {
            readAll(opened);
          }
        });
  }

  @Test
  void config() throws IOException {
    String json =
        """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "rms_norm_eps": 1e-05,
         "rope_scaling": {"factor": 8.0, "rope_type": "llama3"}, "torch_dtype": "float32",
         "tie_word_embeddings": false, "eos_token_id": null, "vocab_size": 256}\
        """;
    fuzz(
        "config.json",
        json.getBytes(UTF_8),
        file -> {
          Config config = Config.read(file);
          config.positive("hidden_size", 1);
          config.number("rms_norm_eps", 1);
          config.list("architectures");
          config.flag("tie_word_embeddings", true);
          Config rope = config.object("rope_scaling");
          if (rope != null) {
            rope.integer("factor", 1);
            rope.text("rope_type", null);
          }
        });
  }
}
