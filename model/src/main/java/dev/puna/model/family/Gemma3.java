package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Gemma 3 (Gemma Team 2025), its part that reads text: of six layers five see a window, and turn by
 * a base of their own; queries and keys are normalized.
 */
public final class Gemma3 implements Family {
  @Override
  public String name() {
    return "gemma3";
  }

  @Override
  public Set<String> names() {
    return Set.of("gemma3_text", "Gemma3ForCausalLM", "gemma3", "Gemma3ForConditionalGeneration");
  }

  @Override
  public Spec spec(FamilyConfig all) {
    FamilyConfig c = all.within("text_config", DEFAULTS);
    Normalization norm = c.rms(1e-6);
    Heads given = c.headsOf(256);
    float scale =
        (float) (1 / Math.sqrt(c.number("query_pre_attn_scalar", Gemma2.scalar(c, given, 62))));
    Heads heads = new Heads(given.query(), given.kv(), given.size(), given.valueSize(), scale);
    boolean bias = c.flag("attention_bias", false);
    Rotation everywhere = c.rotation(heads.size(), Rotation.Pairing.HALVES, "full_attention", 1e6);
    Rotation near =
        c.nearRotation(heads.size(), Rotation.Pairing.HALVES, "rope_local_base_freq", 10000);
    Spec.Attention attention =
        new Spec.Attention(heads, everywhere, new Mask.Causal(), bias, bias)
            .scores(Scores.capped((float) c.number("attn_logit_softcapping", 0)))
            .qkNorm(new Spec.QkNorm(norm, Spec.QkNorm.Span.HEAD));
    List<Mask> masks =
        c.masks(c.window(4096), c.sizeOr(6, "sliding_window_pattern", "_sliding_window_pattern"));
    Spec.Logits head =
        new Spec.Logits(c.tied(true), false, 1, (float) c.number("final_logit_softcapping", 0));
    return c.decoder(
        Gemma.embedding(c),
        i -> {
          boolean slides = masks.get(i) instanceof Mask.Sliding;
          Spec.Attention a = attention.mask(masks.get(i)).turned(slides ? near : everywhere);
          return new Spec.Layer(norm, a, norm, Gemma.ffn(c)).behind(norm, norm);
        },
        norm,
        head);
  }

  /** What the configuration within a model of pictures and text leaves out. */
  private static final java.util.Map<String, Object> DEFAULTS =
      java.util.Map.of(
          "vocab_size", 262208,
          "hidden_size", 2304,
          "intermediate_size", 9216,
          "num_hidden_layers", 26,
          "num_attention_heads", 8,
          "num_key_value_heads", 4,
          "max_position_embeddings", 131072);

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return Gemma.oneMore(Gemma2.names(StandardNames.LLAMA_LIKE).with(StandardNames.QK_NORMS))
        .prefixed("language_model.", "model.language_model.", "model.")
        .ignoring("(model\\.)?(vision_tower|multi_modal_projector)\\..*");
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.remove("embedding_scale"); // understood
  }
}
