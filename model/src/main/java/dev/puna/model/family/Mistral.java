package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.program.Mask;
import java.util.List;
import java.util.Set;

/**
 * Mistral 7B and Nemo (Jiang et al. 2023): LLaMA with grouped-query attention to a sliding window.
 */
public final class Mistral implements Family {
  @Override
  public String name() {
    return "mistral";
  }

  @Override
  public Set<String> names() {
    return Set.of("mistral", "MistralForCausalLM", "ministral", "MinistralForCausalLM");
  }

  @Override
  public String ggufArchitecture() {
    return "llama";
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List<Mask> masks = c.masks(c.window(4096), 0);
    return c.decoder(
        i -> Llama.layer(c, c.flag("attention_bias", false), false, masks.get(i)),
        c.rms(1e-6),
        new Spec.Logits(c.tied(false)));
  }
}
