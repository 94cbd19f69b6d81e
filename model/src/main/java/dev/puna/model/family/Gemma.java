package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Embedding;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Rotation;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Gemma (Gemma Team 2024): LLaMA with GeGLU, embeddings times √D, and gains stored as their
 * distance from 1.
 */
public final class Gemma implements Family {
  @Override
  public String name() {
    return "gemma";
  }

  @Override
  public Set<String> names() {
    return Set.of("gemma", "GemmaForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    Heads heads = c.headsOf(256);
    Rotation rotation = c.rotation(heads.size(), Rotation.Pairing.HALVES);
    boolean bias = c.flag("attention_bias", false);
    Spec.Attention attention = new Spec.Attention(heads, rotation, new Mask.Causal(), bias, bias);
    Spec.Layer layer = new Spec.Layer(norm, attention, norm, ffn(c));
    return c.decoder(embedding(c), i -> layer, norm, new Spec.Logits(c.tied(true)));
  }

  static Embedding embedding(FamilyConfig c) {
    return Embedding.PLAIN.scale(Math.sqrt(c.width()));
  }

  /** The first files say "gelu" and mean its approximation. */
  static Spec.Dense ffn(FamilyConfig c) {
    c.raw().has("hidden_act");
    String named = c.raw().text("hidden_activation", "gelu_pytorch_tanh");
    return new Spec.Dense(
        c.size("intermediate_size"), c.activationNamed(String.valueOf(named)), false);
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return oneMore(StandardNames.LLAMA_LIKE);
  }

  /** A table in which gains are stored as their distance from 1. */
  static WeightNames oneMore(WeightNames names) {
    return names.changing(rule -> rule.to().endsWith("_norm"), Change.Each.ONE_MORE);
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.remove("embedding_scale"); // understood
  }
}
