package dev.puna.model.family;

import dev.puna.model.Embedding;
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
import java.util.List;
import java.util.Set;

/**
 * GPT-Neo (Black et al. 2021): GPT-2 whose scores are not scaled and whose every other layer sees a
 * window.
 */
public final class GptNeo implements Family {
  @Override
  public String name() {
    return "gpt-neo";
  }

  @Override
  public Set<String> names() {
    return Set.of("gpt_neo", "GPTNeoForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.layerNorm(1e-5, true);
    Heads given = c.heads();
    Heads heads = new Heads(given.query(), given.kv(), given.size(), given.size(), 1);
    Spec.Attention attention = new Spec.Attention(heads, Scores.PLAIN, false, true);
    Spec.Mlp ffn = new Spec.Mlp(c.hidden(4), c.activation("gelu_new"), true);
    Mask local = new Mask.Sliding(c.sizeOr(256, "window_size"));
    List<String> kinds = kinds(c);
    return c.decoder(
        Embedding.of(new Embedding.Learned(c.context(2048))),
        i -> {
          Mask mask = kinds.get(i).equals("local") ? local : new Mask.Causal();
          return new Spec.Layer(norm, attention.mask(mask), norm, ffn);
        },
        norm,
        new Spec.Logits(c.tied(true)));
  }

  /** Kinds of attention by layer: a list, or patterns with how often each is repeated. */
  private static List<String> kinds(FamilyConfig c) {
    List<String> kinds = new ArrayList<>();
    List<Object> types = c.raw().list("attention_types");
    List<Object> layers = c.raw().list("attention_layers");
    for (Object type : types == null || layers != null ? List.of() : types) {
      if (type instanceof List<?> pair
          && pair.size() == 2
          && pair.getFirst() instanceof List<?> pattern
          && pair.getLast() instanceof Number times) {
        for (int n = 0; n < times.intValue() && kinds.size() < c.layers(); n++) {
          pattern.forEach(kind -> kinds.add(String.valueOf(kind)));
        }
      }
    }
    if (layers != null) {
      layers.forEach(kind -> kinds.add(String.valueOf(kind)));
    }
    if (kinds.size() < c.layers() || !Set.of("global", "local").containsAll(kinds)) {
      throw c.refuse(
          "attention_types does not say for each layer whether it is global or local",
          "the published form is [[[\"global\", \"local\"], 12]]");
    }
    return kinds;
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String attention = "transformer.h.{i}.attn.attention.";
    return WeightNames.of(
            new Rule("transformer.wte", "token_embd"),
            new Rule("transformer.wpe", "position_embd"),
            new Rule("transformer.ln_f", "output_norm"),
            new Rule("lm_head", "output"),
            new Rule("transformer.h.{i}.ln_1", "blk.{i}.attn_norm"),
            new Rule(attention + "q_proj", "blk.{i}.attn_q"),
            new Rule(attention + "k_proj", "blk.{i}.attn_k"),
            new Rule(attention + "v_proj", "blk.{i}.attn_v"),
            new Rule(attention + "out_proj", "blk.{i}.attn_output"),
            new Rule("transformer.h.{i}.ln_2", "blk.{i}.ffn_norm"),
            new Rule("transformer.h.{i}.mlp.c_fc", "blk.{i}.ffn_up"),
            new Rule("transformer.h.{i}.mlp.c_proj", "blk.{i}.ffn_down"))
        .prefixed("transformer.")
        .ignoring(".*attention\\.(masked_)?bias");
  }
}
