package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.formats.Gguf;
import dev.puna.formats.PyTorch;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TorchWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files end in one line, never in a stack trace, whole command lines through. */
class DamageTest {
  private static final int FILES = Integer.getInteger("puna.fuzz", 500);

  @TempDir Path folder;

  @Test
  void gguf() throws IOException {
    byte[] valid = Files.readAllBytes(small());
    fuzz("model.gguf", valid, header(valid));
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors", "tokenizer.model"})
  void huggingFaceDirectory(String damaged) throws IOException {
    copy(Shared.data("fixtures/llama_gqa"), "config.json", "model.safetensors");
    copy(Shared.data("models/stories-7m"), "tokenizer.model");
    byte[] valid = Files.readAllBytes(folder.resolve(damaged));
    int header = damaged.equals("model.safetensors") ? 3000 : valid.length;
    fuzz(damaged, valid, header);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors.index.json", "model-00002-of-00004.safetensors"})
  void shards(String damaged) throws IOException {
    Path source = Shared.data("fixtures/llama_sharded");
    copy(source, "config.json", "model.safetensors.index.json");
    for (int i = 1; i <= 4; i++) {
      copy(source, "model-0000" + i + "-of-00004.safetensors");
    }
    byte[] valid = Files.readAllBytes(folder.resolve(damaged));
    fuzz(damaged, valid, Math.min(valid.length, 2000));
  }

  @Test
  void llama2c() throws IOException {
    byte[] valid = Files.readAllBytes(Shared.data("models/stories260K.bin"));
    fuzz("model.bin", valid, 28);
  }

  @Test
  void pytorch() throws IOException {
    copy(Shared.data("fixtures/llama_bin"), "config.json", "pytorch_model.bin");
    byte[] valid = Files.readAllBytes(folder.resolve("pytorch_model.bin"));
    fuzz("pytorch_model.bin", valid, 3500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"params.json", "consolidated.00.pth"})
  void metasLayout(String damaged) throws IOException {
    copy(Shared.data("fixtures/llama_bin"), "pytorch_model.bin");
    Files.move(folder.resolve("pytorch_model.bin"), folder.resolve("consolidated.00.pth"));
    renameWeights(folder.resolve("consolidated.00.pth"));
    Files.writeString(
        folder.resolve("params.json"),
        """
        {"dim": 64, "n_layers": 3, "n_heads": 4, "n_kv_heads": 2, "norm_eps": 1e-05}\
        """);
    byte[] valid = Files.readAllBytes(folder.resolve(damaged));
    Puna whole = Puna.run("run", "-m", folder, "--ids", "1,2,3", "-n", 2, "--temp", 0);
    assertThat(whole.status()).as(whole.err()).isZero();
    fuzz(damaged, valid, Math.min(valid.length, 3500));
  }

  /** Under Meta's names; the order of rows, and so the text, does not matter here. */
  private static void renameWeights(Path file) throws IOException {
    TorchWriter writer = new TorchWriter();
    try (PyTorch torch = PyTorch.open(file)) {
      for (StoredTensor t : torch.tensors().values()) {
        writer.add(
            new StoredTensor(MetaContainersTest.metaName(t.name()), t.type(), t.shape(), t.data()));
      }
      Files.write(file, writer.zip());
    }
  }

  private void copy(Path from, String... names) throws IOException {
    for (String name : names) {
      Files.copy(from.resolve(name), folder.resolve(name));
    }
  }

  private Path small() {
    Path target = folder.resolve("small.gguf");
    Puna.run("convert", Shared.data("fixtures/llama_gqa"), target, "--type", "Q8_0");
    return target;
  }

  private static int header(byte[] gguf) {
    return Math.min(gguf.length, 4000);
  }

  /** Damages the file over and over; most of the damage goes where the sizes and offsets are. */
  private void fuzz(String name, byte[] valid, int header) throws IOException {
    Path file = folder.resolve(name);
    String model =
        name.contains(".gguf") || name.equals("model.bin") ? file.toString() : folder.toString();
    int refused = 0;
    for (int seed = 0; seed < FILES; seed++) {
      Files.write(file, damage(valid, header, new Random(seed)));
      long begin = System.nanoTime();
      Puna result = Puna.run("run", "-m", model, "--ids", "1,2,3", "-n", 2, "--temp", 0);
      assertThat((System.nanoTime() - begin) / 1e9).as("%s, seed %d", name, seed).isLessThan(2);
      if (result.status() != 0) {
        refused++;
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
            .as("%s, seed %d", name, seed)
            .startsWith("puna: ")
            .doesNotContain("defect")
            .hasLineCount(1);
      }
    }
    assertThat(refused).as("of %d damaged files", FILES).isGreaterThan(FILES / 20);
  }

  private static byte[] damage(byte[] valid, int header, Random random) {
    byte[] bytes = valid.clone();
    int kind = random.nextInt(6);
    int at = random.nextInt(random.nextInt(4) == 0 ? bytes.length : header);
    switch (kind) {
      case 0 -> bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        long[] hostile = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62, 0, 1L << 32, 0x7fffffffL};
        long value = hostile[random.nextInt(hostile.length)];
        for (int i = 0; i < 8 && at + i < bytes.length; i++) {
          bytes[at + i] = (byte) (value >> 8 * i);
        }
      }
      case 3 -> {
        for (int i = 0; i < 32; i++) {
          bytes[random.nextInt(header)] = (byte) random.nextInt();
        }
      }
      case 4 -> {
        int length = Math.min(random.nextInt(64), bytes.length - at);
        System.arraycopy(valid, random.nextInt(valid.length - length), bytes, at, length);
      }
      default -> {
        int cut = Math.min(1 + random.nextInt(16), bytes.length - at);
        byte[] shorter = new byte[bytes.length - cut];
        System.arraycopy(bytes, 0, shorter, 0, at);
        System.arraycopy(bytes, at + cut, shorter, at, shorter.length - at);
        bytes = shorter;
      }
    }
    return bytes;
  }

  /** Weights are not scanned at load; what goes bad is named when it does. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void numbersThatGoBadAreNamed(String device) throws IOException {
    Path copy = folder.resolve("bad.gguf");
    Puna.run("convert", "stories", copy, "--type", "F32");
    byte[] bytes = Files.readAllBytes(copy);
    try (Gguf file = Gguf.open(copy)) {
      MemorySegment weight = file.tensors().get("blk.3.ffn_up.weight").data();
      MemorySegment first = file.tensors().firstEntry().getValue().data();
      long data = bytes.length - dataBytes(file);
      long at = data + weight.address() - first.address();
      MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, at, 0x7fc00000);
    }
    Files.write(copy, bytes);
    Puna run = Puna.run("run", "-m", copy, "-p", "Once", "--device", device);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("blk.3.ffn_up is not finite").hasLineCount(1);
    Puna logits = Puna.run("logits", "-m", copy, "--ids", "1,2", "--device", device);
    assertThat(logits.status()).isEqualTo(1);
    assertThat(logits.err()).contains("blk.3.ffn_up is not finite").hasLineCount(1);
  }

  /** Bytes from the first tensor to the end of the file. */
  private static long dataBytes(Gguf file) {
    MemorySegment first = file.tensors().firstEntry().getValue().data();
    MemorySegment last = file.tensors().lastEntry().getValue().data();
    long end = last.address() + last.byteSize() - first.address();
    return (end + 31) / 32 * 32;
  }
}
