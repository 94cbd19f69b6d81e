package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.FourBitLayer.Parts;
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

  private FourBitLayer layer(int inputs, int[] group, int groups, int leastZero) {
    FourBitLayer layer = new FourBitLayer(group, new int[inputs][OUTPUTS], groups);
    fill(layer.q, 0);
    fill(layer.zero, leastZero);
    for (float[] row : layer.scale) {
      for (int o = 0; o < OUTPUTS; o++) {
        row[o] = Float.float16ToFloat(Float.floatToFloat16(random.nextFloat()));
      }
    }
    return layer;
  }

  private void fill(int[][] rows, int least) {
    for (int[] row : rows) {
      for (int o = 0; o < OUTPUTS; o++) {
        row[o] = least + random.nextInt(16);
      }
    }
  }

  private static Parts gptq(FourBitLayer layer, int less, boolean withOrder) {
    Parts parts = new Parts();
    layer.gptq(parts, "l.", less, withOrder);
    return parts.add("norm.weight", "F32", "[1]", new byte[4]);
  }

  private static void check(FourBitLayer layer, TensorFile file, DType type) {
    StoredTensor weight = file.tensors().get("l.weight");
    int inputs = layer.q.length;
    assertThat(file.tensors()).doesNotContainKeys("l.scales", "l.qweight");
    assertThat(weight.type()).isEqualTo(type);
    assertThat(weight.shape()).containsExactly((long) OUTPUTS, (long) inputs);
    float[] actual = weight.matrix().toArray();
    for (int o = 0; o < OUTPUTS; o++) {
      for (int i = 0; i < inputs; i++) {
        assertThat(actual[o * inputs + i]).as("[%d, %d]", o, i).isEqualTo(layer.number(o, i));
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
    FourBitLayer layer = layer(inputs, groups, groups[inputs - 1] + 1, 1);
    for (boolean withOrder : new boolean[] {false, true}) {
      try (TensorFile file = open(gptq(layer, 1, withOrder), gptq("group_size", size))) {
        check(layer, file, DType.AFFINE4);
        assertThat(file.tensors()).containsOnlyKeys("norm.weight", "l.weight");
      }
    }
  }

  @Test
  void gptqOfTheSecondFormStoresZerosWhole() throws IOException {
    FourBitLayer layer = layer(64, groups(64, 32), 2, 0);
    try (TensorFile file = open(gptq(layer, 0, true), gptq("checkpoint_format", "gptq_v2"))) {
      check(layer, file, DType.AFFINE4);
    }
  }

  /** Inputs in the order of their activations: neighbours are of different groups. */
  @Test
  void gptqInActivationOrder() throws IOException {
    int[] groups = new int[96];
    for (int i = 0; i < 96; i++) {
      groups[i] = random.nextInt(3);
    }
    FourBitLayer layer = layer(96, groups, 3, 1);
    try (TensorFile file = open(gptq(layer, 1, true), gptq("desc_act", true))) {
      check(layer, file, DType.F32);
    }
  }

  @Test
  void gptqInSmallGroups() throws IOException {
    FourBitLayer layer = layer(48, groups(48, 16), 3, 1);
    try (TensorFile file = open(gptq(layer, 1, false), gptq("group_size", 16))) {
      check(layer, file, DType.F32);
    }
  }

  @ParameterizedTest
  @CsvSource({"128, 64, AFFINE4", "48, 16, F32", "20, 20, F32"})
  void awqGemm(int inputs, int size, DType type) throws IOException {
    int[] groups = groups(inputs, size);
    FourBitLayer layer = layer(inputs, groups, groups[inputs - 1] + 1, 0);
    Map<String, Object> config = new HashMap<>();
    config.put("quant_method", "awq");
    config.put("bits", 4);
    config.put("group_size", size);
    config.put("version", "gemm");
    config.put("zero_point", true);
    try (TensorFile file = open(layer.awq(new Parts(), "l."), config)) {
      check(layer, file, type);
    }
  }

  @Test
  void refusesOtherKindsByName() throws IOException {
    FourBitLayer layer = layer(64, groups(64, 32), 2, 1);
    refused(gptq(layer, 1, false), gptq("bits", 8), "8 bits");
    refused(gptq(layer, 1, false), gptq("quant_method", "bitsandbytes"), "\"bitsandbytes\"");
    refused(gptq(layer, 1, false), gptq("checkpoint_format", "marlin"), "marlin");
    refused(gptq(layer, 1, false), gptq("quant_method", "awq", "version", "gemv"), "gemv");
    refused(gptq(layer, 1, false), gptq("group_size", 16), "2 groups", "need 4");
    Map<String, Object> packed = gptq("quant_method", "compressed-tensors");
    packed.put("format", "pack-quantized");
    refused(gptq(layer, 1, false), packed, "\"pack-quantized\"");
    Parts lacking = new Parts().add("l.qweight", "I32", "[1,8]", new byte[32]);
    refused(lacking, gptq(), "layer l lacks its");
    layer.group[5] = 2;
    refused(gptq(layer, 1, true), gptq(), "input 5 into group 2 of 2");
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

  /** Numbers of the MX specification's E2M1, times 2^(scale - 127); neighbours share a byte. */
  @Test
  void mxfp4BlocksOfExperts() throws IOException {
    float[] values = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
    byte[] blocks = new byte[2 * 3 * 2 * 16]; // 2 experts of 3 rows of 2 blocks
    byte[] scales = new byte[2 * 3 * 2];
    random.nextBytes(blocks);
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (byte) (120 + random.nextInt(12));
    }
    Parts parts = new Parts().add("e_blocks", "U8", "[2,3,2,16]", blocks);
    parts.add("e_scales", "U8", "[2,3,2]", scales);
    try (TensorFile file = open(parts, Map.of("quant_method", "mxfp4"))) {
      StoredTensor matrix = file.tensors().get("e_blocks");
      assertThat(matrix.shape()).containsExactly(2L, 3L, 64L);
      float[] actual = matrix.matrix().toArray();
      for (int i = 0; i < actual.length; i++) {
        int number = blocks[i / 2] >> (i % 2 == 0 ? 0 : 4) & 15;
        float scale = (float) Math.pow(2, (scales[i / 32] & 255) - 127);
        assertThat(actual[i]).as("number %d", i).isEqualTo(values[number] * scale);
      }
    }
    refused(
        new Parts().add("e_blocks", "U8", "[2,3,2,16]", blocks),
        Map.of("quant_method", "mxfp4"),
        "e_blocks",
        "scales");
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
