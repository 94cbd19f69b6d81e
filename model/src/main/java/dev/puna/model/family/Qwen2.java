package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Qwen 2 and 2.5 (Yang et al. 2024): LLaMA with biases of queries, keys and values. */
public final class Qwen2 implements Family {
  @Override
  public String name() {
    return "qwen2";
  }

  @Override
  public Set<String> names() {
    return Set.of("qwen2", "Qwen2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List<Mask> masks = masks(c);
    Normalization norm = c.rms(1e-6);
    return c.decoder(
        i -> new Spec.Layer(norm, attention(c, masks.get(i)), norm, ffn(c)),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  /** Also of its mixture. */
  static Spec.Attention attention(FamilyConfig c, Mask mask) {
    Heads heads = c.heads();
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    return new Spec.Attention(heads, rotation, mask, c.flag("qkv_bias", true), false);
  }

  static Spec.Dense ffn(FamilyConfig c) {
    return new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
  }

  /** Windows are switched by a flag, and begin at a layer. */
  static List<Mask> masks(FamilyConfig c) {
    boolean slides = c.flag("use_sliding_window", c.isGguf() || c.raw().has("layer_types"));
    Integer window = c.window();
    int first = c.raw().integer("max_window_layers", c.isGguf() ? 0 : 28);
    List<Mask> masks = new ArrayList<>(c.masks(slides ? window : null, 0));
    for (int i = 0; i < Math.min(first, masks.size()) && !c.raw().has("layer_types"); i++) {
      masks.set(i, new Mask.Causal());
    }
    return masks;
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(ChatForm.CHATML);
  }
}
