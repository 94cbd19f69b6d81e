package dev.puna.model;

import dev.puna.formats.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a Hugging Face directory says how its weights are quantized. */
final class QuantizationConfig {
  static final String KEY = "quantization_config";

  private QuantizationConfig() {}

  /**
   * config.json's own; or, as older versions of AutoGPTQ and AutoAWQ write it, a file beside it.
   * Null if the weights are not quantized.
   */
  static @Nullable Config find(Path folder, Config config) {
    Config own = config.object(KEY);
    if (own == null) {
      own = beside(folder.resolve("quantize_config.json"), "gptq");
    }
    return own == null ? beside(folder.resolve("quant_config.json"), "awq") : own;
  }

  private static @Nullable Config beside(Path file, String method) {
    if (!Files.exists(file)) {
      return null;
    }
    Config config = Config.read(file);
    return config.has("quant_method") ? config : config.with("quant_method", method);
  }
}
