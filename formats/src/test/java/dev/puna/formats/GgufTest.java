package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufTest {
  @TempDir Path folder;

  /** A header of no metadata and one tensor, which a test spoils in one place. */
  private static final class OneTensor {
    long version = 3;
    long tensors = 1;
    long keys = 0;
    String name = "w";
    long[] dims = {32, 2};
    long type = 0;
    long offset = 0;
    int dataBytes = 256;

    byte[] bytes() {
      Bytes out = new Bytes().ascii("GGUF").u32(version).u64(tensors).u64(keys);
      out.string(name).u32(dims.length);
      Arrays.stream(dims).forEach(out::u64);
      return out.u32(type).u64(offset).align(32).raw(new byte[dataBytes]).toArray();
    }
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("test.gguf"), bytes);
  }

  private void refused(byte[] bytes, String... fragments) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> Gguf.open(file))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("test.gguf")
        .message()
        .contains(fragments)
        .doesNotContain("\n");
  }

  private void refused(Consumer<OneTensor> spoil, String... fragments) throws IOException {
    OneTensor header = new OneTensor();
    spoil.accept(header);
    refused(header.bytes(), fragments);
  }

  @Test
  void readsATensorWithItsDimensionsReversed() throws IOException {
    byte[] bytes = new OneTensor().bytes(); // and 1.5 is 0x3fc00000
    bytes[bytes.length - 256 + 128 + 2] = (byte) 0xc0;
    bytes[bytes.length - 256 + 128 + 3] = 0x3f;
    try (Gguf gguf = Gguf.open(file(bytes))) {
      StoredTensor tensor = gguf.tensors().get("w");
      assertThat(tensor.shape()).containsExactly(2L, 32L);
      assertThat(tensor.elements()).isEqualTo(64);
      assertThat(tensor.matrix().rows()).isEqualTo(2);
      assertThat(tensor.matrix().toArray()[32]).isEqualTo(1.5f);
      assertThat(tensor.matrix().toArray()[31]).isZero();
    }
  }

  @Test
  void readsScalarsOfAllTypes() throws IOException {
    Bytes out = new Bytes().ascii("GGUF").u32(2).u64(0).u64(12);
    out.string("u8").u32(0).u8(200).string("i8").u32(1).u8(200);
    out.string("u16").u32(2).u16(60000).string("i16").u32(3).u16(60000);
    out.string("u32").u32(4).u32(4000000000L).string("i32").u32(5).u32(4000000000L);
    out.string("f32").u32(6).f32(0.1f).string("flag").u32(7).u8(1);
    out.string("text").u32(8).string("süß");
    out.string("u64").u32(10).u64(-1).string("i64").u32(11).u64(-1);
    out.string("f64").u32(12).f64(0.1);
    try (Gguf gguf = Gguf.open(file(out.toArray()))) {
      GgufMetadata m = gguf.metadata();
      assertThat(m.keys()).hasSize(12).startsWith("u8", "i8").endsWith("i64", "f64");
      assertThat(m.get("u8")).isEqualTo(200L);
      assertThat(m.get("i8")).isEqualTo(-56L);
      assertThat(m.get("u16")).isEqualTo(60000L);
      assertThat(m.get("i16")).isEqualTo(-5536L);
      assertThat(m.get("u32")).isEqualTo(4000000000L);
      assertThat(m.get("i32")).isEqualTo(-294967296L);
      assertThat(m.get("f32")).isEqualTo((double) 0.1f);
      assertThat(m.get("flag")).isEqualTo(true);
      assertThat(m.get("text")).isEqualTo("süß");
      assertThat(m.get("u64")).isEqualTo(new BigInteger("18446744073709551615"));
      assertThat(m.get("i64")).isEqualTo(-1L);
      assertThat(m.get("f64")).isEqualTo(0.1);
      assertThatThrownBy(() -> m.integer("u64"))
          .hasMessageContaining("test.gguf")
          .hasMessageContaining("18446744073709551615");
    }
  }

  @Test
  void readsArrays() throws IOException {
    Bytes out = new Bytes().ascii("GGUF").u32(3).u64(0).u64(8);
    out.string("texts").u32(9).u32(8).u64(2).string("a").u64(2).u8(0xc3, 0x28);
    out.string("u8s").u32(9).u32(0).u64(2).u8(1, 255);
    out.string("i32s").u32(9).u32(5).u64(2).u32(-7).u32(9);
    out.string("f32s").u32(9).u32(6).u64(2).f32(0.5f, -2);
    out.string("flags").u32(9).u32(7).u64(2).u8(0, 1);
    out.string("u64s").u32(9).u32(10).u64(1).u64(-1);
    out.string("nested").u32(9).u32(9).u64(2).u32(5).u64(1).u32(3).u32(8).u64(1).string("x");
    out.string("none").u32(9).u32(4).u64(0);
    try (Gguf gguf = Gguf.open(file(out.toArray()))) {
      GgufMetadata m = gguf.metadata();
      assertThat(m.texts("texts")).containsExactly("a", "\ufffd(");
      assertThat(m.integers("u8s")).containsExactly(1, 255);
      assertThat(m.integers("i32s")).containsExactly(-7, 9);
      assertThat(m.numbers("f32s")).containsExactly(0.5f, -2);
      assertThat(m.get("flags")).isEqualTo(new boolean[] {false, true});
      assertThat(m.get("u64s")).isEqualTo(List.of(new BigInteger("18446744073709551615")));
      assertThat((List<?>) m.get("nested")).hasSize(2).last().isEqualTo(List.of("x"));
      assertThat(m.integers("none")).isEmpty();
    }
  }

  @Test
  void refusesWhatIsNotGguf() throws IOException {
    refused(new byte[0], "is empty");
    refused(new Bytes().ascii("GG").toArray(), "not a GGUF file");
    refused(new Bytes().ascii("<!DOCTYPE html><html>").toArray(), "a web page", "download");
    refused(
        new Bytes().ascii("version https://git-lfs.github.com/spec/v1\n").toArray(),
        "Git LFS pointer",
        "git lfs pull");
    refused(new Bytes().u8('P', 'K', 3, 4).raw(new byte[40]).toArray(), "zip archive");
    refused(new Bytes().u8(0x80, 2).raw(new byte[40]).toArray(), "pickle");
    refused(Bytes.safetensors("{\"__metadata__\":{}}  ", 0), "a safetensors file");
    refused(new Bytes().ascii("tjgg").raw(new byte[40]).toArray(), "before GGUF");
    assertThatThrownBy(() -> Gguf.open(folder))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("is a folder");
    assertThatThrownBy(() -> Gguf.open(folder.resolve("none.gguf")))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void refusesOtherVersions() throws IOException {
    refused(t -> t.version = 1, "version 1");
    refused(t -> t.version = 0x03000000, "big-endian");
    refused(t -> t.version = 77777777, "version 77777777");
  }

  @Test
  void refusesCountsThatCannotBe() throws IOException {
    refused(t -> t.tensors = 1 << 20, "1048576 tensors");
    refused(t -> t.tensors = -1, "18446744073709551615 tensors");
    refused(t -> t.keys = Long.MAX_VALUE, "9223372036854775807 metadata values");
    refused(
        new Bytes().ascii("GGUF").u32(3).u64(0).u64(1).u64(1L << 40).raw(new byte[99]).toArray(),
        "1099511627776 bytes");
    Bytes array = new Bytes().ascii("GGUF").u32(3).u64(0).u64(1).string("k").u32(9).u32(0);
    refused(array.u64(1L << 32).raw(new byte[99]).toArray(), "4294967296 list elements", "'k'");
  }

  @ParameterizedTest
  @CsvSource({
    "16, IQ2_XXS, not supported yet",
    "40, NVFP4, not supported yet",
    "999, 999, unknown type",
    "4294967295, 4294967295, unknown type",
  })
  void namesTensorTypesItCannotRead(long id, String name, String message) throws IOException {
    refused(t -> t.type = id, name, message, "'w'");
  }

  @Test
  void refusesImpossibleTensors() throws IOException {
    refused(t -> t.dims = new long[] {1, 1, 1, 1, 1}, "5 dimensions");
    refused(t -> t.dims = new long[] {32, 0}, "a dimension of 0");
    refused(t -> t.dims = new long[] {32, -1}, "18446744073709551615");
    refused(t -> t.dims = new long[] {1L << 31, 1L << 31, 4}, "impossible shape");
    refused(t -> t.dims = new long[] {1L << 62}, "impossible shape");
    refused(
        t -> {
          t.dims = new long[] {33, 2};
          t.type = 8;
        },
        "rows of 33",
        "Q8_0");
    refused(t -> t.offset = 8, "not aligned to 32");
    refused(t -> t.offset = 32, "takes 256 bytes");
    refused(t -> t.offset = Long.MAX_VALUE - 31, "takes 256 bytes");
    refused(t -> t.dataBytes = 255, "takes 256 bytes");
  }

  @Test
  void refusesDuplicatesAndOverlaps() throws IOException {
    Bytes two = new Bytes().ascii("GGUF").u32(3).u64(2).u64(0);
    two.string("a").u32(1).u64(32).u32(0).u64(0).string("b").u32(1).u64(32).u32(0).u64(96);
    refused(two.align(32).raw(new byte[256]).toArray(), "overlapping parts 'a' and 'b'");
    Bytes same = new Bytes().ascii("GGUF").u32(3).u64(2).u64(0);
    same.string("a").u32(1).u64(32).u32(0).u64(0).string("a").u32(1).u64(32).u32(0).u64(128);
    refused(same.align(32).raw(new byte[256]).toArray(), "two tensors named 'a'");
    Bytes keys = new Bytes().ascii("GGUF").u32(3).u64(0).u64(2);
    refused(keys.string("k").u32(7).u8(1).string("k").u32(7).u8(1).toArray(), "key 'k' twice");
  }

  @Test
  void refusesBadValues() throws IOException {
    byte[] start = new Bytes().ascii("GGUF").u32(3).u64(0).u64(1).string("k").toArray();
    refused(new Bytes().raw(start).u32(7).u8(2).toArray(), "neither 0 nor 1", "'k'");
    refused(new Bytes().raw(start).u32(13).u64(0).toArray(), "unknown type 13", "'k'");
    Bytes deep = new Bytes().raw(start).u32(9);
    for (int i = 0; i < 1000; i++) {
      deep.u32(9).u64(1);
    }
    refused(deep.toArray(), "nests lists", "'k'");
    refused(new Bytes().raw(start).u32(12).u32(0).toArray(), "ends in the middle");
  }

  @Test
  void honoursGeneralAlignment() throws IOException {
    Bytes out = new Bytes().ascii("GGUF").u32(3).u64(1).u64(1);
    out.string("general.alignment").u32(4).u32(64).string("w").u32(1).u64(1).u32(0).u64(0);
    try (Gguf gguf = Gguf.open(file(out.align(64).f32(2.5f).toArray()))) {
      assertThat(gguf.tensors().get("w").matrix().toArray()).containsExactly(2.5f);
    }
    Bytes odd = new Bytes().ascii("GGUF").u32(3).u64(1).u64(1);
    odd.string("general.alignment").u32(4).u32(48).string("w").u32(1).u64(1).u32(0).u64(0);
    refused(odd.align(64).f32(2.5f).toArray(), "general.alignment 48");
  }

  /** Values read off a hex dump of the file. */
  @Test
  void readsARealModel() {
    try (Gguf gguf = Gguf.open(Shared.path("models/stories260K.gguf"))) {
      GgufMetadata m = gguf.metadata();
      assertThat(m.keys()).hasSize(23).startsWith("general.architecture", "general.name");
      assertThat(m.text("general.architecture")).isEqualTo("llama");
      assertThat(m.integer("llama.feed_forward_length")).isEqualTo(172);
      assertThat(m.integer("llama.attention.head_count_kv")).isEqualTo(4);
      assertThat(m.number("llama.attention.layer_norm_rms_epsilon")).isEqualTo((double) 1e-5f);
      assertThat(m.number("llama.context_length")).isEqualTo(512);
      assertThat(m.flag("tokenizer.ggml.add_bos_token", false)).isTrue();
      assertThat(m.flag("tokenizer.ggml.add_eos_token", true)).isFalse();
      assertThat(m.texts("tokenizer.ggml.tokens"))
          .hasSize(512)
          .startsWith("<unk>", "<s>", "</s>", "<0x00>")
          .endsWith("]", "~", "\u200a");
      assertThat(m.numbers("tokenizer.ggml.scores")).hasSize(512).endsWith(-250, -251, -252);
      assertThat(m.integers("tokenizer.ggml.token_type")).startsWith(2, 3, 3, 6).endsWith(1);
      assertThat(gguf.tensors()).hasSize(48);
      assertThat(gguf.tensors().firstEntry().getKey()).isEqualTo("token_embd.weight");
      assertThat(gguf.tensors().get("blk.4.ffn_down.weight").shape()).containsExactly(64L, 172L);
      assertThat(gguf.tensors().values()).allMatch(tensor -> tensor.type() == DType.F32);
    }
  }

  /** Counts of keys and tokens as another program (struct.unpack in Python) reads them. */
  @ParameterizedTest
  @CsvSource({
    "baichuan, 18, 64000, <unk>",
    "bert-bge, 20, 30522, [PAD]",
    "deepseek-coder, 25, 32256, !",
    "deepseek-llm, 23, 102400, !",
    "gpt-2, 16, 50257, !",
    "gpt-neox, 17, 50432, <|endoftext|>",
    "llama-spm, 22, 32000, <unk>",
  })
  void readsRealVocabularies(String name, int keys, int tokens, String first) {
    Path file = Shared.path("tokenizers/gguf/ggml-vocab-" + name + ".gguf");
    try (Gguf gguf = Gguf.open(file)) {
      assertThat(gguf.tensors()).isEmpty();
      assertThat(gguf.metadata().keys()).hasSize(keys);
      assertThat(gguf.metadata().texts("tokenizer.ggml.tokens")).hasSize(tokens).startsWith(first);
    }
  }
}
