package dev.puna.bench;

import static dev.puna.bench.RandomModels.WIDTH;
import static dev.puna.bench.RandomModels.fused;
import static dev.puna.bench.RandomModels.norm;
import static dev.puna.bench.RandomModels.type;

/** Models of {@link RandomModels} without attention. */
final class RandomStateSpaces {
  private RandomStateSpaces() {}

  static RandomCheckpoint mamba2() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            type("mamba2", "Mamba2ForCausalLM", 2)
                + ", 'hidden_size': 64, 'num_heads': 8, 'head_dim': 16, 'state_size': 16,"
                + " 'n_groups': 1, 'expand': 2, 'conv_kernel': 4, 'tie_word_embeddings': true");
    c.tensor("backbone.embeddings.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    norm(c, "backbone.norm_f", false);
    for (int i = 0; i < 2; i++) {
      String at = "backbone.layers." + i + ".mixer.";
      norm(c, "backbone.layers." + i + ".norm", false);
      c.matrix(at + "in_proj.weight", 2 * 128 + 2 * 16 + 8, WIDTH);
      c.tensor(at + "conv1d.weight", 0, 0.5, 128 + 2 * 16, 1, 4);
      c.vector(at + "conv1d.bias", 128 + 2 * 16, 0);
      c.vector(at + "dt_bias", 8, -1).vector(at + "A_log", 8, 1).vector(at + "D", 8, 1);
      c.vector(at + "norm.weight", 128, 1);
      c.matrix(at + "out_proj.weight", WIDTH, 128);
    }
    return c;
  }

  static RandomCheckpoint falconMamba() {
    RandomCheckpoint c =
        new RandomCheckpoint(
            type("falcon_mamba", "FalconMambaForCausalLM", 2)
                + ", 'hidden_size': 64, 'state_size': 16, 'expand': 2, 'conv_kernel': 4,"
                + " 'time_step_rank': 4, 'tie_word_embeddings': false, 'mixer_rms_eps': 1e-6,"
                + " 'layer_norm_epsilon': 1e-5");
    c.tensor("backbone.embeddings.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    c.matrix("lm_head.weight", RandomCheckpoint.VOCAB, WIDTH);
    norm(c, "backbone.norm_f", false);
    for (int i = 0; i < 2; i++) {
      String at = "backbone.layers." + i + ".mixer.";
      norm(c, "backbone.layers." + i + ".norm", false);
      c.matrix(at + "in_proj.weight", 2 * 128, WIDTH);
      c.tensor(at + "conv1d.weight", 0, 0.5, 128, 1, 4);
      c.vector(at + "conv1d.bias", 128, 0);
      c.matrix(at + "x_proj.weight", 4 + 2 * 16, 128);
      fused(c, at + "dt_proj", 128, 4);
      c.tensor(at + "A_log", 1, 0.3, 128, 16);
      c.vector(at + "D", 128, 1);
      c.matrix(at + "out_proj.weight", WIDTH, 128);
    }
    return c;
  }
}
