package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.Config;
import dev.puna.formats.GgufMetadata;
import dev.puna.formats.StoredTensor;
import dev.puna.program.Mask;
import dev.puna.program.RopeScaling;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/** Metadata of GGUF under config.json's keys: GGUF's specification, and llama.cpp's additions. */
class GgufConfigTest {
  private static SequencedMap<String, Object> pairs(String architecture, Object... more) {
    SequencedMap<String, Object> pairs = new LinkedHashMap<>();
    pairs.put("general.architecture", architecture);
    Map<String, Object> sizes =
        Map.of(
            "context_length", 64L,
            "embedding_length", 32L,
            "block_count", 3L,
            "feed_forward_length", 48L,
            "vocab_size", 10L,
            "attention.head_count", 4L,
            "attention.layer_norm_rms_epsilon", 1e-5);
    sizes.forEach((key, value) -> pairs.put(architecture + "." + key, value));
    for (int i = 0; i < more.length; i += 2) {
      pairs.put(architecture + "." + more[i], more[i + 1]);
    }
    return pairs;
  }

  private static Config config(SequencedMap<String, Object> pairs, String... tensors) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    for (String name : tensors) {
      MemorySegment numbers = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
      stored.put(name, new StoredTensor(name, DType.F32, List.of(4L), numbers));
    }
    return GgufConfig.of("x.gguf", GgufMetadata.of("x.gguf", pairs), stored);
  }

  private static Spec spec(SequencedMap<String, Object> pairs, String... tensors) {
    Config config = config(pairs, tensors);
    return Families.of(config).spec(config, Layout.GGUF);
  }

  @Test
  void aKeyThatNobodyKnowsIsRefusedIfItIsSet() {
    assertThatThrownBy(() -> config(pairs("llama", "attention.novelty", 2.0)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("llama.attention.novelty = 2.0 is not implemented");
    spec(pairs("llama", "attention.novelty", 0.0, "attention.odd", false));
  }

  @Test
  void soIsOneThatTheFamilyDoesNotLookAt() {
    assertThatThrownBy(() -> spec(pairs("llama", "final_logit_softcapping", 30.0)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("llama.final_logit_softcapping = 30.0");
    assertThatThrownBy(() -> spec(pairs("qwen2", "attention.causal", false)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("is_causal = false");
  }

  @Test
  void layersThatPredictFurtherAheadAreCountedButNotRun() {
    assertThat(spec(pairs("llama", "nextn_predict_layers", 1L)).layers()).hasSize(2);
  }

  @Test
  void windowsByPatternByListAndOfAll() {
    Mask window = new Mask.Sliding(8);
    Mask all = new Mask.Causal();
    assertThat(masks("attention.sliding_window", 8L)).containsExactly(window, window, window);
    assertThat(masks("attention.sliding_window", 8L, "attention.sliding_window_pattern", 2L))
        .containsOnly(window, all);
    boolean[] slides = {false, true, true};
    assertThat(masks("attention.sliding_window", 8L, "attention.sliding_window_pattern", slides))
        .containsExactly(all, window, window);
  }

  private static List<Mask> masks(Object... more) {
    return spec(pairs("starcoder2", more)).layers().stream()
        .map(l -> ((Spec.Attention) l.mixer()).mask())
        .toList();
  }

  /** Older files have the sizes of a head's own keys, newer ones those of the latent row. */
  @Test
  void latentAttentionInFilesOldAndNew() {
    Object[] experts = {
      "attention.kv_lora_rank", 16L, "rope.dimension_count", 8L, "leading_dense_block_count", 3L,
      "expert_count", 4L, "expert_used_count", 2L, "expert_feed_forward_length", 8L
    };
    SequencedMap<String, Object> old = pairs("deepseek2", experts);
    old.put("deepseek2.attention.key_length", 20L);
    old.put("deepseek2.attention.value_length", 10L);
    SequencedMap<String, Object> newer = pairs("deepseek2", experts);
    newer.put("deepseek2.attention.head_count_kv", 1L);
    newer.put("deepseek2.attention.key_length", 24L);
    newer.put("deepseek2.attention.value_length", 16L);
    newer.put("deepseek2.attention.key_length_mla", 20L);
    newer.put("deepseek2.attention.value_length_mla", 10L);
    Spec.LatentAttention a = (Spec.LatentAttention) spec(newer).layers().getFirst().mixer();
    assertThat(a.plain()).isEqualTo(12);
    assertThat(a.valueSize()).isEqualTo(10);
    assertThat(spec(old)).isEqualTo(spec(newer));
  }

  @Test
  void longRopeIsInTensors() {
    Object[] scaling = {
      "rope.scaling.original_context_length", 32L, "rope.scaling.attn_factor", 1.25
    };
    Spec spec =
        spec(pairs("phi3", scaling), "rope_factors_long.weight", "rope_factors_short.weight");
    Spec.Attention attention = (Spec.Attention) spec.layers().getFirst().mixer();
    List<Float> factors = List.of(1f, 2f, 3f, 4f);
    assertThat(attention.rotations().getFirst().scaling())
        .isEqualTo(new RopeScaling.LongRope(factors, factors, 32, 1.25));
  }

  @Test
  void layersWithoutKeyHeadsAreStateSpaces() {
    Config config = config(pairs("jamba", "attention.head_count_kv", new long[] {0, 2, 0}));
    assertThat(config.list("layers_block_type")).containsExactly("mamba", "attention", "mamba");
    assertThat(config.integer("num_key_value_heads")).isEqualTo(2);
  }
}
