package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.program.Mask;
import java.util.List;
import java.util.Set;

/**
 * Command R7B (Cohere 2024): of four layers three see a window and turn; the fourth sees everything
 * and has no positions.
 */
public final class Cohere2 implements Family {
  @Override
  public String name() {
    return "cohere2";
  }

  @Override
  public Set<String> names() {
    return Set.of("cohere2", "Cohere2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Spec.Attention attention = Cohere.attention(c);
    List<Mask> masks =
        c.masks(c.window(4096), c.sizeOr(4, "sliding_window_pattern", "_sliding_window_pattern"));
    return c.decoder(
        i -> {
          Spec.Attention a = attention.mask(masks.get(i));
          return Cohere.layer(c, masks.get(i) instanceof Mask.Sliding ? a : a.turned());
        },
        c.layerNorm(1e-5, false),
        Cohere.head(c));
  }
}
