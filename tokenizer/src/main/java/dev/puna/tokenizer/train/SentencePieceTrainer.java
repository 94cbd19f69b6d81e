package dev.puna.tokenizer.train;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.SentencePieceVocabulary.Kind;
import dev.puna.tokenizer.SentencePieceVocabulary.PieceType;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.text.Utf8;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Trains BPE and Unigram vocabularies as spm_train of SentencePiece does; {@code
 * SentencePieceModelWriter} writes them to files that SentencePiece reads.
 */
public final class SentencePieceTrainer {
  private static final int LONGEST_BPE_WORD = 1024;

  private final SentencePieceTraining training;
  private final List<SentencePieceTraining.Meta> meta;

  /** A piece that was learned. */
  private record Learned(int[] symbols, double score) {}

  /**
   * What was trained.
   *
   * @param corpusBytes the bytes of text that it was trained on
   */
  public record Trained(SentencePieceVocabulary vocabulary, long corpusBytes) {}

  public SentencePieceTrainer(SentencePieceTraining training) {
    this.training = training;
    meta = training.meta();
  }

  /**
   * Trains on files of UTF-8, each line by itself.
   *
   * @param threads to use; the result does not depend on them
   * @throws PunaException if a file cannot be read, or the vocabulary is too small or too large for
   *     its text
   */
  public Trained train(List<Path> files, int threads, TrainingProgress progress) {
    Corpus corpus = new Corpus(files, SentencePieceWords::lastCut, progress);
    Alphabet alphabet = alphabet(corpus.count(() -> new SentencePieceWords(training), threads));
    int[] characters = alphabet.characters;
    int wanted = training.size() - meta.size();
    Words words = alphabet.words;
    List<Learned> learned =
        training.kind() == Kind.BPE
            ? bpe(words, characters, wanted, progress)
            : unigram(words, characters, wanted, threads, progress);
    return new Trained(vocabulary(learned), corpus.bytes());
  }

  /** The characters that get pieces of their own, the most frequent first, and words of them. */
  private record Alphabet(int[] characters, Words words) {}

  private Alphabet alphabet(WordCounts counts) {
    int[] characters = characters(counts);
    if (Arrays.stream(characters).allMatch(c -> c == SentencePieceWords.SPACE)) {
      throw new PunaException("the corpus holds nothing but blanks", "give files of plain text");
    }
    if (training.size() - meta.size() < characters.length) {
      throw new PunaException(
          "a vocabulary of %d pieces has no room for the text's %d characters and %d symbols"
              .formatted(training.size(), characters.length, meta.size()),
          "ask for at least %d pieces, or for less character coverage"
              .formatted(meta.size() + characters.length));
    }
    return new Alphabet(characters, words(counts, characters));
  }

  private int[] characters(WordCounts counts) {
    Map<Integer, Long> found = new HashMap<>();
    long all = 0;
    for (int word = 0; word < counts.size(); word++) {
      int end = counts.start(word + 1);
      for (int at = counts.start(word); at < end; at += Utf8.length(counts.bytes()[at])) {
        found.merge(Utf8.decode(counts.bytes(), at, end), counts.count(word), Long::sum);
        all += counts.count(word);
      }
    }
    List<Map.Entry<Integer, Long>> order = new ArrayList<>(found.entrySet());
    order.sort(
        Map.Entry.<Integer, Long>comparingByValue()
            .reversed()
            .thenComparing(Map.Entry.comparingByKey()));
    int[] characters = new int[order.size()];
    int size = 0;
    long covered = 0;
    for (Map.Entry<Integer, Long> entry : order) {
      if ((float) ((double) covered / all) >= (float) training.coverage()) {
        break;
      }
      covered += entry.getValue();
      characters[size++] = entry.getKey();
    }
    return Arrays.copyOf(characters, size);
  }

  /** The words over the indexes of characters; others end a word. */
  private Words words(WordCounts counts, int[] characters) {
    Map<Integer, Integer> symbols = new HashMap<>();
    for (int symbol = 0; symbol < characters.length; symbol++) {
      symbols.put(characters[symbol], symbol);
    }
    int most = 0;
    for (int at = 0; at < counts.start(counts.size()); at += Utf8.length(counts.bytes()[at])) {
      most++;
    }
    WordsBuilder words =
        new WordsBuilder(
            training.kind() == Kind.BPE ? LONGEST_BPE_WORD : UnigramModel.LONGEST_WORD, most);
    for (int word : counts.sorted()) {
      int end = counts.start(word + 1);
      for (int at = counts.start(word); at < end; at += Utf8.length(counts.bytes()[at])) {
        Integer symbol = symbols.get(Utf8.decode(counts.bytes(), at, end));
        if (symbol == null) {
          words.end(counts.count(word));
        } else {
          words.add(symbol, counts.count(word));
        }
      }
      words.end(counts.count(word));
    }
    return words.words();
  }

  private List<Learned> bpe(Words words, int[] characters, int wanted, TrainingProgress progress) {
    List<int[]> alphabet = Arrays.stream(characters).mapToObj(c -> new int[] {c}).toList();
    PairMerges merges =
        new PairMerges(words, alphabet, PairMerges.Rule.SHORTEST, training.splits().longest());
    List<Learned> learned = new ArrayList<>();
    int merged = wanted - characters.length;
    while (learned.size() < merged) {
      PairMerges.@Nullable Merge merge = merges.next();
      if (merge == null) {
        throw ByteBpeTrainer.tooLarge(
            training.size(), meta.size() + characters.length + learned.size());
      }
      learned.add(new Learned(merges.content(merge.made()), -(double) learned.size()));
      progress.at("merging", learned.size(), merged);
    }
    for (int[] character : alphabet) {
      learned.add(new Learned(character, -(double) learned.size()));
    }
    return learned;
  }

  private List<Learned> unigram(
      Words words, int[] characters, int wanted, int threads, TrainingProgress progress) {
    int space = -1;
    for (int symbol = 0; symbol < characters.length; symbol++) {
      space = characters[symbol] == SentencePieceWords.SPACE ? symbol : space;
    }
    SeedPieces.Found seeds =
        new SeedPieces(words, training.splits().longest(), space, UnigramTraining.seeds())
            .find(threads);
    List<Learned> all = new ArrayList<>();
    List<Learned> singles = new ArrayList<>();
    try (Workers workers = new Workers(threads)) {
      UnigramModel model =
          new UnigramTraining(words, characters.length, workers, progress).learn(seeds, wanted);
      for (int piece = 0; piece < model.size(); piece++) {
        int[] content =
            Arrays.stream(model.piece(piece)).map(symbol -> characters[symbol]).toArray();
        (content.length == 1 ? singles : all).add(new Learned(content, model.score(piece)));
      }
    }
    if (all.size() + singles.size() < wanted) {
      throw ByteBpeTrainer.tooLarge(training.size(), meta.size() + all.size() + singles.size());
    }
    all.sort(SentencePieceTrainer::compare);
    List<Learned> learned = new ArrayList<>(all.subList(0, wanted - singles.size()));
    learned.addAll(singles);
    learned.sort(SentencePieceTrainer::compare);
    return learned;
  }

  private static int compare(Learned a, Learned b) {
    int scores = Double.compare(b.score, a.score);
    return scores != 0 ? scores : Arrays.compare(a.symbols, b.symbols);
  }

  private SentencePieceVocabulary vocabulary(List<Learned> learned) {
    List<String> pieces = new ArrayList<>();
    List<PieceType> types = new ArrayList<>();
    float[] scores = new float[meta.size() + learned.size()];
    for (SentencePieceTraining.Meta each : meta) {
      pieces.add(each.piece());
      types.add(each.type());
    }
    for (Learned each : learned) {
      scores[pieces.size()] = (float) each.score;
      pieces.add(new String(each.symbols, 0, each.symbols.length));
      types.add(PieceType.NORMAL);
    }
    OptionalInt none = OptionalInt.empty();
    return new SentencePieceVocabulary(
        training.kind(),
        pieces,
        scores,
        types.toArray(PieceType[]::new),
        training.options(),
        new Special(OptionalInt.of(1), OptionalInt.of(2), OptionalInt.of(0), none, true, false));
  }
}
