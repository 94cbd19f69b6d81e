package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PyTorchTest {
  @TempDir Path folder;

  private PyTorch open(byte[] bytes) throws IOException {
    return PyTorch.open(Files.write(folder.resolve("m.bin"), bytes));
  }

  private void refused(byte[] bytes, String... fragments) {
    assertThatThrownBy(() -> open(bytes).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains("m.bin")
        .contains(fragments)
        .doesNotContain("\n");
  }

  private static float[] numbers(TensorFile file, String name) {
    return file.tensors().get(name).matrix().toArray();
  }

  /** Two tied names, a slice, a transposed matrix, half precision, a mask. */
  static TorchWriter model() {
    TorchWriter writer = new TorchWriter();
    writer.add("embed.weight", List.of(2L, 3L), 1, 2, 3, 4, 5, 6);
    writer.view("head.weight", "0", 0, List.of(2L, 3L), List.of(3L, 1L));
    writer.view("slice", "0", 2, List.of(3L), List.of(1L));
    writer.view("transposed", "0", 0, List.of(3L, 2L), List.of(1L, 3L));
    writer.storage("h", "HalfStorage", 2, new Bytes().u16(0x3c00).u16(0xc000).toArray());
    writer.view("half", "h", 0, List.of(1L, 2L), List.of(2L, 1L));
    writer.storage("d", "DoubleStorage", 8, new Bytes().f64(0.1).f64(-2).toArray());
    writer.view("double", "d", 0, List.of(2L), List.of(1L));
    writer.storage("b", "BoolStorage", 1, new byte[] {1, 0});
    return writer.view("mask", "b", 0, List.of(2L), List.of(1L));
  }

  private void check(byte[] bytes) throws IOException {
    try (PyTorch file = open(bytes)) {
      assertThat(file.tensors().keySet())
          .containsExactly("embed.weight", "head.weight", "slice", "transposed", "half", "double");
      assertThat(numbers(file, "embed.weight")).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(file.tensors().get("head.weight").data().address())
          .isEqualTo(file.tensors().get("embed.weight").data().address());
      assertThat(numbers(file, "slice")).containsExactly(3, 4, 5);
      assertThat(numbers(file, "transposed")).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(file.tensors().get("half").type()).isEqualTo(DType.F16);
      assertThat(numbers(file, "half")).containsExactly(1, -2);
      assertThat(numbers(file, "double")).containsExactly(0.1f, -2);
      OtherTensor mask = file.others().get("mask");
      assertThat(mask.type()).isEqualTo("BOOL");
      assertThat(mask.data().byteSize()).isEqualTo(2);
    }
  }

  @Test
  void readsTheZipFormat() throws IOException {
    check(model().zip());
    check(model().zip(true, "little"));
  }

  @Test
  void readsTheLegacyFormat() throws IOException {
    check(model().legacy());
  }

  /** What lies in the file is a slice of it; only the rest is made, and freed with its arena. */
  @Test
  void makesOnlyWhatDoesNotLieInTheFile() throws IOException {
    try (PyTorch file = open(model().zip());
        Arena arena = Arena.ofShared()) {
      assertThat(file.tensors().get("slice").content()).isInstanceOf(StoredTensor.Mapped.class);
      StoredTensor transposed = file.tensors().get("transposed");
      assertThat(transposed.content()).isInstanceOf(StoredTensor.Made.class);
      assertThat(transposed.bytes()).isEqualTo(24);
      assertThat(transposed.data(arena).scope()).isEqualTo(arena.scope());
    }
  }

  @Test
  void findsTheStateDictOfATrainingCheckpoint() throws IOException {
    byte[] nested = new TorchWriter("model").add("w", List.of(1L, 1L), 7).zip();
    try (PyTorch file = open(nested)) {
      assertThat(numbers(file, "w")).containsExactly(7);
    }
    TorchWriter two = new TorchWriter("model").add("w", List.of(1L, 1L), 7);
    refused(two.other("ema").add("w", List.of(1L, 1L), 8).zip(), "several", "ema, model");
  }

  @Test
  void readsParametersAndTypesOfTheirOwn() throws IOException {
    PickleBytes pickle = new PickleBytes().op("}(").text("p");
    pickle.global("torch._utils", "_rebuild_parameter").op("(");
    storage(pickle.global("torch._utils", "_rebuild_tensor_v2").op("("), "FloatStorage", 1);
    pickle.number(0).tuple(1).tuple(1).flag(true).orderedDict().op("tR");
    pickle.flag(true).orderedDict().op("tR").text("q");
    storage(pickle.global("torch._utils", "_rebuild_tensor_v3").op("("), "UntypedStorage", 4);
    pickle.number(1).tuple(2).tuple(1).flag(false).orderedDict();
    pickle.global("torch", "float8_e5m2").op("tRu");
    byte[] one = new Bytes().f32(1).toArray();
    try (PyTorch file = open(zip(pickle.toArray(), one))) {
      assertThat(numbers(file, "p")).containsExactly(1);
      assertThat(file.tensors().get("q").type()).isEqualTo(DType.F8_E5M2);
    }
  }

  private static void storage(PickleBytes pickle, String type, long numbers) {
    pickle.op("(").text("storage").global("torch", type).text("0").text("cpu");
    pickle.number(numbers).op("tQ");
  }

  private static byte[] zip(byte[] pickle, byte[] storage) {
    return new ZipBytes(false).add("m/data.pkl", pickle).add("m/data/0", storage).toArray();
  }

  @Test
  void refusesViewsOutsideTheirStorage() {
    for (List<List<Long>> bad :
        List.of(
            List.of(List.of(3L, 3L), List.of(3L, 1L)),
            List.of(List.of(2L, 3L), List.of(4L, 1L)),
            List.of(List.of(1000L, 1000L), List.of(0L, 0L)), // a bomb: any size out of 24 bytes
            List.of(List.of(1L << 40, 1L), List.of(0L, 1L)),
            List.of(List.of(2L, 3L), List.of(Long.MAX_VALUE, 1L)))) {
      TorchWriter writer = new TorchWriter();
      writer.storage("0", "FloatStorage", 4, new byte[24]);
      writer.view("w", "0", 0, bad.getFirst(), bad.getLast());
      refused(writer.zip(), "6 numbers for tensor 'w'");
    }
    TorchWriter writer = new TorchWriter();
    writer.storage("0", "FloatStorage", 4, new byte[24]);
    refused(writer.view("w", "0", 5, List.of(2L), List.of(1L)).zip(), "from number 5");
  }

  @Test
  void refusesOtherThings() {
    refused(model().zip(false, "big"), "big-endian");
    refused(new ZipBytes(false).add("word/document.xml", new byte[9]).toArray(), "no data.pkl");
    byte[] none = new PickleBytes().op("}").toArray();
    ZipBytes script = new ZipBytes(false).add("m/data.pkl", none).add("m/constants.pkl", none);
    refused(script.toArray(), "TorchScript");
    refused(
        new ZipBytes(false).add("a/data.pkl", none).add("b/data.pkl", none).toArray(), "several");
    refused(none, "a Python pickle, but no PyTorch checkpoint");
    refused(new Bytes().ascii("GGUF").raw(new byte[99]).toArray(), "a GGUF file");
    refused(zip(new PickleBytes().op("]").toArray(), new byte[4]), "something else than");
    TorchWriter lost = new TorchWriter().storage("0", "FloatStorage", 4, new byte[4]);
    byte[] zip = lost.view("w", "0", 0, List.of(1L), List.of(1L)).zip();
    String text = new String(zip, java.nio.charset.StandardCharsets.ISO_8859_1);
    byte[] renamed =
        text.replace("data/0", "data/1").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    refused(renamed, "lacks the storage of tensor 'w'");
  }

  @Test
  void refusesZipArchivesThatPlayTricks() {
    byte[] four = new byte[4];
    byte[] none = new PickleBytes().op("}").toArray();
    ZipBytes deflated = new ZipBytes(false).method(8).add("m/data.pkl", none);
    refused(deflated.toArray(), "'m/data.pkl' is compressed");
    ZipBytes twice = new ZipBytes(false).add("m/data.pkl", none).add("m/data.pkl", none);
    refused(twice.toArray(), "two entries");
    ZipBytes overlapping = new ZipBytes(false).add("m/data.pkl", none).add("m/data/0", four);
    refused(overlapping.list("m/data/1", 0, 1).toArray(), "overlapping");
    ZipBytes outside = new ZipBytes(false).add("m/data.pkl", none);
    refused(outside.list("m/data/1", 1 << 30, 4).toArray(), "'m/data/1' is not in it");
    ZipBytes negative = new ZipBytes(true).add("m/data.pkl", none);
    refused(negative.list("m/data/1", -8, 4).toArray(), "not in it");
    refused(new Bytes().ascii("PK\3\4").raw(new byte[99]).toArray(), "without its directory");
  }

  @Test
  void readsShards() throws IOException {
    Files.write(folder.resolve("a.bin"), new TorchWriter().add("w", List.of(1L, 1L), 1).zip());
    Files.write(folder.resolve("b.bin"), new TorchWriter().add("v", List.of(1L), 2).legacy());
    Path index = folder.resolve("pytorch_model.bin.index.json");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"a.bin\",\"v\":\"b.bin\"}}");
    try (PyTorch file = PyTorch.open(folder)) {
      assertThat(file.tensors().keySet()).containsExactly("w", "v");
      assertThat(numbers(file, "v")).containsExactly(2);
    }
    Files.writeString(index, "{\"weight_map\":{\"w\":\"a.bin\",\"x\":\"b.bin\"}}");
    assertThatThrownBy(() -> PyTorch.open(folder)).message().contains("'v'", "does not list");
  }

  /** The same weights in both containers, bit for bit. */
  @Test
  void holdsTheWeightsOfTheSafetensorsFile() {
    try (PyTorch torch = PyTorch.open(Shared.path("fixtures/llama_bin"));
        Safetensors safetensors = Safetensors.open(Shared.path("fixtures/llama_gqa"))) {
      assertThat(torch.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(safetensors.tensors().keySet());
      torch
          .tensors()
          .forEach(
              (name, tensor) -> {
                StoredTensor other = safetensors.tensors().get(name);
                assertThat(tensor.shape()).isEqualTo(other.shape());
                assertThat(tensor.data().mismatch(other.data())).as(name).isEqualTo(-1);
              });
    }
  }
}
