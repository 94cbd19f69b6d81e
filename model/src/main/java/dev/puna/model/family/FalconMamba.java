package dev.puna.model.family;

import dev.puna.model.Family;
import dev.puna.model.FamilyConfig;
import dev.puna.model.Spec;
import dev.puna.model.WeightNames;
import dev.puna.program.Normalization;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Falcon Mamba (Zuo et al. 2024): Mamba with norms that learn nothing before steps, inputs and
 * outputs of its state.
 */
public final class FalconMamba implements Family {
  @Override
  public String name() {
    return "falcon-mamba";
  }

  @Override
  public Set<String> names() {
    return Set.of("falcon_mamba", "FalconMambaForCausalLM");
  }

  @Override
  public String ggufArchitecture() {
    return "mamba";
  }

  @Override
  public Spec spec(FamilyConfig c) {
    float epsilon = (float) c.number("mixer_rms_eps", 1e-6);
    return MambaModel.spec(c, new Normalization.PlainRms(epsilon), c.tied(true));
  }

  @Override
  public WeightNames huggingFaceNames(Spec spec) {
    return new MambaModel().huggingFaceNames(spec);
  }

  @Override
  public void ggufMetadata(Spec spec, SequencedMap<String, Object> metadata) {
    metadata.put("ssm.dt_b_c_rms", true);
  }
}
