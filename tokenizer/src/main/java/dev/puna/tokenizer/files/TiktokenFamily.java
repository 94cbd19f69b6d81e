package dev.puna.tokenizer.files;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.gguf.PreTokenizerNames;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** What tiktoken's files leave to the code that reads them, for each family that uses them. */
enum TiktokenFamily {
  QWEN("qwen2", true, 151643, null, "<|endoftext|>", "QWenTokenizer"),
  LLAMA3("llama-bpe", false, 128000, "<|begin_of_text|>", "<|end_of_text|>"),
  GLM4("glm4", false, 151329, null, "<|endoftext|>", "ChatGLM4Tokenizer"),
  CL100K("gpt-4", false, 100256, null, "<|endoftext|>"),
  O200K("gpt-4o", false, 199998, null, "<|endoftext|>");

  private final String pre;
  private final boolean composes;
  private final int ranks;
  private final @Nullable String bos;
  private final String eos;
  private final List<String> classes;

  TiktokenFamily(
      String pre,
      boolean composes,
      int ranks,
      @Nullable String bos,
      String eos,
      String... classes) {
    this.pre = pre;
    this.composes = composes;
    this.ranks = ranks;
    this.bos = bos;
    this.eos = eos;
    this.classes = List.of(classes);
  }

  /**
   * The family of a file.
   *
   * @param tokenizerClass as tokenizer_config.json names it; may be empty
   * @param ranks the number of ranks
   */
  static TiktokenFamily of(String where, String tokenizerClass, int ranks) {
    return Arrays.stream(values())
        .filter(family -> family.classes.contains(tokenizerClass))
        .findFirst()
        .or(() -> Arrays.stream(values()).filter(family -> family.ranks == ranks).findFirst())
        .orElseThrow(
            () ->
                new PunaException(
                    "%s: no family is known with %d ranks and the tokenizer class '%s'"
                        .formatted(where, ranks, tokenizerClass),
                    "use the model's tokenizer.json, or a GGUF version"));
  }

  /** The expression that cuts the text into words. */
  String expression(String where) {
    return PreTokenizerNames.named(where, pre).expressions().getFirst();
  }

  /** Whether texts are brought into NFC. */
  boolean composes() {
    return composes;
  }

  @Nullable String bos() {
    return bos;
  }

  String eos() {
    return eos;
  }

  /** The ids of special tokens by name, which follow the ranks. */
  SequencedMap<String, Integer> special(int first) {
    SequencedMap<String, Integer> ids = new LinkedHashMap<>();
    switch (this) {
      case QWEN -> {
        put(ids, first, "<|endoftext|>", "<|im_start|>", "<|im_end|>");
        for (int i = 0; i < 205; i++) {
          ids.put("<|extra_" + i + "|>", first + 3 + i);
        }
      }
      case LLAMA3 -> llama3(ids, first);
      case GLM4 ->
          put(
              ids,
              first,
              "<|endoftext|>",
              "[MASK]",
              "[gMASK]",
              "[sMASK]",
              "<sop>",
              "<eop>",
              "<|system|>",
              "<|user|>",
              "<|assistant|>",
              "<|observation|>",
              "<|begin_of_image|>",
              "<|end_of_image|>",
              "<|begin_of_video|>",
              "<|end_of_video|>");
      case CL100K -> {
        put(ids, first + 1, "<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>");
        put(ids, first + 20, "<|endofprompt|>");
      }
      case O200K -> {
        put(ids, first + 1, "<|endoftext|>");
        put(ids, first + 20, "<|endofprompt|>");
      }
    }
    return ids;
  }

  private static void llama3(SequencedMap<String, Integer> ids, int first) {
    put(ids, first, "<|begin_of_text|>", "<|end_of_text|>");
    for (int i = 0; i < 4; i++) {
      ids.put("<|reserved_special_token_" + i + "|>", first + 2 + i);
    }
    put(
        ids,
        first + 6,
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|reserved_special_token_4|>",
        "<|eot_id|>");
    for (int i = 5; i < 251; i++) {
      ids.put("<|reserved_special_token_" + i + "|>", first + 5 + i);
    }
  }

  private static void put(SequencedMap<String, Integer> ids, int first, String... names) {
    for (int i = 0; i < names.length; i++) {
      ids.put(names[i], first + i);
    }
  }
}
