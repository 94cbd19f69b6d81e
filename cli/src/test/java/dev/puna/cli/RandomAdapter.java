package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.formats.Safetensors;
import dev.puna.formats.SafetensorsWriter;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Adapters of random numbers. */
final class RandomAdapter {
  private RandomAdapter() {}

  /** Random factors for every weight whose module has one of the names. */
  static void write(Path base, List<String> modules, boolean directed, Path folder)
      throws Exception {
    Random random = new Random(3);
    Map<String, float[]> numbers = new LinkedHashMap<>();
    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
    try (Safetensors file = Safetensors.open(base)) {
      file.tensors()
          .forEach(
              (name, tensor) -> {
                String stem = name.replace(".weight", "");
                if (modules.stream().noneMatch(m -> stem.endsWith("." + m))
                    || !name.endsWith(".weight")) {
                  return;
                }
                boolean inputsAsRows = stem.contains(".c_");
                int out = (int) (inputsAsRows ? tensor.columns() : tensor.rows());
                int in = (int) (inputsAsRows ? tensor.rows() : tensor.columns());
                String module = "base_model.model." + stem;
                part(entries, numbers, module + ".lora_A.weight", random, 3, in);
                part(entries, numbers, module + ".lora_B.weight", random, out, 3);
                if (directed) {
                  part(entries, numbers, module + ".lora_magnitude_vector", random, out, 1);
                }
              });
    }
    assertThat(entries).isNotEmpty();
    SafetensorsWriter.write(
        folder,
        entries,
        Long.MAX_VALUE,
        e -> MemorySegment.ofArray(java.util.Objects.requireNonNull(numbers.get(e.name()))));
    Files.move(folder.resolve("model.safetensors"), folder.resolve("adapter_model.safetensors"));
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 3, \"lora_alpha\": 6, \"use_dora\": " + directed + "}");
  }

  private static void part(
      List<SafetensorsWriter.Entry> entries,
      Map<String, float[]> numbers,
      String name,
      Random random,
      int rows,
      int cols) {
    float[] x = new float[rows * cols];
    for (int i = 0; i < x.length; i++) {
      x[i] = cols == 1 ? 1 + random.nextFloat() : (float) random.nextGaussian() * 0.1f;
    }
    numbers.put(name, x);
    List<Long> shape = cols == 1 ? List.of((long) rows) : List.of((long) rows, (long) cols);
    entries.add(new SafetensorsWriter.Entry(name, DType.F32, shape));
  }
}
