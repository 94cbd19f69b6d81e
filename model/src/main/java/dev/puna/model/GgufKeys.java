package dev.puna.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** GGUF's keys, without the architecture before them, and config.json's that they answer. */
final class GgufKeys {
  private GgufKeys() {}

  /**
   * What answers a key.
   *
   * @param keys of config.json, each for the families that call it so; none: read apart, or saying
   *     nothing about results
   * @param decides whether a family that does not look at it would compute something else; shapes
   *     of tensors say as much as a size does
   * @param zero whether zero means more than that the option is not used
   */
  record Answer(List<String> keys, boolean decides, boolean zero) {}

  /** A key, how it is taken (size, option, or with a meaning of zero), and what it answers. */
  private static final String TABLE =
      """
      context_length                          size   max_position_embeddings n_positions
      embedding_length                        size   hidden_size
      block_count                             size   num_hidden_layers
      vocab_size                              size   vocab_size
      feed_forward_length                     size   intermediate_size
      expert_feed_forward_length              size   moe_intermediate_size
      expert_shared_feed_forward_length       size   shared_expert_intermediate_size
      attention.head_count                    size   num_attention_heads
      attention.head_count_kv                 size   num_key_value_heads
      attention.key_length                    size   head_dim
      attention.value_length                  size
      attention.key_length_mla                size
      attention.value_length_mla              size
      attention.q_lora_rank                   size   q_lora_rank
      attention.kv_lora_rank                  size   kv_lora_rank
      attention.layer_norm_rms_epsilon        size   rms_norm_eps
      attention.layer_norm_epsilon            size   layer_norm_eps
      attention.sliding_window                option sliding_window
      attention.sliding_window_pattern        size
      attention.clamp_kqv                     option clip_qkv
      attention.max_alibi_bias                option alibi_bias_max
      attention.scale                         option attention_multiplier query_pre_attn_scalar
      attention.causal                        size
      attention.relative_buckets_count        option relative_attention_num_buckets
      attn_logit_softcapping                  option attn_logit_softcapping
      final_logit_softcapping                 option final_logit_softcapping
      logit_scale                             option logit_scale logits_scaling
      embedding_scale                         option embedding_multiplier
      residual_scale                          option residual_multiplier
      use_parallel_residual                   zero   use_parallel_residual
      expert_count                            option num_experts num_local_experts
      expert_used_count                       size   num_experts_per_tok
      expert_shared_count                     option n_shared_experts
      expert_group_count                      option n_group
      expert_group_used_count                 size   topk_group
      expert_weights_scale                    option routed_scaling_factor
      expert_weights_norm                     zero   norm_topk_prob
      expert_gating_func                      option scoring_func
      leading_dense_block_count               zero   first_k_dense_replace
      nextn_predict_layers                    size
      pooling_type                            size   pooling_type
      decoder_start_token_id                  size   decoder_start_token_id
      decoder_block_count                     size   num_decoder_layers
      tensor_data_layout                      size
      rope.dimension_count                    size   rotary_dim
      rope.freq_base                          size   rope_theta
      rope.freq_base_swa                      option rope_local_base_freq
      rope.scale_linear                       size
      rope.scaling.type                       size
      rope.scaling.factor                     size
      rope.scaling.attn_factor                size
      rope.scaling.original_context_length    size
      rope.scaling.finetuned                  size
      rope.scaling.yarn_beta_fast             size
      rope.scaling.yarn_beta_slow             size
      rope.scaling.yarn_log_multiplier        option yarn_log_multiplier
      ssm.conv_kernel                         size   conv_kernel mamba_d_conv
      ssm.inner_size                          size   d_inner
      ssm.state_size                          size   state_size mamba_d_state
      ssm.time_step_rank                      size   time_step_rank mamba_dt_rank num_heads
      ssm.group_count                         size   n_groups
      ssm.dt_b_c_rms                          option dt_b_c_rms
      """;

  private static final Map<String, Answer> ANSWERS = answers();

  private static Map<String, Answer> answers() {
    Map<String, Answer> answers = new LinkedHashMap<>();
    for (String line : TABLE.split("\n", -1)) {
      String[] words = line.trim().split(" +", -1);
      if (words.length > 1) {
        List<String> keys = Arrays.asList(words).subList(2, words.length);
        boolean decides = !words[1].equals("size");
        answers.put(words[0], new Answer(List.copyOf(keys), decides, words[1].equals("zero")));
      }
    }
    return answers;
  }

  /** What answers a key; null if it is not known. */
  static @Nullable Answer answer(String suffix) {
    return ANSWERS.get(suffix);
  }
}
