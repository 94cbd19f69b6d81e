package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.puna.program.Mask;
import dev.puna.program.Program;
import dev.puna.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescriptionTest {
  private static Description preset(String name) {
    return Description.preset(name);
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
    Spec spec = Tiny.spec(changes);
    return String.valueOf(fact.sentence(Stack.of(spec), spec.layers().getFirst()));
  }

  @Test
  void tellsTheWaysOfSharingHeads() {
    assertThat(sentence(LayerFact.ATTENTION, "num_key_value_heads", 4)).contains("(MHA): 4 heads");
    assertThat(sentence(LayerFact.ATTENTION)).contains("(GQA): 4 query heads share 2");
    assertThat(sentence(LayerFact.ATTENTION, "num_key_value_heads", 1))
        .contains("(MQA): 4 query heads share one");
    // one head shares nothing
    Spec one = Tiny.spec("num_attention_heads", 1, "num_key_value_heads", 1);
    assertThat(LayerFact.ATTENTION.value(Stack.of(one), one.layers().getFirst())).isEqualTo("MHA");
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
  void tellsRulesByWhichLayersAlternate() {
    List<Integer> odd = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < 26; i++) {
      (i % 6 == 5 ? odd : others).add(i);
    }
    assertThat(LayerNumbers.words(odd, 26)).isEqualTo("every 6th layer, 5 to 23");
    assertThat(LayerNumbers.words(others, 26)).isEqualTo("the other 22 layers");
    assertThat(LayerNumbers.words(List.of(0, 1, 2, 7), 8)).isEqualTo("layers 0-2, 7");
    assertThat(LayerNumbers.words(List.of(0, 1, 5, 7, 12, 20), 26))
        .isEqualTo("layers 0-1, 5, 7, …, 20 (6 layers)");
    assertThat(LayerNumbers.words(List.of(3), 26)).isEqualTo("layer 3");
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

  private static List<List<String>> rows(String table) {
    return table.lines().map(line -> List.of(line.strip().split(" {2,}"))).toList();
  }

  /**
   * The comparison of the article: its table's values, training context from the configurations.
   */
  @Test
  void comparesTheArticlesModels() {
    List<String> names =
        List.of(
            "llama-7b",
            "llama2-7b",
            "llama2-70b",
            "chatglm-6b",
            "chatglm2-6b",
            "baichuan-7b",
            "baichuan-13b",
            "baichuan2-7b",
            "qwen-7b",
            "internlm-7b");
    String table = Description.table(names.stream().map(Description::preset).toList());
    List<List<String>> rows = rows(table);
    assertThat(rows.getFirst())
        .containsExactly(
            "model",
            "parameters",
            "training context",
            "position encoding",
            "activation",
            "normalization",
            "attention");
    assertThat(rows)
        .contains(
            List.of("llama-7b", "6.74B", "2,048", "RoPE", "SwiGLU", "RMSNorm", "MHA"),
            List.of("llama2-7b", "6.74B", "4,096", "RoPE", "SwiGLU", "RMSNorm", "MHA"),
            List.of("llama2-70b", "69B", "4,096", "RoPE", "SwiGLU", "RMSNorm", "GQA"),
            List.of("baichuan-7b", "7B", "4,096", "RoPE", "SwiGLU", "RMSNorm", "MHA"),
            List.of("baichuan-13b", "13.3B", "4,096", "ALiBi", "SwiGLU", "RMSNorm", "MHA"),
            List.of("internlm-7b", "7.32B", "2,048", "RoPE", "SwiGLU", "RMSNorm", "MHA"))
        .anyMatch(
            row ->
                row.getFirst().equals("chatglm-6b")
                    && row.subList(2, 7)
                        .equals(List.of("2,048", "RoPE, 2D", "GELU", "LayerNorm", "MHA")))
        .anyMatch(row -> row.getFirst().equals("chatglm2-6b") && row.getLast().equals("GQA"))
        .anyMatch(row -> row.getFirst().equals("qwen-7b") && row.contains("SwiGLU"));
  }

  /** What is published of each; one row of names for those that differ in size only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2               | learned          | GELU   | LayerNorm | MHA",
        "gpt-j-6b           | RoPE             | GELU   | LayerNorm | MHA",
        "opt-125m           | learned          | ReLU   | LayerNorm | MHA",
        "bloom-560m         | ALiBi            | GELU   | LayerNorm | MHA",
        "mpt-7b             | ALiBi            | GELU   | LayerNorm | MHA",
        "falcon-7b          | RoPE             | GELU   | LayerNorm | MQA",
        "falcon-40b         | RoPE             | GELU   | LayerNorm | GQA",
        "falcon-rw-1b       | ALiBi            | GELU   | LayerNorm | MHA",
        "mistral-7b         | RoPE             | SwiGLU | RMSNorm   | GQA",
        "gemma-2b           | RoPE             | GeGLU  | RMSNorm   | MQA",
        "gemma2-9b          | RoPE             | GeGLU  | RMSNorm   | GQA",
        "deepseek-v3        | RoPE             | SwiGLU | RMSNorm   | MLA",
        "gpt-oss-20b        | RoPE             | SwiGLU | RMSNorm   | GQA",
        "mamba-2.8b         | none             | SiLU   | RMSNorm   | none",
        "mamba2-2.7b        | none             | SiLU   | RMSNorm   | none",
        "jamba-v0.1         | none             | SwiGLU | RMSNorm   | GQA",
        "t5-base            | relative buckets | ReLU   | RMSNorm   | MHA",
        "flan-t5-base       | relative buckets | GeGLU  | RMSNorm   | MHA",
        "bart-base          | learned          | GELU   | LayerNorm | MHA",
        "opus-mt-en-de      | sinusoidal       | SiLU   | LayerNorm | MHA",
        "bert-base-uncased  | learned          | GELU   | LayerNorm | MHA",
        "yi-6b              | RoPE             | SwiGLU | RMSNorm   | GQA",
        "phi-2              | RoPE             | GELU   | LayerNorm | MHA",
        "starcoder2-3b      | RoPE             | GELU   | LayerNorm | GQA",
        "olmo-7b            | RoPE             | SwiGLU | LayerNorm | MHA"
      })
  void namesThePartsOfEachFamily(
      String preset, String position, String activation, String norm, String attention) {
    assertThat(preset(preset).toJson())
        .containsEntry("position", position)
        .containsEntry("activation", activation)
        .containsEntry("normalization", norm)
        .containsEntry("attention", attention);
  }

  @Test
  void tellsWhatIsParticular() {
    assertThat(preset("gemma2-9b").toText())
        .contains(
            "sandwich", "soft cap 50", "soft-capped at 30", "every 2nd layer, 0 to 40: sliding")
        .contains("times 59.87");
    assertThat(preset("chatglm-6b").toText())
        .contains("2D RoPE", "x = 7.483 n + part(n)", "prefix", "blank filling");
    assertThat(preset("deepseek-v3").toText())
        .contains(
            "(MLA)", "8 of 256 a token", "best 4 of 8 groups", "times 2.5", "layers 0-2: 18,432")
        .contains("YaRN, factor 40");
    assertThat(preset("mixtral-8x7b").toText()).contains("2 of 8 a token", "12,879,925,248");
    assertThat(preset("bert-base-uncased").toText())
        .contains("behind each sum (post-norm)", "bidirectional", "2 kinds of text");
    assertThat(preset("t5-base").toText())
        .contains("the encoder\n", "the decoder\n", "cross-attention to the encoder's rows")
        .contains("scaled by 1 instead of 1/√64");
    assertThat(preset("olmo2-7b").toText()).contains("behind each part, before its sum");
    assertThat(preset("falcon-7b").toText()).contains("parallel: x += attention(norm(x)) + ffn");
    assertThat(preset("baichuan2-13b").toText()).contains("NormHead");
    assertThat(preset("gpt-oss-20b").toText()).contains("attention sinks", "the 127 before it");
    assertThat(preset("jamba-v0.1").toText()).contains("every 8th layer, 4 to 28: grouped-query");
    assertThat(preset("qwen-7b").toText()).contains("log-n attention", "dynamic NTK");
  }

  /** 4·1536 columns keep 16 states and 3 rows of the convolution each: 24 layers in F32. */
  @Test
  void tellsWhatASequenceKeepsAsAWhole() {
    long numbers = 24L * 1536 * (16 + 3);
    assertThat(preset("mamba-130m").toJson())
        .containsEntry("state_bytes_per_sequence", 4 * numbers)
        .containsEntry("kv_cache_bytes_per_token", 0L);
  }

  @Test
  void describesBothStacksOfATranslator() {
    Map<String, Object> json = preset("opus-mt-en-de").toJson();
    assertThat(json).containsEntry("layers", 6).containsEntry("cross_attention", "MHA");
    assertThat(json.get("encoder"))
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("layers", 6)
        .containsEntry("mask", "bidirectional");
  }

  /** Every fact of every well-known model can be told, in one line each. */
  @Test
  void describesEveryPreset() {
    for (String name : Presets.names()) {
      Description d = preset(name);
      assertThat(d.toJson()).as(name).containsKeys("position", "activation", "normalization");
      assertThat(d.toText().lines().toList())
          .as(name)
          .hasSizeBetween(14, 60)
          .noneMatch(line -> line.contains("null") || line.contains("%"));
      assertThat(Description.table(List.of(d))).as(name).doesNotContain("null");
      assertThat(Mermaid.draw(d)).as(name).startsWith("flowchart TB\n");
    }
  }
}
