package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.PyTorch;
import dev.puna.formats.Safetensors;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TensorFile;
import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A low-rank adapter as PEFT writes it: a folder of adapter_config.json and adapter_model. LoRA (Hu
 * et al. 2021), rsLoRA (Kalajdzievski 2023) and DoRA (Liu et al. 2024). Closing unmaps it.
 */
public final class Adapter implements AutoCloseable {
  /**
   * The update of one module.
   *
   * @param a (r, in)
   * @param b (out, r)
   * @param scale of b·a
   * @param magnitude (out), of the updated weight's rows; null without DoRA
   */
  record Update(StoredTensor a, StoredTensor b, float scale, @Nullable StoredTensor magnitude) {}

  /** Options that say nothing about what an adapter computes. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "peft_type|peft_version|task_type|revision|inference_mode|auto_mapping|init_lora_weights"
              + "|base_model_name_or_path|target_modules|exclude_modules|layers_to_transform"
              + "|layers_pattern|lora_dropout|fan_in_fan_out|megatron_core|qalora_group_size"
              + "|ensure_weight_tying|eva_config|loftq_config|corda_config|lora_ga_config");

  private static final String PREFIX = "base_model.model.";

  private final Path folder;
  private final Config config;
  private final TensorFile file;
  private final float strength;
  private final SequencedMap<String, Update> updates = new LinkedHashMap<>();

  private Adapter(Path folder, Config config, TensorFile file, float strength) {
    this.folder = folder;
    this.config = config;
    this.file = file;
    this.strength = strength;
  }

  /**
   * @param strength factor of the whole adapter, 1 as it was trained
   * @throws PunaException if it is of another kind, or has options that are not implemented
   */
  public static Adapter open(Path folder, float strength) {
    Path json = folder.resolve("adapter_config.json");
    if (!Files.exists(json)) {
      throw new PunaException(
          folder + " has no adapter_config.json", "give the folder of a PEFT adapter");
    }
    Config config = Config.read(json);
    TensorFile file =
        Files.exists(folder.resolve("adapter_model.bin"))
            ? PyTorch.open(folder.resolve("adapter_model.bin"))
            : Safetensors.open(folder.resolve("adapter_model.safetensors"));
    Adapter adapter = new Adapter(folder, config, file, strength);
    try {
      adapter.read();
    } catch (RuntimeException | Error e) {
      adapter.close();
      throw e;
    }
    return adapter;
  }

  private void read() {
    String kind = config.text("peft_type");
    if (!kind.equals("LORA")) {
      throw new PunaException(
          config.where() + ": an adapter of type " + kind + " is not implemented", "LORA is");
    }
    if (!"none".equals(config.text("bias", "none"))) {
      throw new PunaException(
          config.where() + ": option bias = " + config.text("bias") + " is not implemented",
          "merge the adapter with the library that trained it");
    }
    int rank = config.positive("r");
    double alpha = config.number("lora_alpha", 8);
    boolean root = config.flag("use_rslora", false);
    boolean directed = config.flag("use_dora", false);
    Config ranks = pattern("rank_pattern");
    Config alphas = pattern("alpha_pattern");
    UnreadOptions.refuse(config, HARMLESS);
    Map<String, StoredTensor> tensors = file.tensors();
    for (String name : tensors.keySet()) {
      String module = module(name);
      int ownRank = (int) matching(ranks, module, rank);
      double ownAlpha = matching(alphas, module, alpha);
      float scale = (float) (ownAlpha / (root ? Math.sqrt(ownRank) : ownRank)) * strength;
      updates.computeIfAbsent(module, m -> update(m, scale, directed));
    }
  }

  private Config pattern(String key) {
    Config pattern = config.object(key);
    return pattern == null ? Config.of(config.where() + ", " + key, Map.of()) : pattern;
  }

  /** The value of the pattern that a module's name ends with, or matches. */
  private static double matching(Config pattern, String module, double otherwise) {
    for (String key : pattern.keys()) {
      if (module.equals(key)
          || module.endsWith("." + key)
          || Pattern.matches("(.*\\.)?(" + key + ")$", module)) {
        return pattern.number(key);
      }
    }
    return otherwise;
  }

  private String module(String tensor) {
    String name = tensor.startsWith(PREFIX) ? tensor.substring(PREFIX.length()) : tensor;
    int end = name.indexOf(".lora_");
    String part = end < 0 ? "" : name.substring(end + 1);
    if (!Pattern.matches("lora_[AB]\\.(default\\.)?weight|lora_magnitude_vector(\\..*)?", part)) {
      throw new PunaException(
          "%s: tensor %s is not implemented".formatted(folder, tensor),
          "an adapter has lora_A, lora_B and lora_magnitude_vector of linear layers");
    }
    return name.substring(0, end);
  }

  private Update update(String module, float scale, boolean directed) {
    StoredTensor magnitude = find(module, "lora_magnitude_vector");
    StoredTensor a = find(module, "lora_A");
    StoredTensor b = find(module, "lora_B");
    if (a == null || b == null || directed != (magnitude != null)) {
      throw new PunaException(
          "%s: the update of %s is incomplete".formatted(folder, module),
          "it needs lora_A and lora_B, and with use_dora a lora_magnitude_vector");
    }
    if (a.rows() != b.columns()) {
      throw new PunaException(
          "%s: lora_A %s and lora_B %s of %s do not fit"
              .formatted(folder, a.shape(), b.shape(), module),
          "get the adapter again");
    }
    return new Update(a, b, scale, magnitude);
  }

  private @Nullable StoredTensor find(String module, String part) {
    for (String prefix : List.of(PREFIX, "")) {
      for (String ending : List.of(".weight", "", ".default.weight", ".default")) {
        StoredTensor tensor = file.tensors().get(prefix + module + "." + part + ending);
        if (tensor != null) {
          return tensor;
        }
      }
    }
    return null;
  }

  /** The updates by the names of modules, as the base's checkpoint calls them. */
  SequencedMap<String, Update> updates() {
    return updates;
  }

  public Path folder() {
    return folder;
  }

  /** Whether an update of a module fits a weight of its base. */
  PunaException misfit(String module, StoredTensor weight) {
    Update u = Objects.requireNonNull(updates.get(module));
    return new PunaException(
        "%s: the update of %s, %s times %s, does not fit its weight %s"
            .formatted(folder, module, u.b().shape(), u.a().shape(), weight.shape()),
        "the adapter belongs to another model");
  }

  @Override
  public void close() {
    file.close();
  }
}
