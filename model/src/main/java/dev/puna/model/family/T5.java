package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Reading;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.Set;

/**
 * T5 and T5 v1.1 (Raffel et al. 2020): encoder and decoder with RMSNorm, scores biased by learned
 * buckets of distances and not scaled.
 */
public final class T5 implements Family {
  @Override
  public String name() {
    return "t5";
  }

  @Override
  public Set<String> names() {
    return Set.of("t5", "T5ForConditionalGeneration", "mt5", "MT5ForConditionalGeneration");
  }

  @Override
  public Config completed(Config config, Set<String> stored) {
    boolean scaled = config.flag("scale_decoder_outputs", config.flag("tie_word_embeddings", true));
    return config
        .with("scale_decoder_outputs", scaled)
        .with(
            "tie_word_embeddings",
            !stored.stream().anyMatch(Set.of("lm_head.weight", "output.weight")::contains));
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    int query = c.size("num_heads", "num_attention_heads");
    int size = c.size("d_kv", "head_dim");
    Heads heads = new Heads(query, query, size, size, 1);
    int layers = c.layers();
    Spec.Ffn ffn = T5Ffn.of(c);
    Spec.Layer reads = new Spec.Layer(norm, attention(c, heads, true), norm, ffn);
    Spec.Layer writes =
        new Spec.Layer(norm, attention(c, heads, false), norm, ffn)
            .cross(new Spec.Cross(norm, heads, false));
    int context = c.sizeOr(512, "n_positions");
    boolean tied = c.tied(true);
    boolean scaled = c.flag("scale_decoder_outputs", tied);
    float scale = scaled ? (float) (1 / Math.sqrt(c.width())) : 1;
    return new Spec(
        c.vocab(),
        c.width(),
        context,
        Embedding.PLAIN,
        Collections.nCopies(c.sizeOr(layers, "num_decoder_layers"), writes),
        norm,
        new Spec.Logits(tied, false, scale, 0),
        Reading.LEFT_TO_RIGHT,
        new Spec.Encoder(context, Embedding.PLAIN, Collections.nCopies(layers, reads), norm));
  }

  private static Spec.Attention attention(FamilyConfig c, Heads heads, boolean bothWays) {
    Scores.Bias bias =
        new Scores.Buckets(
            c.sizeOr(32, "relative_attention_num_buckets"),
            c.sizeOr(128, "relative_attention_max_distance"),
            bothWays);
    return new Spec.Attention(heads, Scores.biased(bias), false, false)
        .mask(bothWays ? new Mask.Prefix() : new Mask.Causal());
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return T5Names.of();
  }

  @Override
  public WeightNames ggufNames(Spec spec) {
    return T5Names.GGUF;
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.remove("attention.scale"); // none, and that of a tied head: understood
    metadata.remove("logit_scale");
  }
}
