package dev.puna.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The heap, the hashes and the cutting into stretches against the plainest way to write down what
 * bpe_model.cc does: look at all pairs, merge the best, look again.
 */
class ReferenceBpeTest {
  private static final String[] ALPHABET = {"a", "b", "c", "▁", "我", "é"};

  @Test
  void mergesAsTheReferenceDoesForRandomVocabularies() {
    Random random = new Random(1);
    for (int round = 0; round < 150; round++) {
      SentencePieceTokenizer tokenizer = randomModel(random).tokenizer();
      Reference reference = new Reference(tokenizer.vocabulary());
      for (int i = 0; i < 20; i++) {
        String text = randomText(random);
        assertThat(pieces(tokenizer, text)).as(text).isEqualTo(reference.encode(text));
      }
    }
  }

  @Test
  void mergesAsTheReferenceDoesForARealVocabulary() {
    SentencePieceTokenizer tokenizer =
        SentencePieceTokenizer.of(
            SentencePieceModel.vocabulary(Shared.file("tokenizers/internlm/tokenizer.model")));
    Reference reference = new Reference(tokenizer.vocabulary());
    String story = Shared.text("data/tinystories/valid.txt");
    Random random = new Random(2);
    for (int i = 0; i < 100; i++) {
      int from = random.nextInt(story.length() - 300);
      String text = story.substring(from, from + 300);
      if (text.chars().allMatch(c -> c < 0x80)) {
        assertThat(pieces(tokenizer, text)).isEqualTo(reference.encode(text.replace(' ', '▁')));
      }
    }
  }

  private static List<String> pieces(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
  }

  private static ModelWriter randomModel(Random random) {
    ModelWriter writer = ModelWriter.bpe().normalizer(3, 0);
    boolean unused = random.nextBoolean();
    List<String> pieces = new ArrayList<>();
    // The last letter stays unknown unless it is in a longer piece.
    List<String> parts = new ArrayList<>(Arrays.asList(ALPHABET));
    for (int i = 0; i + 1 < ALPHABET.length; i++) {
      pieces.add(ALPHABET[i]);
      writer.piece(ALPHABET[i], 0, PieceType.NORMAL);
    }
    for (int i = 0; i < 25; i++) {
      String piece =
          parts.get(random.nextInt(parts.size())) + parts.get(random.nextInt(parts.size()));
      if (pieces.contains(piece)) {
        continue;
      }
      int kind = random.nextInt(20);
      PieceType type =
          kind == 0
              ? PieceType.USER_DEFINED
              : unused && kind < 6 ? PieceType.UNUSED : PieceType.NORMAL;
      pieces.add(piece);
      parts.add(piece);
      writer.piece(piece, -random.nextInt(6), type);
    }
    return writer;
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(40); i > 0; i--) {
      text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
    }
    return text.toString();
  }

  /** Encodes normalized text into pieces. */
  private static final class Reference {
    private final SentencePieceVocabulary vocabulary;
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<String> userDefined = new ArrayList<>();
    private final Map<String, String[]> halves = new HashMap<>();
    private final List<String> symbols = new ArrayList<>();
    private final List<Boolean> frozen = new ArrayList<>();
    private final List<String> output = new ArrayList<>();

    Reference(SentencePieceVocabulary vocabulary) {
      this.vocabulary = vocabulary;
      for (int id = 0; id < vocabulary.size(); id++) {
        switch (vocabulary.types()[id]) {
          case NORMAL, USER_DEFINED, UNUSED -> ids.put(vocabulary.pieces().get(id), id);
          default -> {}
        }
        if (vocabulary.types()[id] == PieceType.USER_DEFINED) {
          userDefined.add(vocabulary.pieces().get(id));
        }
      }
    }

    List<String> encode(String text) {
      symbols.clear();
      frozen.clear();
      halves.clear();
      output.clear();
      split(text);
      for (int i = 0; i + 1 < symbols.size(); i++) {
        consider(i);
      }
      for (int best; (best = best()) >= 0; ) {
        symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        frozen.remove(best + 1);
        consider(best - 1);
        consider(best);
      }
      symbols.forEach(this::emit);
      return List.copyOf(output);
    }

    private void split(String text) {
      for (int at = 0; at < text.length(); at += symbols.getLast().length()) {
        String rest = text.substring(at);
        String longest = "";
        for (String piece : userDefined) {
          if (rest.startsWith(piece) && piece.length() > longest.length()) {
            longest = piece;
          }
        }
        frozen.add(!longest.isEmpty());
        symbols.add(longest.isEmpty() ? rest.substring(0, rest.offsetByCodePoints(0, 1)) : longest);
      }
    }

    private boolean possible(int left) {
      return left >= 0
          && left + 1 < symbols.size()
          && !frozen.get(left)
          && !frozen.get(left + 1)
          && ids.containsKey(symbols.get(left) + symbols.get(left + 1));
    }

    private void consider(int left) {
      if (possible(left)) {
        String piece = symbols.get(left) + symbols.get(left + 1);
        halves.put(piece, new String[] {symbols.get(left), symbols.get(left + 1)});
      }
    }

    private int best() {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        if (possible(i)) {
          float score = vocabulary.scores()[ids.get(symbols.get(i) + symbols.get(i + 1))];
          if (score > bestScore) {
            best = i;
            bestScore = score;
          }
        }
      }
      return best;
    }

    private void emit(String symbol) {
      Integer id = ids.get(symbol);
      if (id == null) {
        if (output.isEmpty() || !output.getLast().equals("<unk>")) {
          output.add("<unk>");
        }
      } else if (vocabulary.types()[id] == PieceType.UNUSED && halves.containsKey(symbol)) {
        emit(halves.get(symbol)[0]);
        emit(halves.get(symbol)[1]);
      } else {
        output.add(symbol);
      }
    }
  }
}
