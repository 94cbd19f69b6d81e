package dev.puna.tokenizer.train;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.gguf.PreTokenizerNames;
import dev.puna.tokenizer.split.PatternSplit;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.split.Sequence;
import dev.puna.tokenizer.text.ByteAlphabet;
import dev.puna.tokenizer.text.ByteTrie;
import dev.puna.tokenizer.text.CodePoints;
import dev.puna.tokenizer.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Trains byte-level BPE as GPT-2 has it (Radford et al. 2019): special tokens are cut out of the
 * text, a pre-tokenizer cuts words, and pairs of bytes merge within words. Of equally frequent
 * pairs the one with the greatest bytes merges first.
 */
public final class ByteBpeTrainer {
  /** Longer words count as several. */
  private static final int LONGEST_WORD = 1024;

  private static final int BYTES = 256;

  /**
   * What to train.
   *
   * @param size pieces in all: special tokens, the 256 bytes, and one for each merge
   * @param special tokens that mean something else than text; their ids come first
   * @param expressions the pre-tokenizer: regular expressions whose matches are cut out of the
   *     text, one after the other
   */
  public record Training(int size, List<String> special, List<String> expressions) {
    /** GPT-2's pre-tokenizer and its one special token. */
    public static Training gpt2(int size) {
      return new Training(size, List.of("<|endoftext|>"), List.of(PatternSplit.GPT2));
    }

    /**
     * The pre-tokenizer of a family, by the name that GGUF has for it.
     *
     * @throws PunaException if there is none of this name, or the size or a token cannot be
     */
    public static Training named(int size, List<String> special, String preTokenizer) {
      return PreTokenizerNames.find(preTokenizer)
          .map(named -> new Training(size, special, named.expressions()))
          .orElseThrow(
              () ->
                  new PunaException(
                      "the pre-tokenizer '" + preTokenizer + "' is not known",
                      "take one by GGUF's name for it, such as gpt-2, llama3 or qwen2"));
    }

    /** Throws {@link PunaException} if the size or a token cannot be. */
    public Training {
      special = List.copyOf(special);
      expressions = List.copyOf(expressions);
      if (special.contains("") || new HashSet<>(special).size() < special.size()) {
        throw new PunaException(
            "a special token is empty or named twice", "name each special token once");
      }
      for (String token : special) {
        if (ByteAlphabet.bytes(token) instanceof byte[] one && one.length == 1) {
          throw new PunaException(
              "the special token '" + token + "' is a byte's piece", "give it a longer name");
        }
      }
      if (size < special.size() + BYTES) {
        throw new PunaException(
            "a vocabulary of %d pieces has no room for 256 bytes and %d special tokens"
                .formatted(size, special.size()),
            "ask for at least " + (special.size() + BYTES) + " pieces");
      }
    }
  }

  private final Training training;
  private final PreTokenizer preTokenizer;
  private final ByteTrie special = new ByteTrie();
  private final List<byte[]> specialBytes = new ArrayList<>();

  /** Throws {@link PunaException} if an expression is none. */
  public ByteBpeTrainer(Training training) {
    this.training = training;
    preTokenizer =
        new Sequence(
            training.expressions.stream()
                .map(e -> (PreTokenizer) PatternSplit.isolating("the pre-tokenizer", e))
                .toList());
    for (String token : training.special) {
      special.add(Utf8.bytes(token), specialBytes.size());
      specialBytes.add(Utf8.bytes(token));
    }
  }

  /**
   * Trains on files of UTF-8.
   *
   * @param threads that count words; the result does not depend on them
   * @throws PunaException if a file cannot be read, or its text has too few pairs
   */
  public ByteBpe train(List<Path> files, int threads, TrainingProgress progress) {
    Corpus corpus = new Corpus(files, this::lastCut, progress);
    // Nothing holds the counts once the words are made of them.
    Words words = words(corpus.count(Reader::new, threads));
    PairMerges merges =
        new PairMerges(words, alphabet(), PairMerges.Rule.GREATEST, Integer.MAX_VALUE);
    List<PairMerges.Merge> learned = new ArrayList<>();
    int wanted = training.size - training.special.size();
    while (merges.symbols() < wanted) {
      PairMerges.Merge merge = merges.next();
      if (merge == null) {
        throw tooLarge(training.size, training.special.size() + merges.symbols());
      }
      learned.add(merge);
      progress.at("merging", merges.symbols(), wanted);
    }
    List<byte[]> pieces = new ArrayList<>();
    for (int symbol = 0; symbol < merges.symbols(); symbol++) {
      pieces.add(bytes(merges.content(symbol)));
    }
    return new ByteBpe(training, pieces, learned, corpus.bytes());
  }

  static PunaException tooLarge(int size, int largest) {
    return new PunaException(
        "a vocabulary of %d pieces is too large for this corpus".formatted(size),
        "ask for at most " + largest + " pieces, or give more text");
  }

  /** The bytes in the order of their characters, which is that of their ids. */
  private static List<int[]> alphabet() {
    List<int[]> alphabet = new ArrayList<>();
    for (int character = 0; alphabet.size() < BYTES; character++) {
      int value = ByteAlphabet.value(character);
      if (value >= 0) {
        alphabet.add(new int[] {value});
      }
    }
    return alphabet;
  }

  private static Words words(WordCounts counts) {
    int[] symbols = new int[BYTES];
    List<int[]> alphabet = alphabet();
    for (int symbol = 0; symbol < BYTES; symbol++) {
      symbols[alphabet.get(symbol)[0]] = symbol;
    }
    WordsBuilder words = new WordsBuilder(LONGEST_WORD, counts.start(counts.size()));
    for (int word : counts.sorted()) {
      for (int i = counts.start(word); i < counts.start(word + 1); i++) {
        words.add(symbols[counts.bytes()[i] & 0xFF], counts.count(word));
      }
      words.end(counts.count(word));
    }
    return words.words();
  }

  private static byte[] bytes(int[] content) {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return bytes;
  }

  /**
   * Behind a letter that white space follows: no pre-tokenizer in use makes a word of both, nor
   * looks back.
   */
  private int lastCut(byte[] text, int length) {
    for (int at = length - 1; at > 0; at--) {
      boolean isSpace = text[at] == ' ' || text[at] == '\n';
      if (isSpace && isLetter(text, at) && !isWithinSpecial(text, at, length)) {
        return at;
      }
    }
    return 0;
  }

  private static boolean isLetter(byte[] text, int end) {
    int from = end - 1;
    while (from > 0 && end - from < 4 && (text[from] & 0xC0) == 0x80) {
      from--;
    }
    int point = Utf8.decode(text, from, end);
    return point >= 0 && Character.isLetter(point);
  }

  private boolean isWithinSpecial(byte[] text, int at, int length) {
    for (byte[] token : specialBytes) {
      for (int from = Math.max(0, at - token.length + 1); from < at; from++) {
        int to = Math.min(length, from + token.length);
        if (Arrays.equals(text, from, to, token, 0, to - from)) {
          return true;
        }
      }
    }
    return false;
  }

  private final class Reader implements Corpus.WordReader {
    private byte[] word = new byte[256];

    @Override
    public void read(byte[] text, int from, int to, WordCounts words) {
      int begun = from;
      int at = from;
      while (at < to && !special.isEmpty()) {
        int token = special.longest(text, at, to);
        if (token < 0) {
          at++;
          continue;
        }
        stretch(text, begun, at, words);
        at += specialBytes.get(token).length;
        begun = at;
      }
      stretch(text, begun, to, words);
    }

    private void stretch(byte[] text, int from, int to, WordCounts words) {
      if (from == to) {
        return;
      }
      int[] points = CodePoints.of(new String(text, from, to - from, StandardCharsets.UTF_8));
      preTokenizer.split(points, 0, points.length, true, (t, f, e, s) -> count(t, f, e, words));
    }

    private void count(int[] points, int from, int to, WordCounts words) {
      if (word.length < 4 * (to - from)) {
        word = new byte[8 * (to - from)];
      }
      int length = 0;
      for (int i = from; i < to; i++) {
        length += Utf8.encode(points[i], word, length);
      }
      words.add(word, 0, length, 1);
    }
  }
}
