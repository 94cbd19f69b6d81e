package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizeTest {
  private static final String MARKER = "\n__ggml_vocab_test__\n";

  /** Ids of hard strings by the original libraries, all texts of a vocabulary in one file. */
  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama2enzh", "chatglm2", "internlm"})
  void idsOfTheOriginalLibraries(String vocabulary, @TempDir Path folder) throws IOException {
    JsonNode cases =
        Shared.json(Shared.data("tokenizers/vectors/" + vocabulary + ".json")).get("cases");
    String between = "<|between the texts|>";
    List<String> texts = cases.valueStream().map(c -> c.get("text").asText()).toList();
    Path file = Files.writeString(folder.resolve("texts"), String.join(between, texts));
    JsonNode all =
        Puna.json(
            "tokenize",
            "-m",
            Shared.data("tokenizers/" + vocabulary + "/tokenizer.model"),
            "-f",
            file,
            "--split",
            between,
            "--json");
    assertThat(all.size()).isEqualTo(cases.size());
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).get("ids")).as(texts.get(i)).isEqualTo(cases.get(i).get("ids"));
    }
  }

  @Test
  void idsOfTheGgufVocabulary() throws IOException {
    Path input = Shared.data("tokenizers/gguf/ggml-vocab-llama-spm.gguf.inp");
    List<String> expected =
        Files.readAllLines(Shared.data("tokenizers/gguf/ggml-vocab-llama-spm.gguf.out"));
    JsonNode all =
        Puna.json(
            "tokenize",
            "-m",
            Shared.data("tokenizers/gguf/ggml-vocab-llama-spm.gguf"),
            "-f",
            input,
            "--split",
            MARKER,
            "--json");
    // the file ends with a marker: what follows it is one more text, an empty one
    assertThat(all.size()).isEqualTo(expected.size() + 1);
    assertThat(all.get(expected.size()).get("ids")).isEmpty();
    for (int i = 0; i < expected.size(); i++) {
      String line = expected.get(i).strip();
      int[] ids =
          line.isEmpty()
              ? new int[0]
              : Arrays.stream(line.split(" ")).mapToInt(Integer::parseInt).toArray();
      assertThat(Shared.ints(all.get(i).get("ids"))).as("text %d", i).isEqualTo(ids);
    }
  }

  @Test
  void specialTokensOnlyWhenAskedFor() {
    JsonNode plain = Puna.json("tokenize", "-p", "<s>a", "--json");
    JsonNode special = Puna.json("tokenize", "-p", "<s>a", "--parse-special", "--json");
    JsonNode bos = Puna.json("tokenize", "-p", "a", "--add-bos", "--json");
    assertThat(Shared.ints(plain.get("ids"))).doesNotContain(1);
    assertThat(Shared.ints(special.get("ids")))
        .startsWith(1)
        .isEqualTo(Shared.ints(bos.get("ids")));
    assertThat(bos.get("pieces").get(0).asText()).isEqualTo("<s>");
  }

  @Test
  void backToText() {
    String text = "Tom saw a 狗 \uD83D\uDC15, twice.";
    int[] ids = Shared.ints(Puna.json("tokenize", "-p", text, "--json").get("ids"));
    JsonNode back = Puna.json("tokenize", "--decode", Puna.ids(ids), "--json");
    assertThat(back.get("text").asText()).isEqualTo(text);
  }

  @Test
  void unreadableFilesAreOneLine(@TempDir Path folder) throws IOException {
    Path binary = Files.write(folder.resolve("text"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThat(Puna.run("tokenize", "-f", binary).err())
        .contains("is not UTF-8 text")
        .hasLineCount(1);
    assertThat(Puna.run("tokenize", "-f", folder.resolve("no")).status()).isEqualTo(1);
    assertThat(Puna.run("tokenize", "--decode", "1,77777").err()).contains("77777");
    assertThat(Puna.run("tokenize").status()).isEqualTo(2);
  }

  /** picocli would read a file of that name, and take one @ of two away. */
  @Test
  void textsMayBeginWithAnAtSign() {
    for (String text : List.of("@home", "@@home")) {
      JsonNode encoded = Puna.json("tokenize", "-p", text, "--json");
      String ids = Puna.ids(Shared.ints(encoded.get("ids")));
      assertThat(Puna.json("tokenize", "--decode", ids, "--json").get("text").asText())
          .isEqualTo(text);
    }
  }
}
