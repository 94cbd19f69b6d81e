package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a family has not looked at in a configuration. An option that says nothing about how logits
 * are computed may be there; any other that is set to something is refused rather than ignored.
 */
final class UnreadOptions {
  private UnreadOptions() {}

  /**
   * Options of training, of generation, of bookkeeping, and of how the same numbers are computed.
   */
  private static final Pattern HARMLESS =
      Pattern.compile(
          String.join(
              "|",
              "_.*",
              "architectures|model_type|auto_map|custom_pipelines|task_specific_params|is_\\w+",
              ".*(dropout|_pdrop|pdrop|drop_path|layerdrop|dropout_prob|drop_prob).*",
              ".*(initializer|init_std|init_scale|init_method|init_device|init_cfg|init_config).*",
              ".*token_ids?|.*_token|.*tokenizer.*|token_(healing|types?)|prefix|prompt_\\w+",
              "(torch_)?dtype|transformers_version|\\w*_version|version|revision|name|license|tags",
              "bf16|fp16|fp32|precision|model_dtype|quantization_bit|pre_seq_len|prefix_projection",
              ".*(use_cache|cache_implementation|flash_attn|flash_attention|use_sdpa|attn_impl"
                  + "|attn_implementation|attention_implementation|kernels?|fused|fusion|triton"
                  + "|softmax_in_fp32|in_fp32|gradient_checkpointing|recompute).*",
              ".*(_coef|_coeff|aux_loss|loss)(_\\w+)?|output_\\w+|return_\\w+|chunk_size\\w*",
              "problem_type|id2label|label2id|num_labels|finetuning_task|classifier_\\w+"
                  + "|summary_\\w+|pruned_heads|torchscript|tie_encoder_decoder|remove_invalid_values",
              "(max|min)_length|do_sample|early_stopping|num_beams|num_beam_groups|temperature"
                  + "|top_k|top_p|typical_p|repetition_penalty|length_penalty|no_repeat_ngram_size"
                  + "|encoder_no_repeat_ngram_size|bad_words_ids|num_return_sequences"
                  + "|diversity_penalty|suppress_tokens|exponential_decay_length_penalty|max_new_tokens"
                  + "|force_\\w+|forced_\\w+|begin_suppress_tokens|generation_\\w+",
              "pretraining_tp|seq_aux|ep_size|moe_layer_freq_default|use_parallel_\\w+_unused",
              "use_associative_scan|embedding_fraction|rescale_\\w+|time_step_(min|max|floor|scale|init_scheme)|dt_(min|max|scale|init).*",
              "emb_pdrop|embd_pdrop|resid_pdrop|verbose|logit_scale_unused|onnx_safe|tf_legacy_loss",
              "gradient_\\w+|optimizer\\w*|learning_rate|weight_decay|training_\\w+|pad_vocab\\w*",
              "scale_attn_weights_unused|reorder_and_upcast_attn|slow_but_exact|gguf|unsloth\\w*"));

  /** Values that switch nothing on. */
  private static boolean isOff(Object value) {
    return Boolean.FALSE.equals(value)
        || value instanceof Number n && n.doubleValue() == 0
        || value instanceof List<?> list && list.isEmpty()
        || value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof String text && text.isEmpty();
  }

  /**
   * @throws PunaException naming the first option that is set and was not read
   */
  static void refuse(Config config) {
    refuse(config, HARMLESS);
  }

  /**
   * @param harmless options that may be there
   */
  static void refuse(Config config, Pattern harmless) {
    for (String key : config.unread()) {
      Object value = config.get(key);
      if (value != null && !isOff(value) && !harmless.matcher(key).matches()) {
        String shown = String.valueOf(value);
        throw new PunaException(
            "%s: option %s = %s is not implemented"
                .formatted(
                    config.where(), key, shown.length() > 60 ? shown.substring(0, 60) : shown),
            "take it out of the configuration if it does not change the model's results");
      }
    }
  }
}
