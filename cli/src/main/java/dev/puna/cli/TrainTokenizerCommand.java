package dev.puna.cli;

import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.SentencePieceModel;
import dev.puna.tokenizer.SentencePieceModelWriter;
import dev.puna.tokenizer.SentencePieceVocabulary;
import dev.puna.tokenizer.train.ByteBpe;
import dev.puna.tokenizer.train.ByteBpeTrainer;
import dev.puna.tokenizer.train.SentencePieceTrainer;
import dev.puna.tokenizer.train.SentencePieceTraining;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna train-tokenizer}: a vocabulary from a corpus. */
@Command(
    name = "train-tokenizer",
    description = {
      "Train a tokenizer's vocabulary on files of text (UTF-8).",
      "OUT is a .model file that SentencePiece reads (bpe, unigram), or, for byte-bpe, a .json"
          + " file",
      "as tokenizer.json or a folder for vocab.json and merges.txt."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna train-tokenizer stories.txt tokenizer.model --kind unigram --vocab 8000",
      "  puna train-tokenizer a.txt b.txt tokenizer.json --kind byte-bpe --vocab 32000 \\",
      "    --special '<|endoftext|>' --pre-tokenizer llama3"
    })
final class TrainTokenizerCommand implements Callable<Integer> {
  /** What can be trained. */
  enum Kind {
    BPE("bpe"),
    UNIGRAM("unigram"),
    BYTE_BPE("byte-bpe");

    private final String name;

    Kind(String name) {
      this.name = name;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "2..*",
      paramLabel = "CORPUS... OUT",
      hideParamSyntax = true,
      description = "Files of text, and the file to write.")
  private List<Path> files;

  @Option(names = "--kind", required = true, description = "${COMPLETION-CANDIDATES}.")
  private Kind kind;

  @Option(names = "--vocab", required = true, paramLabel = "N", description = "Pieces in all.")
  private int size;

  @Option(
      names = "--special",
      paramLabel = "TOKEN",
      description = "A token that means something else than text; may be repeated.")
  private List<String> special = List.of();

  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      defaultValue = "gpt-2",
      description = "byte-bpe: how words are cut: gpt-2 (default), llama3, qwen2, ...")
  private String preTokenizer;

  @Option(
      names = "--user-defined",
      paramLabel = "PIECE",
      description = "bpe, unigram: a piece that is always taken whole; may be repeated.")
  private List<String> userDefined = List.of();

  @Option(
      names = "--coverage",
      defaultValue = "0.9995",
      paramLabel = "SHARE",
      description =
          "bpe, unigram: how much of the text's characters get pieces (${DEFAULT-VALUE}).")
  private double coverage;

  @Option(
      names = "--max-piece-length",
      defaultValue = "16",
      paramLabel = "N",
      description = "bpe, unigram: the most characters of a piece (${DEFAULT-VALUE}).")
  private int longest;

  @Option(names = "--split-digits", description = "bpe, unigram: make a piece of each digit.")
  private boolean splitDigits;

  @Option(
      names = "--no-byte-fallback",
      description = "bpe, unigram: other characters become <unk>, not their bytes.")
  private boolean noByteFallback;

  @Option(
      names = "--remove-extra-spaces",
      description = "bpe, unigram: drop all but one of several spaces.")
  private boolean removeExtraSpaces;

  @Option(
      names = "--normalization",
      paramLabel = "MODEL",
      description = "bpe, unigram: replace characters as this .model does, such as NFKC's.")
  private @Nullable Path normalization;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    if (threads < 1) {
      throw new ParameterException(spec.commandLine(), "--threads must be at least 1");
    }
    List<Path> corpus = files.subList(0, files.size() - 1);
    Path out = files.getLast();
    long start = System.nanoTime();
    long bytes;
    try (TrainingBar bar = new TrainingBar(json)) {
      bytes = kind == Kind.BYTE_BPE ? bytes(corpus, out, bar) : sentencePiece(corpus, out, bar);
    }
    report(out, bytes, (System.nanoTime() - start) / 1e9);
    return 0;
  }

  private long bytes(List<Path> corpus, Path out, TrainingBar bar) {
    boolean isJson = out.toString().endsWith(".json");
    if (!isJson && !Files.isDirectory(out)) {
      throw new PunaException(
          out + " is neither a .json file nor a folder",
          "name it tokenizer.json, or give a folder for vocab.json and merges.txt");
    }
    ByteBpe trained =
        new ByteBpeTrainer(ByteBpeTrainer.Training.named(size, special, preTokenizer))
            .train(corpus, threads, bar);
    if (isJson) {
      trained.writeTokenizerJson(out);
    } else {
      trained.writeVocabularyAndMerges(out);
    }
    return trained.corpusBytes();
  }

  private long sentencePiece(List<Path> corpus, Path out, TrainingBar bar) {
    if (!out.toString().endsWith(".model")) {
      throw new PunaException(
          out + " does not end in .model", "SentencePiece's files do: name it tokenizer.model");
    }
    SentencePieceTraining training =
        new SentencePieceTraining(
            kind == Kind.BPE
                ? SentencePieceVocabulary.Kind.BPE
                : SentencePieceVocabulary.Kind.UNIGRAM,
            size,
            coverage,
            new SentencePieceTraining.Symbols(special, userDefined),
            new SentencePieceTraining.Splits(true, true, splitDigits, longest),
            new SentencePieceVocabulary.Options(
                true,
                removeExtraSpaces,
                true,
                false,
                !noByteFallback,
                SentencePieceVocabulary.UNK_SURFACE,
                charsmap()));
    SentencePieceTrainer.Trained trained =
        new SentencePieceTrainer(training).train(corpus, threads, bar);
    SentencePieceModelWriter.write(trained.vocabulary(), out);
    return trained.corpusBytes();
  }

  private @Nullable Charsmap charsmap() {
    if (normalization == null) {
      return null;
    }
    Charsmap charsmap = SentencePieceModel.vocabulary(normalization).options().charsmap();
    if (charsmap == null) {
      throw new PunaException(
          normalization + " replaces no characters", "leave out --normalization");
    }
    return charsmap;
  }

  private void report(Path out, long bytes, double seconds) {
    PrintWriter writer = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("file", out.toString());
      figures.put("kind", kind.toString());
      figures.put("pieces", size);
      figures.put("corpus_bytes", bytes);
      figures.put("seconds", Math.round(seconds * 1000) / 1000.0);
      Json.print(writer, figures);
    } else {
      writer.printf(
          "%s: %,d pieces (%s) from %,d bytes of text in %.1f s%n",
          out, size, kind, bytes, seconds);
      writer.flush();
    }
  }
}
