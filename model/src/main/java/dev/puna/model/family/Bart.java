package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Change;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
    return Set.of(
        "bart",
        "BartForConditionalGeneration",
        "BartModel",
        "marian",
        "MarianMTModel",
        "MarianModel");
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
    Spec.Embedding embedding =
        Spec.Embedding.of(learned ? new Spec.Learned(context) : new Spec.Sinusoidal())
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
        Spec.Reading.LEFT_TO_RIGHT,
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
    List<Rule> rules = new ArrayList<>();
    rules.add(new Rule("model.shared", "token_embd"));
    rules.add(new Rule("lm_head", "output"));
    rules.add(new Rule("final_logits_bias", "output.bias"));
    stack(rules, "model.encoder.", "enc.", spec);
    stack(rules, "model.decoder.", "dec.", spec);
    attention(rules, "model.decoder.layers.{i}.encoder_attn", "dec.blk.{i}.cross_attn");
    rules.add(
        new Rule(
            "model.decoder.layers.{i}.encoder_attn_layer_norm", "dec.blk.{i}.cross_attn_norm"));
    boolean learned = spec.embedding().positions() instanceof Spec.Learned;
    WeightNames names =
        WeightNames.of(rules.toArray(Rule[]::new))
            .prefixed("model.")
            .ignoring("(model\\.)?(en|de)coder\\.embed_tokens\\.weight");
    return learned ? names : names.ignoring(".*embed_positions\\.weight"); // fixed sines
  }

  private static void stack(List<Rule> rules, String from, String to, Spec spec) {
    String layer = from + "layers.{i}.";
    String blk = to + "blk.{i}.";
    attention(rules, layer + "self_attn", blk + "attn");
    rules.add(new Rule(from + "layernorm_embedding", to + "token_embd_norm"));
    rules.add(new Rule(layer + "self_attn_layer_norm", blk + "attn_output_norm"));
    rules.add(new Rule(layer + "fc1", blk + "ffn_up"));
    rules.add(new Rule(layer + "fc2", blk + "ffn_down"));
    rules.add(new Rule(layer + "final_layer_norm", blk + "layer_output_norm"));
    if (spec.embedding().positions() instanceof Spec.Learned(int count)) {
      // two rows that no position looks at come first
      Change without = new Change.Last(count);
      rules.add(new Rule(from + "embed_positions", to + "position_embd", without));
    }
  }

  private static void attention(List<Rule> rules, String from, String to) {
    for (String part : List.of("q", "k", "v")) {
      rules.add(new Rule(from + "." + part + "_proj", to + "_" + part));
    }
    rules.add(new Rule(from + ".out_proj", to + "_output"));
  }
}
