package dev.puna.bench;

import static dev.puna.bench.RandomModels.HIDDEN;
import static dev.puna.bench.RandomModels.WIDTH;
import static dev.puna.bench.RandomModels.gated;

/** Models of an encoder and a decoder. */
final class RandomStacks {
  private RandomStacks() {}

  /**
   * T5.
   *
   * @param gated as from version 1.1 on, with a head of its own
   */
  static RandomCheckpoint t5(boolean gated) {
    RandomCheckpoint c =
        new RandomCheckpoint(
            "'model_type': 't5', 'architectures': ['T5ForConditionalGeneration'], 'd_model': 64,"
                + " 'd_kv': 16, 'd_ff': 96, 'num_layers': 3, 'num_decoder_layers': 2, 'num_heads':"
                + " 4, 'decoder_start_token_id': 0, 'eos_token_id': 1, 'pad_token_id': 0, "
                + (gated
                    ? "'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': false"
                    : "'feed_forward_proj': 'relu'"));
    c.tensor("shared.weight", 0, 1, RandomCheckpoint.VOCAB, WIDTH);
    if (gated) {
      c.matrix("lm_head.weight", RandomCheckpoint.VOCAB, WIDTH);
    }
    for (String stack : new String[] {"encoder.", "decoder."}) {
      boolean decodes = stack.equals("decoder.");
      c.vector(stack + "final_layer_norm.weight", WIDTH, 1);
      for (int i = 0; i < (decodes ? 2 : 3); i++) {
        String at = stack + "block." + i + ".layer.";
        crossing(c, at + "0.", "SelfAttention");
        if (i == 0) {
          c.tensor(at + "0.SelfAttention.relative_attention_bias.weight", 0, 1, 32, 4);
        }
        if (decodes) {
          crossing(c, at + "1.", "EncDecAttention");
        }
        String ffn = at + (decodes ? 2 : 1) + ".";
        c.vector(ffn + "layer_norm.weight", WIDTH, 1);
        for (String wi : gated ? new String[] {"wi_0", "wi_1"} : new String[] {"wi"}) {
          c.matrix(ffn + "DenseReluDense." + wi + ".weight", HIDDEN, WIDTH);
        }
        c.matrix(ffn + "DenseReluDense.wo.weight", WIDTH, HIDDEN);
      }
    }
    return c;
  }

  private static void crossing(RandomCheckpoint c, String at, String name) {
    c.vector(at + "layer_norm.weight", WIDTH, 1);
    for (String part : new String[] {"q", "k", "v", "o"}) {
      c.tensor(at + name + "." + part + ".weight", 0, 0.06, WIDTH, WIDTH);
    }
  }
}
