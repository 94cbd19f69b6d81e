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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * BART (Lewis et al. 2020) and Marian (Junczys-Dowmunt et al. 2018): the original encoder-decoder
 * Transformer, norms behind the sums; BART's positions are learned, Marian's are sines.
 */
public final class Bart implements Family {
  @Override
  public String name() {
    return "bart";
  }

  @Override
  public Set<String> names() {
    return Set.of("bart", "BartForConditionalGeneration", "marian", "MarianMTModel");
  }

  @Override
  public @Nullable String ggufArchitecture() {
    return null;
  }

  @Override
  public Config completed(Config config, Set<String> stored) {
    return config.with("has_logits_bias", stored.contains("final_logits_bias"));
  }

  @Override
  public Spec spec(FamilyConfig c) {
    boolean learned = !c.flag("static_position_embeddings", isMarian(c));
    c.only("normalize_before", false);
    c.only("add_final_layer_norm", false);
    c.only("decoder_vocab_size", c.vocab());
    c.only("share_encoder_decoder_embeddings", true);
    c.unused("max_length", "num_hidden_layers");
    Normalization norm = new Normalization.Layer(1e-5f, true);
    int context = c.context(1024);
    double scale = c.flag("scale_embedding", false) ? Math.sqrt(c.width()) : 1;
    Embedding embedding =
        Embedding.of(learned ? new Embedding.Learned(context) : new Embedding.Sinusoidal())
            .scale(scale)
            .norm(c.flag("normalize_embedding", learned) ? norm : null);
    Spec.Layer reads = layer(c, "encoder_", norm, new Mask.Prefix());
    Heads heads = heads(c, "decoder_");
    Spec.Layer writes =
        layer(c, "decoder_", norm, new Mask.Causal()).cross(new Spec.Cross(norm, heads, true));
    return new Spec(
        c.vocab(),
        c.width(),
        context,
        embedding,
        Collections.nCopies(c.size("decoder_layers"), writes),
        null,
        new Spec.Logits(c.tied(true), c.flag("has_logits_bias", true), 1, 0),
        Reading.LEFT_TO_RIGHT,
        new Spec.Encoder(
            context, embedding, Collections.nCopies(c.size("encoder_layers"), reads), null));
  }

  private static boolean isMarian(FamilyConfig c) {
    return "marian".equals(c.raw().text("model_type", null));
  }

  private static Heads heads(FamilyConfig c, String stack) {
    int heads = c.size(stack + "attention_heads");
    return c.heads(heads, heads);
  }

  private static Spec.Layer layer(FamilyConfig c, String stack, Normalization norm, Mask mask) {
    Spec.Attention attention =
        new Spec.Attention(heads(c, stack), Scores.PLAIN, true, true).mask(mask);
    Spec.Mlp ffn = new Spec.Mlp(c.size(stack + "ffn_dim"), c.activation("gelu"), true);
    return new Spec.Layer(norm, attention, norm, ffn).postNorm();
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return BartNames.of(spec);
  }
}
