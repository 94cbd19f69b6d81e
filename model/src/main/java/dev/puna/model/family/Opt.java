package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * OPT (Zhang et al. 2022): GPT-2 with ReLU; the 350M has norms behind its sums and a narrower
 * table.
 */
public final class Opt implements Family {
  @Override
  public String name() {
    return "opt";
  }

  @Override
  public Set<String> names() {
    return Set.of("opt", "OPTForCausalLM");
  }

  @Override
  public @Nullable String ggufArchitecture() {
    return null;
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean bias = c.flag("enable_bias", true);
    boolean before = c.flag("do_layer_norm_before", true);
    c.only("layer_norm_elementwise_affine", true);
    Normalization norm = new Normalization.Layer(1e-5f, true);
    Spec.Attention attention = new Spec.Attention(c.heads(), Scores.PLAIN, bias, bias);
    Spec.Mlp ffn = new Spec.Mlp(c.size("ffn_dim"), c.activation("relu"), bias);
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn);
    boolean last = before && !c.flag("_remove_final_layer_norm", false);
    int columns = c.sizeOr(c.width(), "word_embed_proj_dim");
    Embedding embedding =
        new Embedding(
            new Embedding.Learned(c.context(2048)), 0, columns == c.width() ? 0 : columns, 1, null);
    return c.decoder(
        embedding,
        i -> before ? layer : layer.postNorm(),
        last ? norm : null,
        new Spec.Logits(c.tied(true)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String layer = "model.decoder.layers.{i}.";
    boolean before = spec.layers().getFirst().preMix() != null;
    int count =
        spec.embedding().positions() instanceof Embedding.Learned learned ? learned.count() : 0;
    return WeightNames.of(
            new Rule("model.decoder.embed_tokens", "token_embd"),
            // two rows that no position looks at come first
            new Rule("model.decoder.embed_positions", "position_embd", new Change.Last(count)),
            new Rule("model.decoder.project_in", "token_embd_proj"),
            new Rule("model.decoder.project_out", "output_proj"),
            new Rule("model.decoder.final_layer_norm", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule(
                layer + "self_attn_layer_norm",
                before ? "blk.{i}.attn_norm" : "blk.{i}.attn_output_norm"),
            new Rule(layer + "self_attn.q_proj", "blk.{i}.attn_q"),
            new Rule(layer + "self_attn.k_proj", "blk.{i}.attn_k"),
            new Rule(layer + "self_attn.v_proj", "blk.{i}.attn_v"),
            new Rule(layer + "self_attn.out_proj", "blk.{i}.attn_output"),
            new Rule(
                layer + "final_layer_norm",
                before ? "blk.{i}.ffn_norm" : "blk.{i}.layer_output_norm"),
            new Rule(layer + "fc1", "blk.{i}.ffn_up"),
            new Rule(layer + "fc2", "blk.{i}.ffn_down"))
        .prefixed("model.", "model.decoder.");
  }
}
