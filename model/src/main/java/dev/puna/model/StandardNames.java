package dev.puna.model;

import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Heads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Names and layouts of weights that many families share. */
public final class StandardNames {
  private StandardNames() {}

  /** What nearly all decoders on the Hub call their weights since LLaMA. */
  public static final WeightNames LLAMA_LIKE =
      WeightNames.of(
              new Rule("model.embed_tokens", "token_embd"),
              new Rule("model.norm", "output_norm"),
              new Rule("lm_head", "output"),
              new Rule("model.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
              new Rule("model.layers.{i}.self_attn.q_proj", "blk.{i}.attn_q"),
              new Rule("model.layers.{i}.self_attn.k_proj", "blk.{i}.attn_k"),
              new Rule("model.layers.{i}.self_attn.v_proj", "blk.{i}.attn_v"),
              new Rule("model.layers.{i}.self_attn.o_proj", "blk.{i}.attn_output"),
              new Rule("model.layers.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
              new Rule("model.layers.{i}.mlp.gate_proj", "blk.{i}.ffn_gate"),
              new Rule("model.layers.{i}.mlp.up_proj", "blk.{i}.ffn_up"),
              new Rule("model.layers.{i}.mlp.down_proj", "blk.{i}.ffn_down"))
          .prefixed("model.")
          .ignoring(".*rotary_emb\\.inv_freq");

  /** Norms of queries and keys, as most who have them call them. */
  public static final List<Rule> QK_NORMS =
      List.of(
          new Rule("model.layers.{i}.self_attn.q_norm", "blk.{i}.attn_q_norm"),
          new Rule("model.layers.{i}.self_attn.k_norm", "blk.{i}.attn_k_norm"));

  /** A mixture of experts whose experts are stored one by one, and what all tokens pass. */
  public static List<Rule> experts(String mlp) {
    List<Rule> rules =
        new ArrayList<>(
            List.of(
                new Rule(mlp + "gate", "blk.{i}.ffn_gate_inp"),
                new Rule(mlp + "gate.e_score_correction_bias", "blk.{i}.exp_probs_b.bias"),
                new Rule(mlp + "experts.{e}.gate_proj", "blk.{i}.ffn_gate_exps"),
                new Rule(mlp + "experts.{e}.up_proj", "blk.{i}.ffn_up_exps"),
                new Rule(mlp + "experts.{e}.down_proj", "blk.{i}.ffn_down_exps"),
                new Rule(mlp + "shared_expert_gate", "blk.{i}.ffn_gate_inp_shexp")));
    for (String shared : List.of("shared_expert.", "shared_experts.")) {
      rules.add(new Rule(mlp + shared + "gate_proj", "blk.{i}.ffn_gate_shexp"));
      rules.add(new Rule(mlp + shared + "up_proj", "blk.{i}.ffn_up_shexp"));
      rules.add(new Rule(mlp + shared + "down_proj", "blk.{i}.ffn_down_shexp"));
    }
    return rules;
  }

  /** Query, key and value projections stored as one: all queries, all keys, all values. */
  public static List<Rule> qkv(String from, Heads h, Change... before) {
    return grouped(from, (long) h.query() * h.size(), (long) h.kv() * h.size(), h, before);
  }

  /** Likewise, but group by group: the queries that share a key head, the key, the value. */
  public static List<Rule> qkvByGroup(String from, Heads h) {
    return grouped(from, (long) h.group() * h.size(), h.size(), h);
  }

  private static List<Rule> grouped(String from, long q, long k, Heads h, Change... before) {
    long v = k / h.size() * h.valueSize();
    long group = q + k + v;
    return List.of(
        new Rule(from, "blk.{i}.attn_q", and(before, new Change.Rows(group, 0, q))),
        new Rule(from, "blk.{i}.attn_k", and(before, new Change.Rows(group, q, k))),
        new Rule(from, "blk.{i}.attn_v", and(before, new Change.Rows(group, q + k, v))));
  }

  private static Change[] and(Change[] before, Change last) {
    Change[] all = Arrays.copyOf(before, before.length + 1);
    all[before.length] = last;
    return all;
  }

  /** Gate and up projections stored as one, the gate first. */
  public static List<Rule> gateUp(String from, int hidden) {
    return List.of(
        new Rule(from, "blk.{i}.ffn_gate", new Change.Rows(2L * hidden, 0, hidden)),
        new Rule(from, "blk.{i}.ffn_up", new Change.Rows(2L * hidden, hidden, hidden)));
  }

  /** GGUF's fused projections, of those architectures that have both. */
  public static WeightNames fusedGguf(Spec spec) {
    return WeightNames.CANONICAL
        .with(qkv("blk.{i}.attn_qkv", heads(spec)))
        .with(gateUp("blk.{i}.ffn_up", hidden(spec)));
  }

  /** Latent attention's way from the latent row to keys and values, taken apart. */
  public static List<Rule> latent(String from, Spec spec) {
    if (!(spec.layers().getFirst().mixer() instanceof Spec.LatentAttention a)) {
      throw new IllegalArgumentException("no latent attention in " + spec.layers().getFirst());
    }
    long head = a.plain() + a.valueSize();
    return List.of(
        new Rule(
            from,
            "blk.{i}.attn_k_b",
            new Change.Rows(head, 0, a.plain()),
            new Change.Transposed(a.plain())),
        new Rule(from, "blk.{i}.attn_v_b", new Change.Rows(head, a.plain(), a.valueSize())));
  }

  /** A state space's parts. */
  public static List<Rule> mamba(String mixer) {
    return List.of(
        new Rule(mixer + "in_proj", "blk.{i}.ssm_in"),
        new Rule(mixer + "conv1d", "blk.{i}.ssm_conv1d"),
        new Rule(mixer + "x_proj", "blk.{i}.ssm_x"),
        new Rule(mixer + "dt_proj", "blk.{i}.ssm_dt"),
        new Rule(mixer + "A_log", "blk.{i}.ssm_a", Change.Each.MINUS_EXP),
        new Rule(mixer + "D", "blk.{i}.ssm_d"),
        new Rule(mixer + "out_proj", "blk.{i}.ssm_out"));
  }

  /** The heads of a model's attention. */
  public static Heads heads(Spec spec) {
    return first(spec.layers().stream().map(Spec.Layer::mixer), Spec.Attention.class).heads();
  }

  /** F of a model's gated layers. */
  public static int hidden(Spec spec) {
    return first(spec.layers().stream().map(Spec.Layer::ffn), Spec.Dense.class).hidden();
  }

  /** A model's experts. */
  public static Spec.Experts experts(Spec spec) {
    return first(spec.layers().stream().map(Spec.Layer::ffn), Spec.Experts.class);
  }

  private static <P> P first(Stream<?> parts, Class<P> kind) {
    return parts.filter(kind::isInstance).map(kind::cast).findFirst().orElseThrow();
  }
}
