package dev.puna.model;

import dev.puna.program.Heads;
import dev.puna.program.Mask;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Scores;
import dev.puna.program.StateSpace;
import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An architecture as GGUF key-value pairs, keys without the architecture's name. What several
 * layers have in common is said once; families add what is theirs, see {@link Family#ggufMetadata}.
 */
final class GgufParts {
  private final Spec spec;
  private final SequencedMap<String, Object> pairs = new LinkedHashMap<>();

  private GgufParts(Spec spec) {
    this.spec = spec;
  }

  static SequencedMap<String, Object> of(Spec spec) {
    GgufParts parts = new GgufParts(spec);
    parts.put("context_length", spec.context());
    parts.put("embedding_length", spec.width());
    Spec.Encoder source = spec.source();
    parts.put("block_count", source == null ? spec.layers().size() : source.layers().size());
    if (source != null) {
      parts.put("decoder_block_count", spec.layers().size());
    }
    parts.put("vocab_size", spec.vocab());
    parts.feedForward();
    parts.norms();
    parts.attention();
    parts.windows();
    parts.rotations();
    parts.stateSpaces();
    parts.scales();
    return parts.pairs;
  }

  private void put(String key, Object value) {
    pairs.put(key, value);
  }

  /** Zero is what is not said. */
  private void number(String key, double value) {
    if (value != 0) {
      put(key, (float) value);
    }
  }

  private Stream<Spec.Mixer> mixers() {
    return spec.layers().stream().map(Spec.Layer::mixer);
  }

  private List<Spec.Attention> attentions() {
    return mixers()
        .filter(Spec.Attention.class::isInstance)
        .map(Spec.Attention.class::cast)
        .toList();
  }

  /** A number of each layer; of all alike, that number. */
  private Object each(ToIntFunction<Spec.Layer> number) {
    int[] all = spec.layers().stream().mapToInt(number).toArray();
    return Stream.of(all).flatMapToInt(java.util.Arrays::stream).distinct().count() == 1
        ? (Object) all[0]
        : all;
  }

  private void norms() {
    spec.layers().stream()
        .flatMap(l -> Stream.of(l.preMix(), l.postMix(), l.preFfn(), l.postFfn()))
        .filter(Objects::nonNull)
        .findFirst()
        .ifPresent(
            norm ->
                put(
                    norm.centred()
                        ? "attention.layer_norm_epsilon"
                        : "attention.layer_norm_rms_epsilon",
                    norm.epsilon()));
  }

  // ---- attention ----

  private void attention() {
    switch (mixers().filter(m -> !(m instanceof Spec.Mamba)).findFirst().orElse(null)) {
      case Spec.Attention a -> {
        put("attention.head_count", a.heads().query());
        put("attention.head_count_kv", each(GgufParts::keyHeads));
        put("attention.key_length", a.heads().size());
        put("attention.value_length", a.heads().valueSize());
        scores(a);
      }
      case Spec.LatentAttention a -> {
        put("attention.head_count", a.heads());
        put("attention.head_count_kv", 1);
        put("attention.key_length", a.rank() + a.rotation().size());
        put("attention.value_length", a.rank());
        put("attention.key_length_mla", a.plain() + a.rotation().size());
        put("attention.value_length_mla", a.valueSize());
        put("attention.kv_lora_rank", a.rank());
        if (a.queryRank() > 0) {
          put("attention.q_lora_rank", a.queryRank());
        }
      }
      case null, default -> put("attention.head_count", 0);
    }
  }

  /** Those without attention have none. */
  private static int keyHeads(Spec.Layer layer) {
    return layer.mixer() instanceof Spec.Attention a ? a.heads().kv() : 0;
  }

  private void scores(Spec.Attention a) {
    Heads h = a.heads();
    if (h.scale() != Heads.of(h.query(), h.kv(), h.size()).scale()) {
      number("attention.scale", h.scale());
    }
    number("attention.clamp_kqv", a.clamp());
    number("attn_logit_softcapping", a.scores().cap());
    if (a.scores().bias() instanceof Scores.Buckets buckets) {
      put("attention.relative_buckets_count", buckets.count());
    }
    if (a.scores().bias() instanceof Scores.Alibi alibi) {
      number("attention.max_alibi_bias", steepness(alibi.slopes()));
    }
  }

  /** The exponent that slopes were made with: the first one's is that over the next power of 2. */
  private static double steepness(List<Float> slopes) {
    int heads = slopes.size();
    int whole = Integer.highestOneBit(heads);
    int steps = whole == heads ? heads : whole; // every second one of twice as many
    return -Math.log(slopes.getFirst()) / Math.log(2) * steps;
  }

  private void windows() {
    List<Mask> masks = attentions().stream().map(Spec.Attention::mask).toList();
    List<Integer> windows =
        masks.stream()
            .filter(Mask.Sliding.class::isInstance)
            .map(m -> ((Mask.Sliding) m).window())
            .distinct()
            .toList();
    if (windows.size() != 1) {
      return;
    }
    put("attention.sliding_window", windows.getFirst());
    boolean[] slides = new boolean[masks.size()];
    int period = 0;
    for (int i = 0; i < slides.length; i++) {
      slides[i] = masks.get(i) instanceof Mask.Sliding;
      period = slides[i] || period > 0 ? period : i + 1;
    }
    for (int i = 0; i < slides.length && period > 0; i++) {
      period = slides[i] == ((i + 1) % period != 0) ? period : -1;
    }
    if (period != 0) {
      put("attention.sliding_window_pattern", period > 0 ? (Object) period : slides);
    }
  }

  // ---- rotation ----

  private void rotations() {
    if (mixers().findFirst().orElseThrow() instanceof Spec.LatentAttention a) {
      rope(a.rotation());
      return;
    }
    Rotation far = rotation(false);
    Rotation near = rotation(true);
    Rotation main = far != null ? far : near;
    if (main != null) {
      rope(main);
      if (near != null && near.base() != main.base()) {
        number("rope.freq_base_swa", near.base());
      }
    }
  }

  private @Nullable Rotation rotation(boolean sliding) {
    return attentions().stream()
        .filter(a -> a.mask() instanceof Mask.Sliding == sliding && !a.rotations().isEmpty())
        .map(a -> a.rotations().getFirst())
        .findFirst()
        .orElse(null);
  }

  private void rope(Rotation rotation) {
    put("rope.dimension_count", rotation.size());
    put("rope.freq_base", (float) rotation.base());
    switch (rotation.scaling()) {
      case RopeScaling.Linear linear -> scaling("linear", linear.factor());
      case RopeScaling.Yarn yarn -> {
        scaling("yarn", yarn.factor());
        put("rope.scaling.original_context_length", yarn.trained());
        put("rope.scaling.yarn_beta_fast", (float) yarn.betaFast());
        put("rope.scaling.yarn_beta_slow", (float) yarn.betaSlow());
        double paper = RopeScaling.Yarn.magnitude(yarn.factor(), 1);
        put("rope.scaling.attn_factor", (float) (yarn.magnitude() / paper));
      }
      case RopeScaling.LongRope longRope -> { // its factors are tensors
        put("rope.scaling.type", "longrope");
        put("rope.scaling.original_context_length", longRope.trained());
        put("rope.scaling.attn_factor", (float) longRope.magnitude());
      }
      case RopeScaling.Llama3 llama3 -> {} // as divisors, in a tensor
      case RopeScaling.Divided divided -> {}
      case RopeScaling.None none -> {}
      case RopeScaling.Half half -> {}
      case RopeScaling.Stepped stepped -> {}
      case RopeScaling.Dynamic dynamic ->
          throw new PunaException(
              "dynamic NTK scaling is nothing that GGUF can express",
              "take it out of config.json: a text of up to %d tokens is not scaled"
                  .formatted(dynamic.trained()));
    }
  }

  private void scaling(String type, double factor) {
    put("rope.scaling.type", type);
    put("rope.scaling.factor", (float) factor);
  }

  // ---- the rest ----

  private void stateSpaces() {
    switch (mixers().filter(m -> !(m instanceof Spec.Attention)).findFirst().orElse(null)) {
      case Spec.Mamba m -> stateSpace(m.space(), m.convolution(), m.stepRank());
      case Spec.Mamba2 m -> {
        stateSpace(m.space(), m.convolution(), m.space().heads());
        put("ssm.group_count", m.space().groups());
      }
      case null, default -> {}
    }
  }

  private void stateSpace(StateSpace space, int convolution, int steps) {
    put("ssm.conv_kernel", convolution);
    put("ssm.inner_size", space.columns());
    put("ssm.state_size", space.states());
    put("ssm.time_step_rank", steps);
  }

  private void feedForward() {
    Spec.Experts experts = null;
    int hidden = 0;
    for (Spec.Layer layer : spec.layers()) {
      switch (layer.ffn()) {
        case Spec.Dense d -> hidden = d.hidden();
        case Spec.Mlp m -> hidden = m.hidden();
        case Spec.Experts e -> experts = e;
        case Spec.None none -> {}
      }
    }
    if (spec.reading() instanceof Reading.AtOnce) {
      put("attention.causal", false);
    }
    put("feed_forward_length", hidden == 0 && experts != null ? experts.hidden() : hidden);
    if (experts != null) {
      put("expert_count", experts.routing().experts());
      put("expert_used_count", experts.routing().active());
      put("expert_feed_forward_length", experts.hidden());
      if (experts.shared() instanceof Spec.Shared shared) {
        put("expert_shared_feed_forward_length", shared.hidden());
      }
    }
  }

  private void scales() {
    number("embedding_scale", spec.embedding().scale() == 1 ? 0 : spec.embedding().scale());
    if (spec.layers().getFirst().residual() instanceof Spec.Sequential s && s.scale() != 1) {
      number("residual_scale", s.scale());
    }
    if (spec.head() instanceof Spec.Logits head) {
      number("logit_scale", head.scale() == 1 ? 0 : head.scale());
      number("final_logit_softcapping", head.cap());
    }
  }
}
