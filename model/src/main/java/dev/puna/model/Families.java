package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.model.family.Baichuan;
import dev.puna.model.family.Bart;
import dev.puna.model.family.Bert;
import dev.puna.model.family.Bloom;
import dev.puna.model.family.ChatGlm;
import dev.puna.model.family.ChatGlm2;
import dev.puna.model.family.Cohere;
import dev.puna.model.family.Cohere2;
import dev.puna.model.family.DeepSeek;
import dev.puna.model.family.Falcon;
import dev.puna.model.family.FalconMamba;
import dev.puna.model.family.Gemma;
import dev.puna.model.family.Gemma2;
import dev.puna.model.family.Gemma3;
import dev.puna.model.family.Glm;
import dev.puna.model.family.Glm4;
import dev.puna.model.family.Glm4Moe;
import dev.puna.model.family.Gpt2;
import dev.puna.model.family.GptJ;
import dev.puna.model.family.GptNeo;
import dev.puna.model.family.GptNeoX;
import dev.puna.model.family.GptOss;
import dev.puna.model.family.Granite;
import dev.puna.model.family.InternLm2;
import dev.puna.model.family.Jamba;
import dev.puna.model.family.Llama;
import dev.puna.model.family.Mamba2Model;
import dev.puna.model.family.MambaModel;
import dev.puna.model.family.Mistral;
import dev.puna.model.family.Mixtral;
import dev.puna.model.family.Mpt;
import dev.puna.model.family.Olmo;
import dev.puna.model.family.Olmo2;
import dev.puna.model.family.Olmoe;
import dev.puna.model.family.Opt;
import dev.puna.model.family.Phi;
import dev.puna.model.family.Phi3;
import dev.puna.model.family.Qwen;
import dev.puna.model.family.Qwen2;
import dev.puna.model.family.Qwen2Moe;
import dev.puna.model.family.Qwen3;
import dev.puna.model.family.Qwen3Moe;
import dev.puna.model.family.StableLm;
import dev.puna.model.family.StarCoder2;
import dev.puna.model.family.T5;
import dev.puna.tensor.PunaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The list of families. */
public final class Families {
  private Families() {}

  private static final List<Family> ALL =
      List.of(
          new Llama(),
          new Mistral(),
          new Mixtral(),
          new ChatGlm(),
          new ChatGlm2(),
          new Baichuan(),
          new Qwen(),
          new InternLm2(),
          new Qwen2(),
          new Qwen2Moe(),
          new Qwen3(),
          new Qwen3Moe(),
          new Glm(),
          new Glm4(),
          new Glm4Moe(),
          new DeepSeek(),
          new Gemma(),
          new Gemma2(),
          new Gemma3(),
          new Phi(),
          new Phi3(),
          new Olmo(),
          new Olmo2(),
          new Olmoe(),
          new Granite(),
          new StableLm(),
          new StarCoder2(),
          new Cohere(),
          new Cohere2(),
          new GptOss(),
          new Gpt2(),
          new GptNeo(),
          new GptJ(),
          new GptNeoX(),
          new Opt(),
          new Bloom(),
          new Mpt(),
          new Falcon(),
          new MambaModel(),
          new Mamba2Model(),
          new FalconMamba(),
          new Jamba(),
          new T5(),
          new Bart(),
          new Bert());

  public static List<Family> all() {
    return ALL;
  }

  /**
   * The family that a configuration names in {@code architectures} or {@code model_type}.
   *
   * @throws PunaException if there is none of that name
   */
  public static Family of(Config config) {
    List<String> named = new ArrayList<>();
    if (config.list("architectures") instanceof List<?> list) {
      list.forEach(name -> named.add(String.valueOf(name)));
    }
    if (config.text("model_type", null) instanceof String type) {
      named.add(type);
    }
    Optional<Family> family =
        named.stream()
            .flatMap(n -> ALL.stream().filter(f -> f.names().contains(n) && f.accepts(config)))
            .findFirst();
    return family.orElseThrow(() -> unknown(config, named));
  }

  private static PunaException unknown(Config config, List<String> named) {
    return named.isEmpty()
        ? new PunaException(
            config.where() + " names no architecture",
            "it should have \"model_type\" or \"architectures\", one of: "
                + ALL.stream().map(Family::name).collect(Collectors.joining(", ")))
        : new NearestFamily(config, named, ALL).unknown();
  }
}
