package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a family has not looked at in a configuration. An option that says nothing about how scores
 * are computed may be there, and so may one whose value changes nothing; any other is refused
 * rather than ignored.
 */
final class UnreadOptions {
  private UnreadOptions() {}

  /** Values that say what is so anyway. */
  private static final Map<String, Object> NEUTRAL =
      Map.ofEntries(
          Map.entry("attn_factor", 1),
          Map.entry("attn_type", "multihead_attention"),
          Map.entry("embedding_fraction", 1),
          Map.entry("expert_layer_freq", 1),
          Map.entry("extra_pos_embeddings", 2),
          Map.entry("extrapolation_factor", 1),
          Map.entry("full_attn_mod", 1),
          Map.entry("interpolate_factor", 1),
          Map.entry("layer_switch", 4),
          Map.entry("mamba_inner_layernorms", true),
          Map.entry("mlp_type", "default"),
          Map.entry("norm_type", "layer_norm"),
          Map.entry("offset_alibi", 100),
          Map.entry("order_of_interleaved_layers", "local_attn_first"),
          Map.entry("original_rope", true),
          Map.entry("pos_emb", "rotary"),
          Map.entry("position_embedding_type", "rope_gptj"),
          Map.entry("post_layer_norm", true),
          Map.entry("rms_norm", true),
          Map.entry("rmsnorm", true),
          Map.entry("rope_ratio", 1),
          Map.entry("rotary", true),
          Map.entry("rotary_scaling_factor", 1),
          Map.entry("scale_attn_weights", true),
          Map.entry("share_encoder_decoder_embeddings", true),
          Map.entry("skip_bias_add", true),
          Map.entry("use_embedding_sharing", true),
          Map.entry("use_gated_activation", true),
          Map.entry("use_parallel_block", true),
          Map.entry("use_parallel_embedding", true));

  /** Spellings of one option each, of which a configuration may repeat one in another. */
  private static final List<Set<String>> SPELLINGS =
      List.of(
          Set.of("hidden_size", "n_embd", "n_embed", "d_model"),
          Set.of("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers"),
          Set.of("num_attention_heads", "n_head", "n_heads", "num_heads"),
          Set.of("intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim", "d_ff", "d_inner"),
          Set.of("num_key_value_heads", "n_head_kv", "multi_query_group_num"),
          Set.of("head_dim", "kv_channels", "d_kv"),
          Set.of("vocab_size", "padded_vocab_size", "decoder_vocab_size"),
          Set.of("hidden_act", "hidden_activation", "activation_function", "activation"),
          Set.of("layer_norm_eps", "layer_norm_epsilon", "rms_norm_eps", "norm_eps"),
          Set.of("rope_theta", "rotary_emb_base", "rope_base"),
          Set.of("partial_rotary_factor", "rotary_pct", "rope_pct"),
          Set.of("sliding_window", "sliding_window_size", "window_size"),
          Set.of("num_experts_per_tok", "experts_per_token"),
          Set.of("num_experts", "num_local_experts", "n_routed_experts"));

  /** Values that switch nothing on. */
  private static boolean isOff(@Nullable Object value) {
    return value == null
        || Boolean.FALSE.equals(value)
        || value instanceof Number n && n.doubleValue() == 0
        || value instanceof List<?> list && list.isEmpty()
        || value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof String text && text.isEmpty();
  }

  private static boolean same(@Nullable Object a, @Nullable Object b) {
    return a instanceof Number n && b instanceof Number m
        ? n.doubleValue() == m.doubleValue()
        : Objects.equals(a, b);
  }

  /** Whether an option says what another spelling of it says, too. */
  private static boolean repeats(Config config, String option) {
    return SPELLINGS.stream()
        .filter(spellings -> spellings.contains(option))
        .flatMap(Set::stream)
        .anyMatch(other -> !other.equals(option) && same(config.get(other), config.get(option)));
  }

  /** Whether the architecture is what an option says without anybody asking. */
  private static boolean isSo(String option, Spec spec) {
    return switch (option) {
      case "is_decoder" -> !(spec.reading() instanceof Reading.AtOnce);
      case "tie_word_embeddings" -> spec.head() instanceof Spec.Pooled; // of the head it lacks
      default -> false;
    };
  }

  /**
   * The options that are set, have not been read, and may change the results, in file order.
   *
   * @param spec what the configuration was read as; null of an object within one
   */
  static List<String> of(Config config, @Nullable Spec spec) {
    List<String> unread = new ArrayList<>();
    for (String option : config.unread()) {
      Object value = config.get(option);
      if (!isOff(value)
          && !HarmlessOptions.contains(option)
          && !same(value, NEUTRAL.get(option))
          && !(spec != null && isSo(option, spec))
          && !repeats(config, option)) {
        unread.add(option);
      }
    }
    return unread;
  }

  /**
   * @throws PunaException naming the first option that is set and was not read
   */
  static void refuse(Config config, @Nullable Spec spec) {
    for (String option : of(config, spec)) {
      throw refused(config, option);
    }
  }

  /** Likewise of an object within a configuration. */
  static void refuse(Config nested) {
    refuse(nested, (Spec) null);
  }

  /**
   * Likewise of a configuration that is not a model's.
   *
   * @param harmless options that may be there
   */
  static void refuse(Config config, Pattern harmless) {
    for (String option : config.unread()) {
      if (!isOff(config.get(option)) && !harmless.matcher(option).matches()) {
        throw refused(config, option);
      }
    }
  }

  private static PunaException refused(Config config, String option) {
    String shown = String.valueOf(config.get(option));
    return new PunaException(
        "%s: option %s = %s is not implemented"
            .formatted(
                config.where(), option, shown.length() > 60 ? shown.substring(0, 60) : shown),
        "take it out of the configuration if it does not change the model's results");
  }
}
