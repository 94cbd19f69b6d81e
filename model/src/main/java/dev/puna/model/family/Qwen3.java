package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.List;
import java.util.Set;

/** Qwen 3 (Yang et al. 2025): queries and keys are normalized, head by head. */
public final class Qwen3 implements Family {
  @Override
  public String name() {
    return "qwen3";
  }

  @Override
  public Set<String> names() {
    return Set.of("qwen3", "Qwen3ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    List<Mask> masks = Qwen2.masks(c);
    Normalization norm = c.rms(1e-6);
    return c.decoder(
        i -> new Spec.Layer(norm, attention(c, masks.get(i)), norm, Qwen2.ffn(c)),
        norm,
        new Spec.Logits(c.tied(false)));
  }

  /** Also of its mixture. */
  static Spec.Attention attention(FamilyConfig c, Mask mask) {
    Heads heads = c.headsOf(128);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    boolean bias = c.flag("attention_bias", false);
    return new Spec.Attention(heads, rotation, mask, bias, c.flag("attention_out_bias", bias))
        .qkNorm(new Spec.QkNorm(c.rms(1e-6), Spec.QkNorm.Span.HEAD));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return StandardNames.LLAMA_LIKE.with(StandardNames.QK_NORMS);
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(ChatForm.CHATML);
  }
}
