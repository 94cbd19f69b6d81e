package dev.puna.bench;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;

/**
 * What {@code puna bench --json} does, by llama.cpp: the same options, the same work, the same
 * fields. Tokens are random and no sampler runs, as in its own llama-bench.
 */
public final class LlamaCppSpeed {
  /**
   * @param prompt tokens that a text begins with
   * @param tokens to generate, by each sequence
   * @param depth if not 0: tokens of context that decoding is measured after
   */
  private record Work(int prompt, int tokens, int threads, int runs, int batch, int depth) {
    static final Work USUAL = new Work(512, 128, 0, 5, 1, 0);

    Work with(String option, int value) {
      return switch (option) {
        case "-p" -> new Work(value, tokens, threads, runs, batch, depth);
        case "-n" -> new Work(prompt, value, threads, runs, batch, depth);
        case "-t" -> new Work(prompt, tokens, value, runs, batch, depth);
        case "-r" -> new Work(prompt, tokens, threads, value, batch, depth);
        case "--batch" -> new Work(prompt, tokens, threads, runs, value, depth);
        case "--depth" -> new Work(prompt, tokens, threads, runs, batch, value);
        default ->
            throw new PunaException(
                "no option is called " + option, "take -m, -p, -n, -t, -r, --batch, or --depth");
      };
    }
  }

  private final int prompt;
  private final int tokens;
  private final int runs;
  private final int batch;
  private final int depth;
  private final Path file;
  private final LlamaCppSession.Settings settings;
  private final Random random = new Random(1);
  private final List<Double> prefill = new ArrayList<>();
  private final List<Double> decode = new ArrayList<>();

  private LlamaCppSpeed(Path file, Work work) {
    this.file = file;
    depth = work.depth;
    prompt = depth > 0 ? depth : work.prompt;
    tokens = work.tokens;
    runs = work.runs;
    batch = work.batch;
    if (prompt < 1 || tokens < 2 || runs < 1 || batch < 1 || depth < 0) {
      throw new PunaException("nothing to measure", "-p, -r, --batch from 1 on, -n from 2 on");
    }
    int threads = work.threads == 0 ? Runtime.getRuntime().availableProcessors() : work.threads;
    int context = prompt + (depth > 0 ? (runs + 1) * tokens : tokens);
    settings = new LlamaCppSession.Settings(threads, context, batch);
  }

  /** {@code -m FILE} and the options of {@code puna bench}, each with a value. */
  public static void main(String[] arguments) {
    try {
      Work work = Work.USUAL;
      Path file = null;
      for (int i = 0; i + 1 < arguments.length; i += 2) {
        if (arguments[i].equals("-m")) {
          file = Path.of(arguments[i + 1]);
        } else {
          work = work.with(arguments[i], Integer.parseInt(arguments[i + 1]));
        }
      }
      if (file == null) {
        throw new PunaException("no model is given", "add -m FILE");
      }
      System.out.println(new LlamaCppSpeed(file, work).measure());
    } catch (PunaException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** One JSON document. */
  private String measure() {
    Path folder =
        LlamaCpp.installed()
            .orElseThrow(
                () ->
                    new PunaException(
                        "llama.cpp is not here", "install it: bench/peers/README.md"));
    long begin = System.nanoTime();
    try (LlamaCppSession session = new LlamaCppSession(folder, file, settings)) {
      double loadMillis = (System.nanoTime() - begin) / 1e6;
      double readSeconds = read(session);
      double firstMillis = (System.nanoTime() - begin) / 1e6;
      if (depth > 0) {
        prefill.add(batch * prompt / readSeconds);
      }
      generate(session, prompt); // not counted
      for (int run = 1; run <= runs; run++) {
        count(session, run);
      }
      return json(session, loadMillis, firstMillis);
    }
  }

  /** A counted run: a text of its own, or after a long context, the next stretch of one text. */
  private void count(LlamaCppSession session, int run) {
    if (depth > 0) {
      decode.add(batch * tokens / generate(session, prompt + run * tokens));
      return;
    }
    session.forget();
    prefill.add(batch * prompt / read(session));
    decode.add(batch * (tokens - 1) / generate(session, prompt));
  }

  /** Seconds of reading all sequences' prompts, to the logits after the last token of each. */
  private double read(LlamaCppSession session) {
    long begin = System.nanoTime();
    for (int b = 0; b < batch; b++) {
      for (int at = 0; at < prompt; at++) {
        session.add(random.nextInt(session.vocabulary()), at, b, at == prompt - 1);
        if (session.full()) {
          session.run();
        }
      }
    }
    session.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Seconds of the steps that follow; a text's first token comes from its prompt. */
  private double generate(LlamaCppSession session, int from) {
    int steps = depth > 0 ? tokens : tokens - 1;
    long begin = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      for (int b = 0; b < batch; b++) {
        session.add(random.nextInt(session.vocabulary()), from + i, b, true);
      }
      session.run();
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private String json(LlamaCppSession session, double loadMillis, double firstMillis) {
    StringJoiner fields = new StringJoiner(",", "{", "}");
    fields.add("\"model\":\"" + file.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
    fields.add("\"backend\":\"" + session.backend() + "\"");
    fields.add("\"threads\":" + settings.threads());
    fields.add(number("prefill_tps", median(prefill)));
    fields.add(number("decode_tps", median(decode)));
    fields.add("\"prefill_samples\":" + prefill);
    fields.add("\"decode_samples\":" + decode);
    fields.add(number("load_ms", loadMillis));
    fields.add(number("first_token_ms", firstMillis));
    fields.add("\"peak_rss_bytes\":" + peakResident());
    return fields.toString();
  }

  private static String number(String name, double value) {
    return String.format(Locale.ROOT, "\"%s\":%.3f", name, value);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  /** The process's high-water mark, in bytes. */
  private static long peakResident() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
