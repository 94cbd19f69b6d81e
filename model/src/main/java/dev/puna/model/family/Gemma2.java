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
import dev.puna.program.Scores;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Gemma 2 (Gemma Team 2024): every other layer sees a window; norms behind the parts too; scores
 * and logits are capped.
 */
public final class Gemma2 implements Family {
  @Override
  public String name() {
    return "gemma2";
  }

  @Override
  public Set<String> names() {
    return Set.of("gemma2", "Gemma2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    Heads given = c.headsOf(256);
    float scale = (float) (1 / Math.sqrt(c.number("query_pre_attn_scalar", scalar(c, given, 46))));
    Heads heads = new Heads(given.query(), given.kv(), given.size(), given.valueSize(), scale);
    boolean bias = c.flag("attention_bias", false);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    Spec.Attention attention =
        new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias)
            .scores(Scores.capped((float) c.number("attn_logit_softcapping", 0)));
    List<Mask> masks = c.masks(c.window(4096), 2);
    Spec.Logits head =
        new Spec.Logits(c.tied(true), false, 1, (float) c.number("final_logit_softcapping", 0));
    return c.decoder(
        Gemma.embedding(c),
        i ->
            new Spec.Layer(norm, attention.mask(masks.get(i)), norm, Gemma.ffn(c))
                .behind(norm, norm),
        norm,
        head);
  }

  /** GGUF does not say it: a head's columns, but for the largest model, which its depth tells. */
  static int scalar(FamilyConfig c, Heads heads, int deepest) {
    int largest = c.width() / heads.query();
    return !c.isGguf() ? 256 : c.layers() == deepest ? largest : heads.size();
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return Gemma.oneMore(names(StandardNames.LLAMA_LIKE));
  }

  /** Four norms a layer, also of its successor. */
  static WeightNames names(WeightNames names) {
    return names
        .without("model.layers.{i}.post_attention_layernorm")
        .with(
            new Rule("model.layers.{i}.post_attention_layernorm", "blk.{i}.post_attention_norm"),
            new Rule("model.layers.{i}.pre_feedforward_layernorm", "blk.{i}.ffn_norm"),
            new Rule("model.layers.{i}.post_feedforward_layernorm", "blk.{i}.post_ffw_norm"));
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.remove("embedding_scale"); // understood
  }
}
