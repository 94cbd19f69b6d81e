package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed by hand with the formulas of the papers' implementations, and read back exactly. */
class QuantizedFileTest {
  private static final int OUTPUTS = 40;

  @TempDir Path folder;

  private final Random random = new Random(7);

  /** Header and data of a safetensors file. */
  private static final class Parts {
    private final StringBuilder header = new StringBuilder();
    private final Bytes data = new Bytes();
    private int size;

    Parts add(String name, String dtype, String shape, byte[] bytes) {
      header.append(header.isEmpty() ? "{" : ",");
      header.append(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(name, dtype, shape, size, size + bytes.length));
      data.raw(bytes);
      size += bytes.length;
      return this;
    }

    byte[] toArray() {
      String json = header + "}";
      return new Bytes().u64(json.length()).ascii(json).raw(data.toArray()).toArray();
    }
  }

  private TensorFile open(Parts parts, Map<String, Object> config) throws IOException {
    Safetensors file =
        Safetensors.open(Files.write(folder.resolve("m.safetensors"), parts.toArray()));
    try {
      return QuantizedFile.of(file, Config.of("config.json, quantization_config", config));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Map<String, Object> gptq(Object... more) {
    Map<String, Object> config = new HashMap<>();
    config.put("quant_method", "gptq");
    config.put("bits", 4);
    config.put("group_size", 32);
    config.put("desc_act", false);
    for (int i = 0; i < more.length; i += 2) {
      config.put((String) more[i], more[i + 1]);
    }
    return config;
  }

  /** Numbers of a layer, before they are packed. */
  private final class Layer {
    final int inputs;
    final int[] group;
    final int[][] q; // [inputs][outputs]
    final int[][] zero; // [groups][outputs]
    final float[][] scale;

    Layer(int inputs, int[] group, int groups, int leastZero) {
      this.inputs = inputs;
      this.group = group;
      q = fill(inputs, 0);
      zero = fill(groups, leastZero);
      scale = new float[groups][OUTPUTS];
      for (float[] row : scale) {
        for (int o = 0; o < OUTPUTS; o++) {
          row[o] = Float.float16ToFloat(Float.floatToFloat16(random.nextFloat()));
        }
      }
    }

    private int[][] fill(int rows, int least) {
      int[][] all = new int[rows][OUTPUTS];
      for (int[] row : all) {
        for (int o = 0; o < OUTPUTS; o++) {
          row[o] = least + random.nextInt(16);
        }
      }
      return all;
    }

    float expected(int o, int i) {
      return scale[group[i]][o] * (q[i][o] - zero[group[i]][o]);
    }

    byte[] scales() {
      Bytes bytes = new Bytes();
      for (float[] row : scale) {
        for (float s : row) {
          bytes.u16(Float.floatToFloat16(s));
        }
      }
      return bytes.toArray();
    }

    /** Along the inputs: bits 4·(i mod 8) of word i / 8. */
    byte[] gptqWeights() {
      Bytes bytes = new Bytes();
      for (int i = 0; i < inputs; i += 8) {
        for (int o = 0; o < OUTPUTS; o++) {
          int word = 0;
          for (int j = 0; j < 8; j++) {
            word |= q[i + j][o] << 4 * j;
          }
          bytes.u32(word);
        }
      }
      return bytes.toArray();
    }

    /** Along the outputs, in the given order. */
    byte[] rows(int[][] values, int less, int... order) {
      Bytes bytes = new Bytes();
      for (int[] row : values) {
        for (int o = 0; o < OUTPUTS; o += 8) {
          int word = 0;
          for (int j = 0; j < 8; j++) {
            word |= row[o + order[j]] - less << 4 * j;
          }
          bytes.u32(word);
        }
      }
      return bytes.toArray();
    }

    byte[] order() {
      Bytes bytes = new Bytes();
      for (int g : group) {
        bytes.u32(g);
      }
      return bytes.toArray();
    }

    Parts gptq(int less, boolean withOrder) {
      int groups = zero.length;
      Parts parts = new Parts();
      parts.add("l.qweight", "I32", "[%d,%d]".formatted(inputs / 8, OUTPUTS), gptqWeights());
      parts.add(
          "l.qzeros",
          "I32",
          "[%d,%d]".formatted(groups, OUTPUTS / 8),
          rows(zero, less, 0, 1, 2, 3, 4, 5, 6, 7));
      parts.add("l.scales", "F16", "[%d,%d]".formatted(groups, OUTPUTS), scales());
      if (withOrder) {
        parts.add("l.g_idx", "I32", "[%d]".formatted(inputs), order());
      }
      return parts.add("norm.weight", "F32", "[1]", new byte[4]);
    }

    /** Word j of eight outputs holds output 8c + order[j] in bits 4j. */
    Parts awq() {
      int groups = zero.length;
      int[] order = {0, 2, 4, 6, 1, 3, 5, 7};
      Parts parts = new Parts();
      parts.add("l.qweight", "I32", "[%d,%d]".formatted(inputs, OUTPUTS / 8), rows(q, 0, order));
      parts.add("l.qzeros", "I32", "[%d,%d]".formatted(groups, OUTPUTS / 8), rows(zero, 0, order));
      return parts.add("l.scales", "F16", "[%d,%d]".formatted(groups, OUTPUTS), scales());
    }

    void check(TensorFile file, DType type) {
      StoredTensor weight = file.tensors().get("l.weight");
      assertThat(file.tensors()).doesNotContainKeys("l.scales", "l.qweight");
      assertThat(weight.type()).isEqualTo(type);
      assertThat(weight.shape()).containsExactly((long) OUTPUTS, (long) inputs);
      float[] actual = weight.matrix().toArray();
      for (int o = 0; o < OUTPUTS; o++) {
        for (int i = 0; i < inputs; i++) {
          assertThat(actual[o * inputs + i]).as("[%d, %d]", o, i).isEqualTo(expected(o, i));
        }
      }
    }
  }

  private static int[] groups(int inputs, int size) {
    int[] groups = new int[inputs];
    for (int i = 0; i < inputs; i++) {
      groups[i] = i / size;
    }
    return groups;
  }

  @ParameterizedTest
  @CsvSource({"96, 32", "128, 64", "64, -1", "128, 128"})
  void gptqInGroups(int inputs, int size) throws IOException {
    int[] groups = groups(inputs, size < 0 ? inputs : size);
    Layer layer = new Layer(inputs, groups, groups[inputs - 1] + 1, 1);
    for (boolean withOrder : new boolean[] {false, true}) {
      try (TensorFile file = open(layer.gptq(1, withOrder), gptq("group_size", size))) {
        layer.check(file, DType.AFFINE4);
        assertThat(file.tensors()).containsOnlyKeys("norm.weight", "l.weight");
      }
    }
  }

  @Test
  void gptqOfTheSecondFormStoresZerosWhole() throws IOException {
    Layer layer = new Layer(64, groups(64, 32), 2, 0);
    try (TensorFile file = open(layer.gptq(0, true), gptq("checkpoint_format", "gptq_v2"))) {
      layer.check(file, DType.AFFINE4);
    }
  }

  /** Inputs in the order of their activations: neighbours are of different groups. */
  @Test
  void gptqInActivationOrder() throws IOException {
    int[] groups = new int[96];
    for (int i = 0; i < 96; i++) {
      groups[i] = random.nextInt(3);
    }
    Layer layer = new Layer(96, groups, 3, 1);
    try (TensorFile file = open(layer.gptq(1, true), gptq("desc_act", true))) {
      layer.check(file, DType.F32);
    }
  }

  @Test
  void gptqInSmallGroups() throws IOException {
    Layer layer = new Layer(48, groups(48, 16), 3, 1);
    try (TensorFile file = open(layer.gptq(1, false), gptq("group_size", 16))) {
      layer.check(file, DType.F32);
    }
  }

  @ParameterizedTest
  @CsvSource({"128, 64, AFFINE4", "48, 16, F32", "20, 20, F32"})
  void awqGemm(int inputs, int size, DType type) throws IOException {
    int[] groups = groups(inputs, size);
    Layer layer = new Layer(inputs, groups, groups[inputs - 1] + 1, 0);
    Map<String, Object> config = new HashMap<>();
    config.put("quant_method", "awq");
    config.put("bits", 4);
    config.put("group_size", size);
    config.put("version", "gemm");
    config.put("zero_point", true);
    try (TensorFile file = open(layer.awq(), config)) {
      layer.check(file, type);
    }
  }

  @Test
  void refusesOtherKindsByName() throws IOException {
    Layer layer = new Layer(64, groups(64, 32), 2, 1);
    refused(layer.gptq(1, false), gptq("bits", 8), "8 bits");
    refused(layer.gptq(1, false), gptq("quant_method", "bitsandbytes"), "\"bitsandbytes\"");
    refused(layer.gptq(1, false), gptq("checkpoint_format", "marlin"), "marlin");
    refused(layer.gptq(1, false), gptq("quant_method", "awq", "version", "gemv"), "gemv");
    refused(layer.gptq(1, false), gptq("group_size", 16), "2 groups", "need 4");
    Map<String, Object> packed = gptq("quant_method", "compressed-tensors");
    packed.put("format", "pack-quantized");
    refused(layer.gptq(1, false), packed, "\"pack-quantized\"");
    Parts lacking = new Parts().add("l.qweight", "I32", "[1,8]", new byte[32]);
    refused(lacking, gptq(), "layer l lacks its");
    layer.group[5] = 2;
    refused(layer.gptq(1, true), gptq(), "input 5 into group 2 of 2");
  }

  private void refused(Parts parts, Map<String, Object> config, String... fragments) {
    assertThatThrownBy(() -> open(parts, config).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments)
        .hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "rows", "blocks"})
  void float8WithScales(String kind) throws IOException {
    int rows = 5;
    int cols = 7;
    byte[] numbers = new byte[rows * cols];
    float[] decoded = new float[rows * cols];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (byte) (0x30 + random.nextInt(16)); // from 0.5 on, both signs
    }
    DType.F8_E4M3.decode(
        Arena.ofAuto()
            .allocate(numbers.length)
            .copyFrom(java.lang.foreign.MemorySegment.ofArray(numbers)),
        0,
        decoded,
        0,
        decoded.length);
    Bytes scales = new Bytes();
    int count = kind.equals("scalar") ? 1 : kind.equals("rows") ? rows : 2 * 3;
    for (int i = 0; i < count; i++) {
      scales.f32(i + 0.5f);
    }
    String shape = kind.equals("scalar") ? "[]" : kind.equals("rows") ? "[5,1]" : "[2,3]";
    Map<String, Object> config = new HashMap<>();
    config.put("quant_method", "fp8");
    config.put("weight_block_size", java.util.List.of(4, 3));
    Parts parts = new Parts().add("l.weight", "F8_E4M3", "[5,7]", numbers);
    parts.add("l.weight_scale_inv", "F32", shape, scales.toArray());
    parts.add("l.input_scale", "F32", "[1]", new byte[4]);
    try (TensorFile file = open(parts, config)) {
      assertThat(file.tensors()).containsOnlyKeys("l.weight");
      float[] actual = file.tensors().get("l.weight").matrix().toArray();
      for (int i = 0; i < actual.length; i++) {
        int scale =
            switch (kind) {
              case "scalar" -> 0;
              case "rows" -> i / cols;
              default -> i / cols / 4 * 3 + i % cols / 3;
            };
        assertThat(actual[i]).as("%s %d", kind, i).isEqualTo(decoded[i] * (scale + 0.5f));
      }
    }
  }

  @Test
  void readsFloat8AsItIs() throws IOException {
    Parts parts = new Parts().add("w", "F8_E5M2", "[2]", new byte[] {0x3c, (byte) 0xc0});
    try (Safetensors file =
        Safetensors.open(Files.write(folder.resolve("m.safetensors"), parts.toArray()))) {
      SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(file.tensors());
      assertThat(tensors.get("w").matrix().toArray()).containsExactly(1, -2);
    }
  }
}
