package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;

  private static String tensor(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, begin, end);
  }

  private Path write(String name, String entries, int dataBytes) throws IOException {
    return Files.write(folder.resolve(name), Bytes.safetensors("{" + entries + "}", dataBytes));
  }

  private void refused(String entries, int dataBytes, String... fragments) throws IOException {
    refused(write("m.safetensors", entries, dataBytes), fragments);
  }

  private void refused(Path file, String... fragments) {
    assertThatThrownBy(() -> Safetensors.open(file).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments)
        .doesNotContain("\n");
  }

  @Test
  void readsTensorsOfAllShapes() throws IOException {
    String entries =
        "\"__metadata__\":{\"format\":\"pt\"},"
            + tensor("b", "F32", "[2,3]", 4, 28)
            + ","
            + tensor("scalar", "F32", "[]", 0, 4)
            + ","
            + tensor("empty", "F16", "[5,0]", 28, 28)
            + ","
            + tensor("half", "BF16", "[2,1,2]", 28, 36);
    byte[] bytes = Bytes.safetensors("{" + entries + "}  ", 36);
    bytes[bytes.length - 36 + 3] = 0x40; // the scalar becomes 2
    bytes[bytes.length - 1] = 0x40; // as bfloat16, the last number becomes 2
    Path file = Files.write(folder.resolve("m.safetensors"), bytes);
    try (Safetensors opened = Safetensors.open(file)) {
      assertThat(opened.path()).isEqualTo(file);
      assertThat(opened.tensors().keySet()).containsExactly("scalar", "b", "empty", "half");
      assertThat(opened.tensors().get("scalar").matrix().toArray()).containsExactly(2);
      assertThat(opened.tensors().get("b").matrix().rows()).isEqualTo(2);
      assertThat(opened.tensors().get("empty").elements()).isZero();
      assertThat(opened.tensors().get("empty").matrix().rows()).isEqualTo(5);
      StoredTensor half = opened.tensors().get("half");
      assertThat(half.type()).isEqualTo(DType.BF16);
      assertThat(half.matrix().rows()).isEqualTo(2);
      assertThat(half.matrix().toArray()).containsExactly(0, 0, 0, 2);
      assertThat(opened.others()).isEmpty();
    }
  }

  @Test
  void setsTensorsOfOtherTypesAside() throws IOException {
    String entries =
        tensor("position_ids", "I64", "[2]", 0, 16)
            + ","
            + tensor("w", "F16", "[1]", 16, 18)
            + ","
            + tensor("q", "F4", "[3]", 18, 20);
    try (Safetensors opened = Safetensors.open(write("m.safetensors", entries, 20))) {
      assertThat(opened.tensors().keySet()).containsExactly("w");
      assertThat(opened.others().values())
          .extracting(other -> other.name() + " " + other.type() + " " + other.data().byteSize())
          .containsExactly("position_ids I64 16", "q F4 2");
    }
  }

  @Test
  void refusesLayoutsThatAreNotAllowed() throws IOException {
    refused(tensor("w", "F32", "[2]", 0, 4), 4, "'w'", "4 bytes instead of 8");
    refused(tensor("w", "I64", "[2]", 0, 4), 4, "'w'", "4 bytes instead of 16");
    refused(tensor("w", "F32", "[2]", 0, 8), 4, "'w'", "0 to 8");
    refused(tensor("w", "F32", "[2]", 8, 0), 8, "'w'", "8 to 0");
    refused(tensor("w", "F32", "[1]", 0, 4), 5, "end at 4 of 5");
    refused(tensor("w", "F32", "[1]", 1, 5), 5, "a hole before tensor 'w'");
    refused(
        tensor("a", "F32", "[2]", 0, 8) + "," + tensor("b", "F32", "[1]", 4, 8), 8, "overlapping");
    refused(
        tensor("a", "F32", "[1]", 0, 4) + "," + tensor("a", "F32", "[1]", 4, 8), 8, "Duplicate");
    refused(tensor("w", "F32", "[4294967296,4294967296,0]", 0, 0), 0, "impossible shape");
    refused(tensor("w", "F32", "[4611686018427387904]", 0, 0), 0, "impossible shape");
    refused(tensor("w", "F32", "[-1]", 0, 0), 0, "'w'", "shape");
    refused(tensor("w", "F32", "[99999999999999999999]", 0, 0), 0, "'w'", "shape");
    refused(tensor("w", "F32", "[1.0]", 0, 4), 4, "'w'", "shape");
    refused(tensor("w", "F32", "{}", 0, 4), 4, "'w'", "shape");
    refused("\"w\":{\"dtype\":\"F32\",\"shape\":[1]}", 4, "'w' lacks");
    refused("\"w\":{\"dtype\":32}", 4, "'w'", "dtype");
    refused("\"w\":4", 4, "'w' is no JSON object");
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Path file = folder.resolve("m.safetensors");
    refused(Files.write(file, new byte[0]), "is empty");
    refused(Files.write(file, new byte[5]), "not a safetensors file");
    refused(Files.write(file, new Bytes().ascii("GGUF").raw(new byte[99]).toArray()), "GGUF file");
    refused(Files.writeString(file, "version https://git-lfs.github.com/spec/v1"), "git lfs pull");
    refused(Files.write(file, new Bytes().u64(999).ascii("{}").toArray()), "a header of 999");
    refused(Files.write(file, new Bytes().u64(2).ascii("{]").toArray()), "not valid JSON");
    refused(Files.write(file, new Bytes().u64(4).ascii("{}{}").toArray()), "follows");
    refused(folder.resolve("none"), "does not exist");
  }

  /** A header of 640 bytes begins with the bytes of a pickle. */
  @Test
  void readsAHeaderLengthThatLooksLikeAPickle() throws IOException {
    String header = "{" + tensor("w", "F32", "[1]", 0, 4) + "}";
    byte[] bytes = Bytes.safetensors(header + " ".repeat(640 - header.length()), 4);
    assertThat(bytes).startsWith(0x80, 2);
    try (Safetensors opened = Safetensors.open(Files.write(folder.resolve("m"), bytes))) {
      assertThat(opened.tensors()).containsOnlyKeys("w");
    }
  }

  @Test
  void choosesWithinAFolder() throws IOException {
    refused(folder, "no .safetensors file");
    write("adapter.safetensors", tensor("a", "F32", "[1]", 0, 4), 4);
    only("a");
    write("other.safetensors", tensor("o", "F32", "[1]", 0, 4), 4);
    refused(folder, "2 .safetensors files");
    write("model.safetensors", tensor("m", "F32", "[1]", 0, 4), 4);
    only("m");
    index("{\"weight_map\":{\"o\":\"other.safetensors\"}}");
    only("o");
  }

  private void only(String name) {
    try (Safetensors opened = Safetensors.open(folder)) {
      assertThat(opened.tensors()).containsOnlyKeys(name);
    }
  }

  private void index(String json) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), json);
  }

  @Test
  void refusesIndexesThatDoNotMatchTheirShards() throws IOException {
    write("s.safetensors", tensor("a", "F32", "[1]", 0, 4), 4);
    index("{\"weight_map\":{\"a\":\"gone.safetensors\"}}");
    refused(folder, "gone.safetensors", "is missing");
    index("{\"weight_map\":{\"a\":\"s.safetensors\",\"b\":\"s.safetensors\"}}");
    refused(folder, "s.safetensors lacks tensor 'b'");
    index("{\"weight_map\":{\"b\":\"s.safetensors\"}}");
    refused(folder, "s.safetensors holds tensor 'a'");
    index("{\"weight_map\":{\"a\":1}}");
    refused(folder, "'a' is 1");
    index("{}");
    refused(folder, "no weight_map");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../s", "/etc/passwd", "a/b", "a\\\\b", "..", ".", "", "C:x", "a\\u0000"})
  void refusesShardsOutsideTheFolder(String name) throws IOException {
    index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
    refused(folder, "only plain names");
  }

  @Test
  void findsTheSameTensorsInOneFileAndInShards() {
    try (Safetensors one = Safetensors.open(Shared.path("fixtures/llama_gqa"));
        Safetensors shards = Safetensors.open(Shared.path("fixtures/llama_sharded"))) {
      assertThat(one.tensors()).hasSizeGreaterThan(20);
      assertThat(shards.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(one.tensors().keySet());
      one.tensors()
          .forEach(
              (name, tensor) -> {
                StoredTensor other = shards.tensors().get(name);
                assertThat(other.shape()).isEqualTo(tensor.shape());
                assertThat(other.data().mismatch(tensor.data())).as(name).isEqualTo(-1);
              });
    }
  }

  @Test
  void saysThatAPickleIsOne() {
    refused(Shared.path("fixtures/llama_bin/pytorch_model.bin"), "zip archive", "name the folder");
  }
}
