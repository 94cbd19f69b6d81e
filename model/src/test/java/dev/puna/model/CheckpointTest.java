package dev.puna.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.formats.GgufWriter;
import dev.puna.program.RopeScaling;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;

  private static Checkpoint open(Path path) {
    return Checkpoint.open(path, null);
  }

  private static void refused(Path path, String... fragments) {
    assertThatThrownBy(() -> open(path).close())
        .isInstanceOf(PunaException.class)
        .message()
        .contains(fragments)
        .doesNotContain("\n");
  }

  // ---- real ones ----

  @Test
  void opensEveryFixture() {
    List<Path> folders = Shared.llamas(".safetensors");
    assertThat(folders).hasSizeGreaterThan(5);
    for (Path path : folders) {
      try (Checkpoint checkpoint = open(path)) {
        assertThat(checkpoint.hasWeights()).isTrue();
        assertThat(checkpoint.layout()).isEqualTo(Layout.HUGGING_FACE);
        for (Weight weight : checkpoint.program().weights()) {
          Tensor tensor = checkpoint.tensor(weight);
          assertThat(tensor.rows()).isEqualTo(weight.rows());
          assertThat(tensor.cols()).isEqualTo(weight.cols());
        }
        long stored = checkpoint.tensors().values().stream().mapToLong(t -> t.elements()).sum();
        assertThat(checkpoint.program().parameters()).as(path.toString()).isEqualTo(stored);
      }
    }
  }

  /** The same weights; the GGUF file repeats the embedding table as an output projection. */
  @Test
  void readsOneModelFromTwoFormats() {
    try (Checkpoint gguf = open(Shared.path("models/stories260K.gguf"));
        Checkpoint bin = open(Shared.path("models/stories260K.bin"))) {
      Spec spec = bin.spec();
      assertThat(bin.layout()).isEqualTo(Layout.META);
      assertThat(spec.head()).isEqualTo(new Spec.Logits(true));
      assertThat(gguf.spec())
          .isEqualTo(
              new Spec(
                  spec.vocab(),
                  spec.width(),
                  spec.context(),
                  spec.layers(),
                  spec.finalNorm(),
                  new Spec.Logits(false)));
      for (Weight weight : bin.program().weights()) {
        assertThat(gguf.tensor(weight).toArray())
            .as(weight.name())
            .containsExactly(bin.tensor(weight).toArray());
      }
    }
  }

  /** models/README.md: dim 64, hidden 172, 5 layers, 8 heads, 4 kv heads, vocabulary 512. */
  @Test
  void readsTheSizesThatTheAuthorGives() {
    try (Checkpoint checkpoint = open(Shared.path("models/stories260K.bin"))) {
      Spec spec = checkpoint.spec();
      assertThat(List.of(spec.width(), spec.layers().size(), spec.vocab(), spec.context()))
          .containsExactly(64, 5, 512, 512);
      Spec.Attention attention = Tiny.attention(spec);
      assertThat(attention.heads().query()).isEqualTo(8);
      assertThat(attention.heads().kv()).isEqualTo(4);
      assertThat(spec.layers().getFirst().ffn())
          .isInstanceOfSatisfying(Spec.Dense.class, d -> assertThat(d.hidden()).isEqualTo(172));
      assertThat(checkpoint.generation().stops()).containsExactly(1, 2);
      assertThatThrownBy(checkpoint::tokenizer).message().contains("no tokenizer", "--tokenizer");
    }
  }

  @Test
  void takesATokenizerFromBeside() {
    Path tokenizer = Shared.path("models/tok512.bin");
    try (Checkpoint checkpoint =
        Checkpoint.open(Shared.path("models/stories260K.bin"), tokenizer)) {
      assertThat(checkpoint.conventions().start()).containsExactly(1);
    }
  }

  // ---- Hugging Face directories written here ----

  @Test
  void opensAWholeModel() throws IOException {
    try (Checkpoint checkpoint = open(Tiny.write(folder, Tiny.shapes()))) {
      assertThat(checkpoint.spec()).isEqualTo(Tiny.spec());
      assertThat(checkpoint.tensors()).hasSize(21);
    }
  }

  @Test
  void namesAMissingTensorAsTheFileSpellsIt() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.remove("model.layers.1.mlp.up_proj.weight");
    refused(Tiny.write(folder, shapes), "tensor model.layers.1.mlp.up_proj.weight is missing");
  }

  @Test
  void namesATensorOfAnotherShape() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.put("model.layers.0.self_attn.k_proj.weight", List.of(Tiny.WIDTH, Tiny.KV_COLUMNS));
    refused(
        Tiny.write(folder, shapes),
        "tensor model.layers.0.self_attn.k_proj.weight has shape [8, 4]",
        "asks for [4, 8]");
  }

  @Test
  void namesAStranger() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.put("model.layers.0.self_attn.q_norm.weight", List.of(2));
    refused(
        Tiny.write(folder, shapes),
        "tensor model.layers.0.self_attn.q_norm.weight has no place",
        "family llama");
  }

  @Test
  void namesABiasThatWasNotAnnounced() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.put("model.layers.0.self_attn.q_proj.bias", List.of(8));
    refused(Tiny.write(folder, shapes), "model.layers.0.self_attn.q_proj.bias has no place");
  }

  @Test
  void namesALayerBeyondTheLast() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.put("model.layers.2.input_layernorm.weight", List.of(Tiny.WIDTH));
    refused(Tiny.write(folder, shapes), "model.layers.2.input_layernorm.weight has no place");
  }

  @Test
  void letsOldCheckpointsHoldRotaryFrequencies() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    shapes.put("model.layers.0.self_attn.rotary_emb.inv_freq", List.of(1));
    open(Tiny.write(folder, shapes)).close();
  }

  @Test
  void aTiedHeadMayBeRepeated() throws IOException {
    SequencedMap<String, List<Integer>> shapes = Tiny.shapes();
    try (Checkpoint checkpoint = open(Tiny.write(folder, shapes, "tie_word_embeddings", true))) {
      assertThat(checkpoint.program().weights())
          .extracting(Weight::name)
          .doesNotContain("output.weight");
    }
    shapes.remove("lm_head.weight");
    open(Tiny.write(folder, shapes, "tie_word_embeddings", true)).close();
    refused(Tiny.write(folder, shapes), "tensor lm_head.weight is missing");
  }

  @Test
  void opensAConfigurationAlone() throws IOException {
    Path config = Tiny.config(folder);
    for (Path path : List.of(folder, config)) {
      try (Checkpoint checkpoint = open(path)) {
        assertThat(checkpoint.hasWeights()).isFalse();
        assertThat(checkpoint.spec()).isEqualTo(Tiny.spec());
        Weight weight = checkpoint.program().weights().getFirst();
        assertThatThrownBy(() -> checkpoint.tensor(weight)).message().contains("has no weights");
      }
    }
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    refused(folder.resolve("none"), "none does not exist");
    refused(folder, "has no config.json");
    Files.writeString(folder.resolve("params.json"), "{}");
    refused(folder, "params.json", "'dim' is missing");
    Files.writeString(folder.resolve("w.safetensors"), "");
    refused(folder.resolve("w.safetensors"), "without a configuration");
  }

  /** Such as a folder that also holds an adapter, or logits to compare with. */
  @Test
  void aStraySafetensorsFileDoesNotHideAPickledModel() throws IOException {
    Tiny.write(folder, Tiny.shapes());
    Files.writeString(folder.resolve("pytorch_model.bin"), "PK");
    open(folder).close();
    Files.move(folder.resolve("model.safetensors"), folder.resolve("other.safetensors"));
    refused(folder, "pytorch_model.bin is not a PyTorch checkpoint");
    Files.delete(folder.resolve("pytorch_model.bin"));
    open(folder).close();
  }

  // ---- GGUF files written here ----

  private Path gguf(SequencedMap<String, List<Long>> more, Map<String, ?> options) {
    SequencedMap<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", "llama");
    metadata.put("llama.block_count", 2);
    metadata.put("llama.context_length", 64);
    metadata.put("llama.embedding_length", Tiny.WIDTH);
    metadata.put("llama.feed_forward_length", Tiny.HIDDEN);
    metadata.put("llama.attention.head_count", 4);
    metadata.put("llama.attention.head_count_kv", 2);
    metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    metadata.putAll(options);
    SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();
    for (Weight w : Decoder.record(Tiny.spec()).weights()) {
      shapes.put(
          w.name(),
          w.rows() == 1 ? List.of((long) w.cols()) : List.of((long) w.rows(), (long) w.cols()));
    }
    shapes.putAll(more);
    List<GgufWriter.Entry> entries = new ArrayList<>();
    shapes.forEach((name, shape) -> entries.add(new GgufWriter.Entry(name, DType.F32, shape)));
    Path file = folder.resolve("tiny.gguf");
    GgufWriter.write(file, metadata, entries, CheckpointTest::numbers);
    return file;
  }

  /** 1, 2, 3, ... */
  private static MemorySegment numbers(GgufWriter.Entry entry) {
    int count = (int) entry.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i + 1;
    }
    return MemorySegment.ofArray(numbers);
  }

  private static SequencedMap<String, List<Long>> tensor(String name, long... shape) {
    SequencedMap<String, List<Long>> one = new LinkedHashMap<>();
    one.put(name, Arrays.stream(shape).boxed().toList());
    return one;
  }

  @Test
  void readsGgufMetadataAsAConfiguration() {
    try (Checkpoint checkpoint = open(gguf(new LinkedHashMap<>(), Map.of()))) {
      Spec expected = Tiny.spec();
      assertThat(checkpoint.layout()).isEqualTo(Layout.GGUF);
      assertThat(checkpoint.spec().width()).isEqualTo(expected.width());
      assertThat(checkpoint.spec().head()).isEqualTo(new Spec.Logits(false));
      Rotation rotation = Tiny.attention(checkpoint.spec()).rotations().getFirst();
      assertThat(rotation.pairing()).isEqualTo(Rotation.Pairing.ADJACENT);
      assertThat(rotation.scaling()).isEqualTo(new RopeScaling.None());
    }
  }

  @Test
  void readsPerPairDivisorsOfFrequencies() {
    Path file =
        gguf(
            tensor("rope_freqs.weight", 2),
            Map.of(
                "llama.attention.head_count", 2,
                "llama.attention.head_count_kv", 1,
                "llama.attention.key_length", 4));
    try (Checkpoint checkpoint = open(file)) {
      assertThat(Tiny.attention(checkpoint.spec()).rotations().getFirst().scaling())
          .isEqualTo(new RopeScaling.Divided(List.of(1f, 2f)));
    }
  }

  @Test
  void readsScalingFromGguf() {
    Map<String, Object> options =
        Map.of("llama.rope.scaling.type", "linear", "llama.rope.scaling.factor", 4f);
    try (Checkpoint checkpoint = open(gguf(new LinkedHashMap<>(), options))) {
      assertThat(Tiny.attention(checkpoint.spec()).rotations().getFirst().scaling())
          .isEqualTo(new RopeScaling.Linear(4));
    }
  }

  @Test
  void refusesGgufOptionsThatWouldChangeTheResult() {
    refused(
        gguf(new LinkedHashMap<>(), Map.of("llama.attention.max_alibi_bias", 8)),
        "llama.attention.max_alibi_bias = 8",
        "not implemented");
    refused(
        gguf(tensor("blk.0.attn_q_norm.weight", 2), Map.of()),
        "tensor blk.0.attn_q_norm.weight has no place");
  }
}
