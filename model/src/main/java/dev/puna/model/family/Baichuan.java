package dev.puna.model.family;

import dev.puna.formats.Config;
import dev.puna.model.Change;
import dev.puna.model.ChatForm;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.StandardNames;
import dev.puna.model.WeightNames;
import dev.puna.program.Mask;
import dev.puna.program.Normalization;
import dev.puna.program.Scores;
import java.util.List;
import java.util.Set;

/**
 * Baichuan and Baichuan 2 (Yang et al. 2023): LLaMA with one matrix for queries, keys and values;
 * 7B turns them, 13B biases scores by distance (ALiBi) instead. The second one's output rows have
 * length 1 (NormHead).
 */
public final class Baichuan implements Family {
  @Override
  public String name() {
    return "baichuan";
  }

  @Override
  public Set<String> names() {
    return Set.of("baichuan", "BaiChuanForCausalLM", "BaichuanForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    Normalization norm = c.rms(1e-6);
    int query = c.heads().query();
    Spec.Attention attention =
        alibi(c)
            ? new Spec.Attention(
                c.heads(), Scores.biased(Scores.Alibi.of(query, 8, 1)), false, false)
            : Llama.attention(c, false, false, new Mask.Causal());
    Spec.Dense ffn = new Spec.Dense(c.size("intermediate_size"), c.activation("silu"), false);
    Spec.Logits plain = new Spec.Logits(c.tied(false));
    Spec.Logits head = second(c) ? plain.unitRows() : plain;
    return c.decoder(new Spec.Layer(norm, attention, norm, ffn), norm, head);
  }

  /** 13B's configuration has no length that rotary tables would be made for. */
  private static boolean alibi(FamilyConfig c) {
    boolean rotary = c.raw().has("max_position_embeddings");
    c.raw().has("model_max_length");
    return c.isGguf() ? c.number("alibi_bias_max", 0) > 0 || c.layers() == 40 : !rotary;
  }

  /** GGUF files hold rows that have been made so. */
  private static boolean second(FamilyConfig c) {
    boolean told = c.raw().has("z_loss_weight") || c.vocab() == 125696;
    return told && !c.isGguf();
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    boolean unit = spec.head() instanceof Spec.Logits logits && logits.unit();
    WeightNames names =
        StandardNames.LLAMA_LIKE.with(
            StandardNames.qkv("model.layers.{i}.self_attn.W_pack", StandardNames.heads(spec)));
    return unit ? names.changing(rule -> rule.to().equals("output"), new Change.UnitRows()) : names;
  }

  @Override
  public List<ChatForm> chats(Config config) {
    return List.of(
        new ChatForm("baichuan2", List.of("<reserved_106>", "<reserved_107>"), List.of()),
        new ChatForm("baichuan", List.of("<reserved_102>", "<reserved_103>"), List.of()));
  }
}
