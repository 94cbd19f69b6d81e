package dev.puna.cli;

import dev.puna.engine.BeamGeneration;
import dev.puna.engine.BeamGeneration.Ranked;
import dev.puna.engine.Beams;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.LogProbs;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Speculation;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna run}: continues a text. */
@Command(
    name = "run",
    description = "Continue a text; prints the continuation as it comes.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna run -p \"Once upon a time\"",
      "  puna run -m model.gguf -p \"The capital of France is\" -n 20 --temp 0",
      "  puna run -m ./Llama-2-7b-hf -f prompt.txt --top-p 0.9 --seed 7",
      "  puna run -p \"Once upon a time\" --beams 4 --length-penalty 0.6 --no-repeat-ngram 3",
      "  puna run -m model.gguf --chat -p \"Name a city\" --json-schema city.json",
      "  puna run -m big.gguf --draft small.gguf -p \"Once upon a time\"",
      "  puna run -p \"Once upon a time\" --samples 3 --temp 1"
    })
final class RunCommand implements Callable<Integer> {
  /** Tokens generated when -n is not given and the context does not end before. */
  private static final int DEFAULT_TOKENS = 512;

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOptions adapters;
  @Mixin private PromptOptions prompt;

  @Option(
      names = {"-n", "--tokens"},
      paramLabel = "N",
      description = "Most tokens to generate. Default: up to 512, as far as the context goes.")
  private @Nullable Integer tokens;

  @Option(
      names = {"-c", "--context"},
      paramLabel = "N",
      description = "Most tokens of prompt and continuation together.")
  private @Nullable Integer context;

  @Mixin private SamplingOptions samplingOptions;

  @ArgGroup(exclusive = false)
  private @Nullable BeamOptions beamOptions;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Draw N texts, each with a seed of its own that is made of --seed; an empty line stands"
              + " between them.")
  private int samples = 1;

  @Mixin private StopOptions stopOptions;
  @ArgGroup private @Nullable ConstraintOptions constraintOptions;
  @Mixin private SpeculationOptions speculationOptions;

  @Option(
      names = "--logprobs",
      paramLabel = "N",
      description = "Add each token's log-probability to --json, and those of the N likeliest.")
  private @Nullable Integer logProbs;

  @Option(
      names = "--echo",
      description = "Print the prompt too; with --logprobs score its tokens, from the second on.")
  private boolean echo;

  @Option(names = "--json", description = "Print one JSON document instead of the text.")
  private boolean json;

  @Option(names = "--verbose", description = "Show speed and settings on standard error.")
  private boolean verbose;

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    try (AdapterOptions.Opened opened = adapters.open()) {
      return run(opened, begin);
    }
  }

  private Integer run(AdapterOptions.Opened opened, long begin) {
    @Nullable Beams beams = beams();
    Speculation speculation = speculationOptions.speculation();
    Checkpoint checkpoint = opened.on(model.open(), false);
    Request request;
    int room;
    try {
      request = request(checkpoint);
      int length = request.prompt().length;
      int most = request.stop().tokens();
      room = context != null ? context : Math.addExact(length, Math.max(most, 1));
      warnBeyondTraining(checkpoint, Math.min(room, length + most));
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
    Options options =
        model
            .options()
            .context(positive(room))
            .parallel(beams == null ? samples : beams.count())
            .speculation(speculation);
    try (Engine engine = ModelOptions.engine(checkpoint, options, spec.commandLine().getErr())) {
      double loadMillis = (System.nanoTime() - begin) / 1e6;
      return run(engine, request, beams, loadMillis);
    }
  }

  private Request request(Checkpoint checkpoint) {
    int[] ids = prompt.ids(checkpoint);
    Sampling sampling =
        beamOptions != null
            ? samplingOptions.greedy(checkpoint)
            : samplingOptions.sampling(checkpoint);
    Request request =
        new Request(ids, sampling, stopOptions.stop(tokens(checkpoint, ids.length)))
            .contextEnd(stopOptions.contextEnd());
    if (constraintOptions != null) {
      request = request.constraint(constraintOptions.constraint());
    }
    if (logProbs != null) {
      LogProbs wanted = LogProbs.top(logProbs);
      request = request.logProbs(echo ? wanted.withPrompt() : wanted);
    }
    return request;
  }

  private int run(Engine engine, Request request, @Nullable Beams beams, double loadMillis) {
    RunReport report = new RunReport(engine, request, loadMillis, logProbs != null);
    if (echo && !json) {
      out().print(engine.checkpoint().tokenizer().decode(request.prompt()));
    }
    List<Generation.Result> results;
    List<Ranked> found = List.of();
    if (beams != null) {
      found = show(engine.beams(request, beams));
      results = List.of(found.getFirst().result());
    } else {
      results = show(engine.submit(request, samples));
    }
    if (json) {
      Json.print(out(), report.document(results, found));
    } else if (verbose) {
      results.forEach(result -> spec.commandLine().getErr().println(report.line(result)));
    }
    boolean cancelled = results.stream().anyMatch(r -> r.finish() == Generation.Finish.CANCELLED);
    return cancelled ? 130 : 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** The search that is asked for; one beam alone is greedy decoding. */
  private @Nullable Beams beams() {
    if (samples < 1) {
      throw new PunaException("--samples is " + samples, "it must be 1 or more");
    }
    if (beamOptions == null) {
      return null;
    }
    Beams beams = beamOptions.beams();
    List<String> stops = beams.count() == 1 ? List.of() : stopOptions.strings();
    beamOptions.check(samplingOptions.drawing(), stops);
    if (samples > 1) {
      throw new PunaException("--beams and --samples are both given", "leave one of them out");
    }
    return beams.count() == 1 ? null : beams;
  }

  /** As many as asked for; else as many as the context, and patience, have room for. */
  private int tokens(Checkpoint checkpoint, int promptTokens) {
    if (tokens != null) {
      if (tokens < 0) {
        throw new PunaException("-n is " + tokens, "it must be 0 or more");
      }
      return tokens;
    }
    int end = context != null ? context : Math.max(checkpoint.spec().context(), promptTokens + 1);
    return Math.max(1, Math.min(DEFAULT_TOKENS, end - promptTokens));
  }

  private static int positive(int context) {
    if (context < 1) {
      throw new PunaException("a context of " + context + " tokens", "-c must be at least 1");
    }
    return context;
  }

  private void warnBeyondTraining(Checkpoint checkpoint, int length) {
    if (length > checkpoint.spec().context()
        && !checkpoint.program().rotaryScaling().dependsOnLength()) {
      spec.commandLine()
          .getErr()
          .println(
              "puna: note: the text may reach %d tokens; the model was trained for %d"
                  .formatted(length, checkpoint.spec().context()));
    }
  }

  /** Streams the first text and prints the others when they are whole; Ctrl-C ends all. */
  private List<Generation.Result> show(List<Generation> generations) {
    return Interruptible.run(
        () -> generations.forEach(Generation::cancel),
        () -> {
          List<Generation.Result> results = new ArrayList<>();
          for (Generation generation : generations) {
            if (!json && !results.isEmpty()) {
              out().println();
            }
            results.add(
                generation.stream(
                    piece -> {
                      if (!json) {
                        out().print(piece);
                        out().flush();
                      }
                    }));
            if (!json) {
              out().println();
              out().flush();
            }
          }
          return results;
        });
  }

  /** Shows the best text; after Ctrl-C the best one so far. */
  private List<Ranked> show(BeamGeneration generation) {
    return Interruptible.run(
        generation::cancel,
        () -> {
          List<Ranked> found = generation.await();
          if (!json) {
            out().println(found.getFirst().result().text());
            out().flush();
          }
          return found;
        });
  }
}
