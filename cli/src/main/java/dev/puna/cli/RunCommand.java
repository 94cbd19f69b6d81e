package dev.puna.cli;

import dev.puna.engine.BeamGeneration;
import dev.puna.engine.BeamGeneration.Ranked;
import dev.puna.engine.Beams;
import dev.puna.engine.ChatPrompt;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
      "  puna run -p \"Once upon a time\" --beams 4 --length-penalty 0.6 --no-repeat-ngram 3"
    })
final class RunCommand implements Callable<Integer> {
  /** Tokens generated when -n is not given and the context does not end before. */
  private static final int DEFAULT_TOKENS = 512;

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;
  @Mixin private AdapterOptions adapters;

  /** Where the prompt comes from; without any of these it is empty. */
  static final class Prompt {
    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "The text to continue.")
    @Nullable String text;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "A file with the text to continue (UTF-8).")
    @Nullable Path file;

    @Option(
        names = "--ids",
        split = ",",
        paramLabel = "ID",
        description = "The prompt as token ids.")
    int @Nullable [] ids;
  }

  @ArgGroup private @Nullable Prompt prompt;

  @Option(
      names = "--chat",
      description = "The prompt is a message to a chat model: put it through its template.")
  private boolean chat;

  @Mixin private ChatOptions chatOptions;

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
      names = "--stop",
      paramLabel = "TEXT",
      description = "End before this text; may be given several times.")
  private List<String> stop = new ArrayList<>();

  @Option(
      names = "--stop-id",
      split = ",",
      paramLabel = "ID",
      description = "End before this token, as before the model's end-of-text tokens.")
  private Set<Integer> stopIds = new LinkedHashSet<>();

  @Option(
      names = "--min-tokens",
      paramLabel = "N",
      description = "No token ends the text before N tokens.")
  private int minTokens;

  @Option(names = "--ignore-eos", description = "Go on past the model's end-of-text tokens.")
  private boolean ignoreEos;

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
    Checkpoint checkpoint = opened.on(model.open(), false);
    int[] ids;
    int most;
    int room;
    try {
      ids = ids(checkpoint);
      most = tokens(checkpoint, ids.length);
      room = context != null ? context : Math.addExact(ids.length, Math.max(most, 1));
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
    warnBeyondTraining(checkpoint, Math.min(room, ids.length + most));
    int parallel = beams == null ? 1 : beams.count();
    Options options = model.options().context(positive(room)).parallel(parallel);
    try (Engine engine = ModelOptions.engine(checkpoint, options, spec.commandLine().getErr())) {
      double loadMillis = (System.nanoTime() - begin) / 1e6;
      Sampling sampling =
          beamOptions != null
              ? samplingOptions.greedy(checkpoint)
              : samplingOptions.sampling(checkpoint);
      Stop end = new Stop(most, stop, ignoreEos, stopIds, minTokens, null);
      return run(engine, new Request(ids, sampling, end), beams, loadMillis);
    }
  }

  private int run(Engine engine, Request request, @Nullable Beams beams, double loadMillis) {
    List<Ranked> found = beams == null ? List.of() : show(engine.beams(request, beams));
    Generation.Result result =
        beams == null ? show(engine.submit(request)) : found.getFirst().result();
    if (json) {
      long seed = request.sampling().seed();
      Json.print(spec.commandLine().getOut(), document(result, found, seed, loadMillis));
    } else if (verbose) {
      report(engine, result, request.sampling(), loadMillis);
    }
    return result.finish() == Generation.Finish.CANCELLED ? 130 : 0;
  }

  /** The search that is asked for; one beam alone is greedy decoding. */
  private @Nullable Beams beams() {
    if (beamOptions == null) {
      return null;
    }
    Beams beams = beamOptions.beams();
    beamOptions.check(samplingOptions.drawing(), beams.count() == 1 ? List.of() : stop);
    return beams.count() == 1 ? null : beams;
  }

  private int[] ids(Checkpoint checkpoint) {
    if (prompt != null && prompt.ids != null) {
      return prompt.ids;
    }
    if (prompt == null && !checkpoint.hasTokenizer() && checkpoint.generation().bos().isPresent()) {
      return new int[] {checkpoint.generation().bos().getAsInt()};
    }
    if (prompt != null && prompt.file != null) {
      Restart.before(prompt.file);
    }
    String text =
        prompt == null ? "" : prompt.file != null ? read(prompt.file) : String.valueOf(prompt.text);
    if (!chat) {
      return Engine.encode(checkpoint, text);
    }
    Map<String, ?> message = Map.of("role", "user", "content", text);
    return ChatPrompt.of(
            checkpoint.tokenizer(),
            chatOptions.template(
                checkpoint.path(), () -> checkpoint.conventions().chatTemplate(false)),
            new ChatTemplate.Conversation(List.of(message), true))
        .ids();
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new PunaException(file + " is not UTF-8 text", "convert it to UTF-8", e);
    } catch (IOException e) {
      throw new PunaException(file + " cannot be read", "is it there, and a text file?", e);
    }
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

  /** Streams the text; Ctrl-C ends it after the current token, as if it had ended by itself. */
  private Generation.Result show(Generation generation) {
    PrintWriter out = spec.commandLine().getOut();
    return interruptible(
        generation::cancel,
        () -> {
          Generation.Result result =
              generation.stream(
                  piece -> {
                    if (!json) {
                      out.print(piece);
                      out.flush();
                    }
                  });
          if (!json) {
            out.println();
            out.flush();
          }
          return result;
        });
  }

  /** Shows the best text; after Ctrl-C the best one so far. */
  private List<Ranked> show(BeamGeneration generation) {
    PrintWriter out = spec.commandLine().getOut();
    return interruptible(
        generation::cancel,
        () -> {
          List<Ranked> found = generation.await();
          if (!json) {
            out.println(found.getFirst().result().text());
            out.flush();
          }
          return found;
        });
  }

  private static <T> T interruptible(Runnable cancel, Supplier<T> showing) {
    CountDownLatch shown = new CountDownLatch(1);
    Thread interrupted = new Thread(() -> end(cancel, shown), "puna-interrupted");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      return showing.get();
    } finally {
      shown.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(interrupted);
      } catch (IllegalStateException e) {
        // the JVM is already on its way down: this is the interrupt
      }
    }
  }

  /** Runs while the JVM goes down, which waits until what there is has been shown. */
  private static void end(Runnable cancel, CountDownLatch shown) {
    cancel.run();
    try {
      shown.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Map<String, Object> document(
      Generation.Result result, List<Ranked> found, long seed, double loadMillis) {
    Map<String, Object> timings = new LinkedHashMap<>();
    timings.put("load_ms", loadMillis);
    timings.put("prefill_tps", result.prefillSpeed());
    timings.put("decode_tps", result.decodeSpeed());
    Map<String, Object> document = text(result);
    document.put("prompt_tokens", result.promptTokens());
    if (found.isEmpty()) {
      document.put("seed", seed);
    } else {
      document.put("score", found.getFirst().score());
      document.put("beams", found.stream().map(RunCommand::beam).toList());
    }
    document.put("timings", timings);
    return document;
  }

  private static Map<String, Object> beam(Ranked ranked) {
    Map<String, Object> beam = text(ranked.result());
    beam.put("score", ranked.score());
    return beam;
  }

  private static Map<String, Object> text(Generation.Result result) {
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("text", result.text());
    text.put("tokens", result.tokens());
    text.put("finish_reason", result.finish().name().toLowerCase(Locale.ROOT));
    return text;
  }

  private void report(
      Engine engine, Generation.Result result, Sampling sampling, double loadMillis) {
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%s on %s, seed %d: loaded in %.0f ms, prompt of %d tokens at %.1f tokens/s, %d new at"
                + " %.1f tokens/s%n",
            engine.checkpoint().path().getFileName(),
            engine.device(),
            sampling.seed(),
            loadMillis,
            result.promptTokens(),
            result.prefillSpeed(),
            result.tokens().size(),
            result.decodeSpeed());
  }
}
