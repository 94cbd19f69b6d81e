package dev.puna.model.family;

import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Granite 3 (IBM 2024): LLaMA with four multipliers: of embeddings, scores, what joins the stream,
 * and logits.
 */
public final class Granite implements Family {
  @Override
  public String name() {
    return "granite";
  }

  @Override
  public Set<String> names() {
    return Set.of("granite", "GraniteForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Spec.Layer plain = Llama.layer(c, bias(c), bias(c), new Mask.Causal());
    Heads given = c.heads();
    float scale = (float) c.number("attention_multiplier", 1);
    Heads heads = new Heads(given.query(), given.kv(), given.size(), given.size(), scale);
    Spec.Attention attention = Llama.attention(c, bias(c), bias(c), new Mask.Causal()).heads(heads);
    Spec.Layer layer =
        new Spec.Layer(c.rms(1e-6), attention, c.rms(1e-6), plain.ffn())
            .residual(new Spec.Sequential((float) c.number("residual_multiplier", 1)));
    return c.decoder(
        Embedding.PLAIN.scale(c.number("embedding_multiplier", 1)),
        i -> layer,
        c.rms(1e-6),
        new Spec.Logits(c.tied(false), false, (float) (1 / c.number("logits_scaling", 1)), 0));
  }

  private static boolean bias(FamilyConfig c) {
    return c.flag("attention_bias", false);
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.put("logit_scale", 1 / ((Spec.Logits) spec.head()).scale()); // a divisor here
  }
}
