package dev.puna.model;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Options of a config.json that say nothing about how a text's scores are computed, by what they
 * are about. Names are regular expressions.
 */
enum HarmlessOptions {
  /** Where a checkpoint comes from, and which code reads it. */
  ORIGIN(
      "_(?!remove_).*", // "_name_or_path" and the like
      "architectures|model_type|auto_map|custom_pipelines|task_specific_params|torchscript",
      "\\w*version|revision|name|model_name\\w*|license|tags|unsloth\\w*|gguf|onnx_safe",
      "transformers\\.js_config|is_\\w+_config|is_(composition|encoder_decoder)"),

  /** Training: what was dropped, how weights began, what was minimized. */
  TRAINING(
      ".*(dropout|pdrop|drop_path|drop_prob|layerdrop).*",
      ".*(initializer|init_(std|scale|method|device|cfg|config)).*|initial_scale|rescale_\\w+",
      "time_step_(min|max|floor|scale|init_scheme)|dt_(min|max|scale|init).*",
      "(\\w+_)?(coef|coeff)|\\w*loss(_\\w+)?|seq_aux|router_jitter_noise|neftune_\\w+",
      "gradient_\\w+|optimizer\\w*|learning_rate|weight_decay|training_\\w+|recompute\\w*",
      "(num|n)_(nextn_predict|mtp|predict_ahead)\\w*"),

  /** Tokens, the tokenizer, and how long a text may be. */
  TEXT(
      "\\w+_token_(ids?|index)|\\w+_token|\\w*tokenizer\\w*|token_(healing|types?)|\\w*_words_ids",
      "predict_special_tokens|prefix|prompt_\\w+|chat_template|pad_vocab\\w*",
      "(model_)?max_(seq(uence)?_)?len(gth)?|seq_length|n_ctx|n_positions|initial_context_length",
      "max_position_embeddings"),

  /** Numbers' types, and how the same numbers are computed. */
  COMPUTATION(
      "(torch_|params_|model_)?dtype|bf16|fp16|fp32|precision|\\w*in_fp32|fp32_\\w+",
      "\\w*use_cache\\w*|cache_implementation|\\w*flash\\w*|use_sdpa|\\w*attn_impl(ementation)?",
      "attention_implementation|\\w*(fused|fusion|triton)\\w*|use_\\w*kernels?|use_mambapy",
      "use_associative_scan|chunk_size(_\\w+)?|pretraining_tp|ep_size|tensor_parallel\\w*",
      "apply_query_key_layer_scaling|reorder_and_upcast_attn|slow_but_exact|verbose",
      "qk_head_dim|" // the sum of two others
          + "dual_chunk_attention_config"), // an approximation that the reference does without

  /** Generation. */
  GENERATION(
      "min_length|do_sample|early_stopping|num_beams|num_beam_groups|temperature|top_[kp]",
      "typical_p|\\w*repetition_penalty|length_penalty|diversity_penalty|max_new_tokens",
      "(encoder_)?no_repeat_ngram_size|num_return_sequences|exponential_decay_length_penalty",
      "(begin_)?suppress_tokens|forced?_\\w+|generation_\\w+|remove_invalid_values",
      "output_\\w+|return_\\w+|calc_logits_for_entire_prompt|num_logits_to_keep"),

  /** Tasks other than this project's: what they add stands behind the layers. */
  TASKS(
      "problem_type|id2label|label2id|num_labels|n_special|finetuning_task|classif\\w*",
      "summary_\\w+|pooler_\\w+|directionality"),

  /** Pictures and sounds beside the text. */
  OTHER_INPUTS("vision_\\w+|audio_\\w+|image_\\w+|img_\\w+|mm_\\w+|visual|spatial_merge_size");

  private final Pattern names;

  HarmlessOptions(String... names) {
    this.names = Pattern.compile(String.join("|", names));
  }

  static boolean contains(String option) {
    return Arrays.stream(values()).anyMatch(group -> group.names.matcher(option).matches());
  }
}
