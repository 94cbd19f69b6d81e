package dev.puna.model.family;

import dev.puna.model.Change;
import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.model.WeightNames.Rule;
import dev.puna.program.Normalization;
import dev.puna.program.StateSpace;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Mamba 2 (Dao and Gu 2024): state spaces in heads, each with one decay. */
public final class Mamba2Model implements Family {
  @Override
  public String name() {
    return "mamba2";
  }

  @Override
  public Set<String> names() {
    return Set.of("mamba2", "Mamba2ForCausalLM");
  }

  @Override
  public Spec spec(FamilyConfig c) {
    c.only("hidden_act", "silu");
    c.only("rms_norm", true);
    c.only("norm_before_gate", true); // read by nobody: the gate comes first
    Normalization norm = c.rms(1e-5);
    int columns = c.width() * c.sizeOr(2, "expand");
    int heads = c.sizeOr(columns / c.sizeOr(64, "head_dim"), "num_heads");
    int size = c.isGguf() ? columns / heads : c.sizeOr(64, "head_dim");
    if (heads * size != columns) {
      throw c.refuse(
          "%d heads of %d are not %d columns".formatted(heads, size, columns),
          "num_heads times head_dim must be expand times hidden_size");
    }
    int groups = c.sizeOr(8, "n_groups");
    c.raw().has("time_step_rank");
    List<Object> limits = c.raw().list("time_step_limit");
    StateSpace space =
        new StateSpace(
            heads,
            size,
            groups,
            c.sizeOr(128, "state_size"),
            1,
            limit(limits, 0),
            limit(limits, 1));
    Spec.Mamba2 mixer =
        new Spec.Mamba2(
            space,
            c.sizeOr(4, "conv_kernel"),
            c.flag("use_conv_bias", true),
            c.flag("use_bias", false),
            norm,
            c.isGguf() ? groups : 1);
    Spec.Layer layer = new Spec.Layer(norm, mixer, norm, new Spec.None());
    return c.decoder(layer, norm, new Spec.Logits(c.tied(false)));
  }

  /** JSON has no infinity: whatever is no number is none. */
  private static float limit(@Nullable List<Object> limits, int i) {
    if (limits != null && limits.size() == 2 && limits.get(i) instanceof Number n) {
      return n.floatValue();
    }
    return i == 0 ? 0 : Float.POSITIVE_INFINITY;
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    String mixer = "backbone.layers.{i}.mixer.";
    return new MambaModel()
        .huggingFaceNames(spec)
        .with(
            new Rule(mixer + "A_log", "blk.{i}.ssm_a", Change.Each.MINUS_EXP, new Change.Shaped(1)),
            new Rule(mixer + "norm", "blk.{i}.ssm_norm"),
            new Rule(mixer + "dt_bias", "blk.{i}.ssm_dt.bias"));
  }
}
