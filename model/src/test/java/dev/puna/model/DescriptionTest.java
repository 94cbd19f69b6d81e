package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.puna.program.Mask;
import dev.puna.program.Program;
import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DescriptionTest {
  private static Description preset(String name) {
    return Tiny.description(name, Presets.spec(name));
  }

  /** The second of three layers has a window and biases; it was made from the others by hand. */
  static Description mixed() {
    Spec spec = Tiny.spec("num_hidden_layers", 3);
    Spec.Layer layer = spec.layers().getFirst();
    Spec.Attention a = Tiny.attention(spec);
    Spec.Layer other =
        new Spec.Layer(
            layer.preMix(),
            new Spec.Attention(
                a.heads(), a.rotations().getFirst(), new Mask.Sliding(16), true, false),
            layer.preFfn(),
            layer.ffn());
    return Tiny.description(
        "mixed",
        new Spec(
            spec.vocab(),
            spec.width(),
            spec.context(),
            List.of(layer, other, layer),
            spec.finalNorm(),
            spec.head()));
  }

  @Test
  void speaksTheArticlesWords() {
    assertThat(preset("llama2-70b").toJson())
        .containsEntry("family", "llama")
        .containsEntry("parameters", 68_976_648_192L)
        .containsEntry("layers", 80)
        .containsEntry("width", 8192)
        .containsEntry("vocabulary", 32000)
        .containsEntry("context", 4096)
        .containsEntry("normalization", "RMSNorm")
        .containsEntry("position", "RoPE")
        .containsEntry("attention", "GQA")
        .containsEntry("activation", "SwiGLU")
        .containsEntry("heads", 64)
        .containsEntry("kv_heads", 8)
        .containsEntry("head_size", 128)
        .containsEntry("feed_forward", 28672)
        .containsEntry("biases", List.of())
        .containsEntry("tied_embeddings", false)
        .containsEntry("types", Map.of());
    assertThat(preset("llama2-7b").toJson()).containsEntry("attention", "MHA");
  }

  @Test
  void writesSentencesForPeople() {
    assertThat(preset("llama2-70b").toText().lines())
        .hasSizeBetween(16, 24)
        .contains(
            "  parameters      68,976,648,192 (69B)",
            "  normalization   RMSNorm before each part, epsilon 1e-05",
            "  position        RoPE, base 10000",
            "  attention       grouped-query attention (GQA): 64 query heads share 8 key/value"
                + " heads of 128 columns")
        .noneMatch(line -> line.endsWith(" "));
  }

  private static String sentence(LayerFact fact, Object... changes) {
    return fact.sentence(Tiny.spec(changes).layers().getFirst());
  }

  @Test
  void tellsTheWaysOfSharingHeads() {
    assertThat(sentence(LayerFact.ATTENTION, "num_key_value_heads", 4)).contains("(MHA): 4 heads");
    assertThat(sentence(LayerFact.ATTENTION)).contains("(GQA): 4 query heads share 2");
    assertThat(sentence(LayerFact.ATTENTION, "num_key_value_heads", 1))
        .contains("(MQA): 4 query heads share one");
    // one head shares nothing
    Spec one = Tiny.spec("num_attention_heads", 1, "num_key_value_heads", 1);
    assertThat(LayerFact.ATTENTION.value(one.layers().getFirst())).isEqualTo("MHA");
  }

  @Test
  void tellsActivationsAndScalings() {
    assertThat(sentence(LayerFact.ACTIVATION, "hidden_act", "gelu")).contains("GeGLU");
    assertThat(sentence(LayerFact.ACTIVATION, "hidden_act", "relu")).contains("ReGLU");
    Map<String, Object> linear = Map.of("type", "linear", "factor", 4.0);
    assertThat(sentence(LayerFact.POSITION, "rope_theta", 5e5, "rope_scaling", linear))
        .isEqualTo("RoPE, base 500000; positions divided by 4");
    Map<String, Object> yarn =
        Map.of("type", "yarn", "factor", 2.5, "original_max_position_embeddings", 1024);
    assertThat(sentence(LayerFact.POSITION, "head_dim", 8, "rotary_dim", 4, "rope_scaling", yarn))
        .isEqualTo(
            "RoPE on 4 of a head's 8 columns, base 10000; YaRN, factor 2.5 beyond 1,024 tokens");
  }

  @Test
  void doesNotHideThatLayersDiffer() {
    Description mixed = mixed();
    assertThat(mixed.groups())
        .extracting(Description.Group::first, Description.Group::count)
        .containsExactly(tuple(0, 1), tuple(1, 1), tuple(2, 1));
    assertThat(mixed.toJson())
        .containsEntry("mask", List.of("causal", "sliding window"))
        .containsEntry("attention", "GQA");
    assertThat(mixed.toText())
        .contains(
            "layers 0, 2: causal",
            "layer 1: sliding window: a token sees itself and the 15 before it",
            "layer 1: query, key and value projections");
    assertThat(preset("llama2-7b").groups())
        .extracting(Description.Group::count)
        .containsExactly(32);
  }

  @Test
  void shortensLongListsOfLayers() {
    List<Integer> odd = new ArrayList<>();
    for (int i = 1; i < 26; i += 2) {
      odd.add(i);
    }
    assertThat(DescriptionText.numbers(odd)).isEqualTo("layers 1, 3, 5, …, 25 (13 layers)");
    assertThat(DescriptionText.numbers(List.of(0, 1, 2, 7))).isEqualTo("layers 0-2, 7");
  }

  /** 512 KiB per token: 2 · 32 layers · 4096 columns · 2 bytes. */
  @Test
  void tellsWhatATokenTakesInTheCache() {
    assertThat(preset("llama2-7b").toText()).contains("512 KiB per token");
    assertThat(preset("llama2-7b").toJson()).containsEntry("kv_cache_bytes_per_token", 524288L);
  }

  @Test
  void countsStoredTypes() {
    try (Checkpoint checkpoint = Checkpoint.open(Shared.path("fixtures/llama_bf16"), null)) {
      Description description = Description.of(checkpoint);
      Program program = checkpoint.program();
      assertThat(description.name()).isEqualTo("llama_bf16");
      assertThat(description.types())
          .containsOnlyKeys(DType.BF16)
          .containsValue(
              new Description.Stored(
                  program.weights().size(), program.parameters(), 2 * program.parameters()));
      assertThat(description.toJson()).containsEntry("weight_bytes", 2 * program.parameters());
    }
  }

  @Test
  void putsModelsSideBySide() {
    String table = Description.table(List.of(preset("llama2-7b"), preset("llama2-70b")));
    assertThat(table.lines())
        .contains(
            "attention           MHA        GQA",
            "training context    4,096      4,096",
            "activation          SwiGLU     SwiGLU",
            "layers              32         80")
        .noneMatch(line -> line.startsWith("stored as"));
    assertThat(Description.table(List.of(mixed()))).contains("RMSNorm");
  }
}
