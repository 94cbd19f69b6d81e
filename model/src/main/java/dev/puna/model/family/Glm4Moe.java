package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import dev.puna.program.Routing;
import java.util.SequencedMap;
import java.util.Set;

/** GLM-4.5 (Zeng et al. 2025): experts chosen as DeepSeek V3 does, the first layers without. */
public final class Glm4Moe implements Family {
  @Override
  public String name() {
    return "glm4moe";
  }

  @Override
  public Set<String> names() {
    return Set.of("glm4_moe", "Glm4MoeForCausalLM", "glm4moe");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-5);
    Heads heads = c.headsOf(128);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES, 0.5);
    boolean bias = c.flag("attention_bias", false);
    boolean normed = c.flag("use_qk_norm", false);
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), bias, false)
            .qkNorm(normed ? new Spec.QkNorm(norm, Spec.QkNorm.Span.HEAD) : null);
    c.only("scoring_func", "sigmoid");
    Spec.Experts experts = DeepSeekParts.experts(c, Routing.Probability.SIGMOID, true, 2);
    int dense = c.raw().integer("first_k_dense_replace", 1);
    return c.decoder(
        i -> new Spec.Layer(norm, attention, norm, i < dense ? Glm.ffn(c) : experts),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE
        .with(StandardNames.QK_NORMS)
        .with(StandardNames.experts("model.layers.{i}.mlp."))
        .ignoring("model\\.layers\\." + spec.layers().size() + "\\..*"); // predicts two ahead
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return WeightNames.CANONICAL
        .with(new Rule("blk.{i}.post_attention_norm", "blk.{i}.ffn_norm"))
        .ignoring("blk\\." + spec.layers().size() + "\\..*");
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    DeepSeekParts.metadata(spec, metadata);
  }
}
