package dev.puna.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * A vocabulary as LLaMA's SentencePiece model has it: unknown, begin, end, the 256 bytes, and
 * pieces, here random ones, by falling score.
 */
final class SyntheticVocabulary {
  private static final int BYTES = 256;
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  private final List<String> pieces = new ArrayList<>();
  private final int[] types;

  /**
   * @param size more than 400
   */
  SyntheticVocabulary(int size) {
    pieces.addAll(List.of("<unk>", "<s>", "</s>"));
    for (int b = 0; b < BYTES; b++) {
      pieces.add("<0x%02X>".formatted(b));
    }
    int special = pieces.size();
    pieces.addAll(words(size - special));
    types = new int[size];
    for (int i = 0; i < size; i++) {
      types[i] = i == 0 ? UNKNOWN : i < 3 ? CONTROL : i < special ? BYTE : NORMAL;
    }
  }

  /** Every printable character of ASCII, then words of random letters. */
  private static SequencedSet<String> words(int count) {
    SequencedSet<String> words = new LinkedHashSet<>();
    words.add("▁");
    for (char c = '!'; c <= '~'; c++) {
      words.add(String.valueOf(c));
    }
    Random random = new Random(7);
    while (words.size() < count) {
      StringBuilder word = new StringBuilder(random.nextBoolean() ? "▁" : "");
      for (int letters = 2 + random.nextInt(6); letters > 0; letters--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words.add(word.toString());
    }
    return words;
  }

  void describe(SequencedMap<String, Object> metadata) {
    float[] scores = new float[pieces.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = types[i] == NORMAL ? -i : 0;
    }
    metadata.put("tokenizer.ggml.model", "llama");
    metadata.put("tokenizer.ggml.tokens", pieces);
    metadata.put("tokenizer.ggml.scores", scores);
    metadata.put("tokenizer.ggml.token_type", types);
    metadata.put("tokenizer.ggml.bos_token_id", 1);
    metadata.put("tokenizer.ggml.eos_token_id", 2);
    metadata.put("tokenizer.ggml.unknown_token_id", 0);
    metadata.put("tokenizer.ggml.add_bos_token", true);
    metadata.put("tokenizer.ggml.add_eos_token", false);
  }
}
