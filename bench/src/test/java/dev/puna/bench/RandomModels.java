package dev.puna.bench;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Models of families and options that no fixture has, in their authors' layouts: D = 64, F = 96, H
 * = 4, K = 2, h = 16, two layers unless llama.cpp knows a model by its depth.
 */
final class RandomModels {
  static final int WIDTH = 64;
  static final int HIDDEN = 96;
  static final int SIZE = 16;
  static final String SIZES =
      "'hidden_size': 64, 'intermediate_size': 96, 'num_attention_heads': 4,"
          + " 'num_key_value_heads': 2, 'max_position_embeddings': 256, ";

  private RandomModels() {}

  static SequencedMap<String, RandomCheckpoint> all() {
    SequencedMap<String, RandomCheckpoint> all = new LinkedHashMap<>();
    all.put("granite", granite());
    all.put("olmo", olmo());
    all.put("olmo3", olmo3());
    all.put("gemma", gemma());
    all.put("gemma2", gemma2());
    all.put("gemma3", gemma3());
    all.put("cohere with norms of queries and keys", cohere());
    all.put("stablelm, parallel", stableLm());
    all.put("glm4_moe", RandomExperts.glm4Moe());
    all.put("deepseek_v2_lite", RandomExperts.deepSeekLite());
    all.put("gpt_neox, sequential", gptNeoX());
    all.put("gpt_oss without yarn", RandomExperts.gptOss());
    all.put("baichuan 7b", baichuan("'max_position_embeddings': 256", 32, false));
    all.put("baichuan 13b", baichuan("'model_max_length': 256", 40, false));
    all.put(
        "baichuan2 7b", baichuan("'max_position_embeddings': 256, 'z_loss_weight': 0", 32, true));
    all.put("phi3, a part turning", phi3());
    all.put("llama, linear", linear());
    all.put("bloom, 6 heads", bloom());
    all.put("mpt, clipped", mpt());
    all.put("mamba2", RandomStateSpaces.mamba2());
    all.put("falcon_mamba", RandomStateSpaces.falconMamba());
    return all;
  }

  static String type(String modelType, String architecture, int layers) {
    return "'model_type': '%s', 'architectures': ['%s'], 'num_hidden_layers': %d"
        .formatted(modelType, architecture, layers);
  }

  static String layer(int i) {
    return "model.layers." + i + ".";
  }

  static RandomCheckpoint around(RandomCheckpoint c, boolean head) {
    c.tensor("model.embed_tokens.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    return head ? c.matrix("lm_head.weight", RandomCheckpoint.VOCAB, WIDTH) : c;
  }

  static void attention(RandomCheckpoint c, String at, int heads, int kv, int size) {
    c.matrix(at + "q_proj.weight", heads * size, WIDTH);
    c.matrix(at + "k_proj.weight", kv * size, WIDTH);
    c.matrix(at + "v_proj.weight", kv * size, WIDTH);
    c.matrix(at + "o_proj.weight", WIDTH, heads * size);
  }

  static void biases(RandomCheckpoint c, String at) {
    c.vector(at + "q_proj.bias", 4 * SIZE, 0);
    c.vector(at + "k_proj.bias", 2 * SIZE, 0);
    c.vector(at + "v_proj.bias", 2 * SIZE, 0);
  }

  static void gated(RandomCheckpoint c, String at, int hidden) {
    c.matrix(at + "gate_proj.weight", hidden, WIDTH);
    c.matrix(at + "up_proj.weight", hidden, WIDTH);
    c.matrix(at + "down_proj.weight", WIDTH, hidden);
  }

  static void norm(RandomCheckpoint c, String name, boolean bias) {
    c.vector(name + ".weight", WIDTH, 1);
    if (bias) {
      c.vector(name + ".bias", WIDTH, 0);
    }
  }

  /** What LLaMA has, norms before the parts. */
  private static RandomCheckpoint llamaLike(RandomCheckpoint c, int layers, boolean head) {
    around(c, head);
    norm(c, "model.norm", false);
    for (int i = 0; i < layers; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      gated(c, layer(i) + "mlp.", HIDDEN);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
    }
    return c;
  }

  private static RandomCheckpoint linear() {
    String scaling = ", 'rope_scaling': {'type': 'linear', 'factor': 4.0}";
    return llamaLike(
        new RandomCheckpoint(SIZES + type("llama", "LlamaForCausalLM", 2) + scaling), 2, true);
  }

  private static RandomCheckpoint granite() {
    String scales =
        ", 'embedding_multiplier': 3.0, 'attention_multiplier': 0.2, 'residual_multiplier': 0.4,"
            + " 'logits_scaling': 2.0, 'tie_word_embeddings': true";
    return llamaLike(
        new RandomCheckpoint(SIZES + type("granite", "GraniteForCausalLM", 2) + scales), 2, false);
  }

  private static RandomCheckpoint olmo() {
    RandomCheckpoint c =
        new RandomCheckpoint(SIZES + type("olmo", "OlmoForCausalLM", 2) + ", 'clip_qkv': 0.8");
    around(c, true);
    for (int i = 0; i < 2; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      gated(c, layer(i) + "mlp.", HIDDEN);
    }
    return c;
  }

  /** Layers that see a window turn without scaling. */
  private static RandomCheckpoint olmo3() {
    String options =
        ", 'sliding_window': 8, 'rope_theta': 500000, 'rope_scaling': {'rope_type': 'yarn',"
            + " 'factor': 4.0, 'original_max_position_embeddings': 64, 'beta_fast': 32,"
            + " 'beta_slow': 1}, 'layer_types': ['sliding_attention', 'sliding_attention',"
            + " 'sliding_attention', 'full_attention']";
    RandomCheckpoint c =
        new RandomCheckpoint(SIZES + type("olmo3", "Olmo3ForCausalLM", 4) + options);
    around(c, true);
    norm(c, "model.norm", false);
    for (int i = 0; i < 4; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      c.vector(layer(i) + "self_attn.q_norm.weight", 4 * SIZE, 1);
      c.vector(layer(i) + "self_attn.k_norm.weight", 2 * SIZE, 1);
      gated(c, layer(i) + "mlp.", HIDDEN);
      norm(c, layer(i) + "post_attention_layernorm", false);
      norm(c, layer(i) + "post_feedforward_layernorm", false);
    }
    return c;
  }

  // ---- gains stored as their distance from 1 ----

  private static RandomCheckpoint gemmaLike(
      RandomCheckpoint c, int layers, String[] norms, boolean qk) {
    c.tensor("model.embed_tokens.weight", 0, 0.2, RandomCheckpoint.VOCAB, WIDTH);
    c.vector("model.norm.weight", WIDTH, 0);
    for (int i = 0; i < layers; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, 32);
      gated(c, layer(i) + "mlp.", HIDDEN);
      for (String norm : norms) {
        c.vector(layer(i) + norm + ".weight", WIDTH, 0);
      }
      if (qk) {
        c.vector(layer(i) + "self_attn.q_norm.weight", 32, 0);
        c.vector(layer(i) + "self_attn.k_norm.weight", 32, 0);
      }
    }
    return c;
  }

  private static RandomCheckpoint gemma() {
    String options = ", 'head_dim': 32, 'hidden_act': 'gelu'";
    return gemmaLike(
        new RandomCheckpoint(SIZES + type("gemma", "GemmaForCausalLM", 2) + options),
        2,
        new String[] {"input_layernorm", "post_attention_layernorm"},
        false);
  }

  private static final String[] FOUR = {
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm"
  };

  private static RandomCheckpoint gemma2() {
    String options =
        ", 'head_dim': 32, 'query_pre_attn_scalar': 32, 'sliding_window': 8,"
            + " 'attn_logit_softcapping': 5.0, 'final_logit_softcapping': 3.0";
    return gemmaLike(
        new RandomCheckpoint(SIZES + type("gemma2", "Gemma2ForCausalLM", 2) + options),
        2,
        FOUR,
        false);
  }

  private static RandomCheckpoint gemma3() {
    String options =
        ", 'head_dim': 32, 'query_pre_attn_scalar': 32, 'sliding_window': 8, 'rope_theta': 1000000,"
            + " 'rope_local_base_freq': 10000, 'rope_scaling': {'rope_type': 'linear', 'factor':"
            + " 8.0}";
    return gemmaLike(
        new RandomCheckpoint(SIZES + type("gemma3_text", "Gemma3ForCausalLM", 7) + options),
        7,
        FOUR,
        true);
  }

  // ---- LayerNorm ----

  /** llama.cpp looks for these norms in models of 64 layers and more. */
  private static RandomCheckpoint cohere() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES
                + type("cohere", "CohereForCausalLM", 64)
                + ", 'use_qk_norm': true, 'logit_scale': 0.5, 'rope_theta': 8000000.0");
    around(c, false);
    norm(c, "model.norm", false);
    for (int i = 0; i < 64; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      c.tensor(layer(i) + "self_attn.q_norm.weight", 1, 0.1, 4, SIZE);
      c.tensor(layer(i) + "self_attn.k_norm.weight", 1, 0.1, 2, SIZE);
      gated(c, layer(i) + "mlp.", HIDDEN);
      norm(c, layer(i) + "input_layernorm", false);
    }
    return c;
  }

  private static RandomCheckpoint stableLm() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES
                + type("stablelm", "StableLmForCausalLM", 2)
                + ", 'use_parallel_residual': true, 'qk_layernorm': true, 'use_qkv_bias': false");
    around(c, true);
    norm(c, "model.norm", true);
    for (int i = 0; i < 2; i++) {
      attention(c, layer(i) + "self_attn.", 4, 2, SIZE);
      for (int h = 0; h < 4; h++) {
        c.vector(layer(i) + "self_attn.q_layernorm.norms." + h + ".weight", SIZE, 1);
      }
      for (int h = 0; h < 2; h++) {
        c.vector(layer(i) + "self_attn.k_layernorm.norms." + h + ".weight", SIZE, 1);
      }
      gated(c, layer(i) + "mlp.", HIDDEN);
      norm(c, layer(i) + "input_layernorm", true);
    }
    return c;
  }

  private static RandomCheckpoint gptNeoX() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES.replace("'num_key_value_heads': 2, ", "")
                + type("gpt_neox", "GPTNeoXForCausalLM", 2)
                + ", 'use_parallel_residual': false, 'rotary_pct': 0.5, 'hidden_act': 'gelu'");
    c.tensor("gpt_neox.embed_in.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    c.matrix("embed_out.weight", RandomCheckpoint.VOCAB, WIDTH);
    norm(c, "gpt_neox.final_layer_norm", true);
    for (int i = 0; i < 2; i++) {
      String at = "gpt_neox.layers." + i + ".";
      fused(c, at + "attention.query_key_value", 3 * WIDTH, WIDTH);
      fused(c, at + "attention.dense", WIDTH, WIDTH);
      fused(c, at + "mlp.dense_h_to_4h", HIDDEN, WIDTH);
      fused(c, at + "mlp.dense_4h_to_h", WIDTH, HIDDEN);
      norm(c, at + "input_layernorm", true);
      norm(c, at + "post_attention_layernorm", true);
    }
    return c;
  }

  static void fused(RandomCheckpoint c, String name, int rows, int cols) {
    c.matrix(name + ".weight", rows, cols);
    c.vector(name + ".bias", rows, 0);
  }

  private static RandomCheckpoint bloom() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            "'model_type': 'bloom', 'architectures': ['BloomForCausalLM'], 'n_layer': 2,"
                + " 'n_head': 6, 'hidden_size': 96, 'seq_length': 256");
    c.tensor("word_embeddings.weight", 0, 1, RandomCheckpoint.VOCAB, 96);
    for (String name : new String[] {"word_embeddings_layernorm", "ln_f"}) {
      c.vector(name + ".weight", 96, 1).vector(name + ".bias", 96, 0);
    }
    for (int i = 0; i < 2; i++) {
      String at = "h." + i + ".";
      fused(c, at + "self_attention.query_key_value", 3 * 96, 96);
      fused(c, at + "self_attention.dense", 96, 96);
      fused(c, at + "mlp.dense_h_to_4h", 4 * 96, 96);
      fused(c, at + "mlp.dense_4h_to_h", 96, 4 * 96);
      for (String name : new String[] {"input_layernorm", "post_attention_layernorm"}) {
        c.vector(at + name + ".weight", 96, 1).vector(at + name + ".bias", 96, 0);
      }
    }
    return c;
  }

  private static RandomCheckpoint mpt() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            "'model_type': 'mpt', 'architectures': ['MPTForCausalLM'], 'n_layers': 2, 'n_heads': 4,"
                + " 'd_model': 64, 'expansion_ratio': 4, 'max_seq_len': 256, 'no_bias': true,"
                + " 'attn_config': {'alibi': true, 'alibi_bias_max': 6, 'clip_qkv': 0.7}");
    c.tensor("transformer.wte.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    norm(c, "transformer.norm_f", false);
    for (int i = 0; i < 2; i++) {
      String at = "transformer.blocks." + i + ".";
      c.matrix(at + "attn.Wqkv.weight", 3 * WIDTH, WIDTH);
      c.matrix(at + "attn.out_proj.weight", WIDTH, WIDTH);
      c.matrix(at + "ffn.up_proj.weight", 4 * WIDTH, WIDTH);
      c.matrix(at + "ffn.down_proj.weight", WIDTH, 4 * WIDTH);
      norm(c, at + "norm_1", false);
      norm(c, at + "norm_2", false);
    }
    return c;
  }

  // ---- others ----

  private static RandomCheckpoint baichuan(String options, int layers, boolean second) {
    RandomCheckpoint c =
        new RandomCheckpoint(
            "'hidden_size': 64, 'intermediate_size': 96, 'num_attention_heads': 4, "
                + type("baichuan", second ? "BaichuanForCausalLM" : "BaiChuanForCausalLM", layers)
                + ", "
                + options);
    around(c, true);
    norm(c, "model.norm", false);
    for (int i = 0; i < layers; i++) {
      c.matrix(layer(i) + "self_attn.W_pack.weight", 3 * WIDTH, WIDTH);
      c.matrix(layer(i) + "self_attn.o_proj.weight", WIDTH, WIDTH);
      gated(c, layer(i) + "mlp.", HIDDEN);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
    }
    return c;
  }

  private static RandomCheckpoint phi3() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            SIZES
                + type("phi3", "Phi3ForCausalLM", 2)
                + ", 'partial_rotary_factor': 0.75, 'tie_word_embeddings': true,"
                + " 'original_max_position_embeddings': 256");
    around(c, false);
    norm(c, "model.norm", false);
    for (int i = 0; i < 2; i++) {
      c.matrix(layer(i) + "self_attn.qkv_proj.weight", 8 * SIZE, WIDTH);
      c.matrix(layer(i) + "self_attn.o_proj.weight", WIDTH, WIDTH);
      c.matrix(layer(i) + "mlp.gate_up_proj.weight", 2 * HIDDEN, WIDTH);
      c.matrix(layer(i) + "mlp.down_proj.weight", WIDTH, HIDDEN);
      norm(c, layer(i) + "input_layernorm", false);
      norm(c, layer(i) + "post_attention_layernorm", false);
    }
    return c;
  }
}
