package dev.puna.bench;

import static dev.puna.bench.RandomModels.HIDDEN;
import static dev.puna.bench.RandomModels.SIZE;
import static dev.puna.bench.RandomModels.SIZES;
import static dev.puna.bench.RandomModels.WIDTH;
import static dev.puna.bench.RandomModels.around;
import static dev.puna.bench.RandomModels.attention;
import static dev.puna.bench.RandomModels.biases;
import static dev.puna.bench.RandomModels.fused;
import static dev.puna.bench.RandomModels.gated;
import static dev.puna.bench.RandomModels.layer;
import static dev.puna.bench.RandomModels.norm;
import static dev.puna.bench.RandomModels.type;

/** Models of {@link RandomModels} that are mixtures of experts. */
final class RandomExperts {
  private RandomExperts() {}

  static RandomCheckpoint glm4Moe() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES
                + type("glm4_moe", "Glm4MoeForCausalLM", 2)
                + ", 'head_dim': 16, 'partial_rotary_factor': 0.5, 'attention_bias': true,"
                + " 'use_qk_norm': true, 'n_routed_experts': 6, 'num_experts_per_tok': 2,"
                + " 'n_shared_experts': 1, 'moe_intermediate_size': 32, 'n_group': 1,"
                + " 'topk_group': 1, 'norm_topk_prob': true, 'routed_scaling_factor': 1.5,"
                + " 'first_k_dense_replace': 1");
    around(c, true);
    norm(c, "model.norm", false);
    for (int i = 0; i < 2; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      biases(c, layer(i) + "self_attn.");
      c.vector(layer(i) + "self_attn.q_norm.weight", SIZE, 1);
      c.vector(layer(i) + "self_attn.k_norm.weight", SIZE, 1);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
    }
    gated(c, "model.layers.0.mlp.", HIDDEN);
    experts(c, "model.layers.1.mlp.", 6);
    return c.vector("model.layers.1.mlp.gate.e_score_correction_bias", 6, 0);
  }

  private static void experts(RandomCheckpoint c, String at, int count) {
    c.matrix(at + "gate.weight", count, WIDTH);
    gated(c, at + "shared_experts.", 32);
    for (int e = 0; e < count; e++) {
      gated(c, at + "experts." + e + ".", 32);
    }
  }

  /** llama.cpp knows by 27 layers that queries are made directly. */
  static RandomCheckpoint deepSeekLite() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES.replace("'num_key_value_heads': 2", "'num_key_value_heads': 4")
                + type("deepseek_v2", "DeepseekV2ForCausalLM", 27)
                + ", 'kv_lora_rank': 24, 'q_lora_rank': null, 'qk_nope_head_dim': 16,"
                + " 'qk_rope_head_dim': 8, 'v_head_dim': 12, 'n_routed_experts': 6,"
                + " 'num_experts_per_tok': 2, 'n_shared_experts': 1, 'moe_intermediate_size': 32,"
                + " 'first_k_dense_replace': 26, 'topk_method': 'greedy', 'rope_scaling': {'type':"
                + " 'yarn', 'factor': 40, 'mscale': 0.707, 'mscale_all_dim': 0.707, 'beta_fast':"
                + " 32, 'beta_slow': 1, 'original_max_position_embeddings': 64}");
    around(c, true);
    norm(c, "model.norm", false);
    for (int i = 0; i < 27; i++) {
      String at = layer(i) + "self_attn.";
      c.matrix(at + "q_proj.weight", 4 * 24, WIDTH);
      c.matrix(at + "kv_a_proj_with_mqa.weight", 24 + 8, WIDTH);
      c.vector(at + "kv_a_layernorm.weight", 24, 1);
      c.matrix(at + "kv_b_proj.weight", 4 * (16 + 12), 24);
      c.matrix(at + "o_proj.weight", WIDTH, 4 * 12);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
      if (i < 26) {
        gated(c, layer(i) + "mlp.", HIDDEN);
      }
    }
    experts(c, "model.layers.26.mlp.", 6);
    return c;
  }

  static RandomCheckpoint gptOss() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES
                + type("gpt_oss", "GptOssForCausalLM", 2)
                + ", 'head_dim': 16, 'num_local_experts': 4, 'num_experts_per_tok': 2,"
                + " 'sliding_window': 8, 'rope_theta': 150000, 'swiglu_limit': 7.0");
    around(c, true);
    norm(c, "model.norm", false);
    for (int i = 0; i < 2; i++) {
      String mlp = layer(i) + "mlp.";
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      biases(c, layer(i) + "self_attn.");
      c.vector(layer(i) + "self_attn.o_proj.bias", WIDTH, 0);
      c.tensor(layer(i) + "self_attn.sinks", 0, 1, 4);
      fused(c, mlp + "router", 4, WIDTH);
      c.tensor(mlp + "experts.gate_up_proj", 0, 0.1, 4, WIDTH, 2 * HIDDEN);
      c.tensor(mlp + "experts.gate_up_proj_bias", 0, 0.1, 4, 2 * HIDDEN);
      c.tensor(mlp + "experts.down_proj", 0, 0.1, 4, HIDDEN, WIDTH);
      c.tensor(mlp + "experts.down_proj_bias", 0, 0.1, 4, WIDTH);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
    }
    return c;
  }
}
