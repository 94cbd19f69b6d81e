package dev.puna.cli;

import dev.puna.cpu.ReadBandwidth;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.model.Checkpoint;
import dev.puna.model.Quantity;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code puna bench}: how fast prompts are read and tokens are generated. */
@Command(
    name = "bench",
    description = "Measure prefill and decode speed, end to end.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  puna bench -m model.gguf -p 512 -n 128 -t 2 -r 5"})
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(
      names = {"-p", "--prompt"},
      defaultValue = "512",
      description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
  private int prompt;

  @Option(
      names = {"-n", "--tokens"},
      defaultValue = "128",
      description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = {"-r", "--runs"},
      defaultValue = "5",
      description = "Counted runs, after one that is not. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--batch",
      defaultValue = "1",
      description = "Sequences at once; speeds are their sum. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  /** Tokens per second of one run. */
  private record Sample(double prefill, double decode) {}

  @Override
  public Integer call() {
    if (prompt < 1 || tokens < 2 || runs < 1 || batch < 1) {
      throw new PunaException(
          "nothing to measure", "-p, -r and --batch must be at least 1, -n at least 2");
    }
    long begin = System.nanoTime();
    Checkpoint checkpoint = model.open();
    long weightBytes =
        checkpoint.program().weights().stream()
            .mapToLong(w -> checkpoint.type(w).bytes(w.elements()))
            .sum();
    try (Engine engine =
        Engine.open(checkpoint, model.options().context(prompt + tokens).parallel(batch))) {
      double loadMillis = (System.nanoTime() - begin) / 1e6;
      List<Sample> samples = new ArrayList<>();
      run(engine, 0);
      for (int i = 1; i <= runs; i++) {
        samples.add(run(engine, i));
      }
      double bandwidth =
          engine.device().equals("cpu") ? ReadBandwidth.gigabytesPerSecond(model.threads) : 0;
      report(engine, samples, loadMillis, weightBytes, bandwidth);
    }
    return 0;
  }

  /** Random tokens are as good as words: what they are does not change the work. */
  private Sample run(Engine engine, long seed) {
    Random random = new Random(seed);
    List<Generation> generations = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      int[] ids = random.ints(prompt, 0, engine.checkpoint().spec().vocab()).toArray();
      Stop stop = new Stop(tokens, List.of(), true);
      generations.add(engine.submit(new Request(ids, Sampling.greedy(), stop)));
    }
    double prefill = 0;
    double decode = 0;
    for (Generation generation : generations) {
      Generation.Result result = generation.await();
      prefill = Math.max(prefill, result.prefillSeconds());
      decode = Math.max(decode, result.decodeSeconds());
    }
    return new Sample(batch * prompt / prefill, batch * (tokens - 1) / decode);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  private void report(
      Engine engine, List<Sample> samples, double loadMillis, long weightBytes, double bandwidth) {
    List<Double> prefill = samples.stream().map(Sample::prefill).toList();
    List<Double> decode = samples.stream().map(Sample::decode).toList();
    // every decode step reads all weights once, whatever the number of sequences
    double fraction = bandwidth == 0 ? 0 : median(decode) / batch * weightBytes / 1e9 / bandwidth;
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("model", engine.checkpoint().path().toString());
      document.put("device", engine.device());
      document.put("prefill_tps", median(prefill));
      document.put("decode_tps", median(decode));
      document.put("prefill_samples", prefill);
      document.put("decode_samples", decode);
      document.put("load_ms", loadMillis);
      document.put("peak_rss_bytes", peakResident());
      document.put("bandwidth_fraction", fraction);
      document.put("bandwidth_gb_per_s", bandwidth);
      Json.print(out, document);
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s on %s, %d runs of %d sequence%s%n",
        engine.checkpoint().path().getFileName(),
        engine.device(),
        runs,
        batch,
        batch == 1 ? "" : "s");
    out.printf(
        Locale.ROOT,
        "  prefill %4d  %9.1f tokens/s  %s%n",
        prompt,
        median(prefill),
        range(prefill));
    out.printf(
        Locale.ROOT, "  decode  %4d  %9.1f tokens/s  %s%n", tokens, median(decode), range(decode));
    out.printf(
        Locale.ROOT,
        "  loaded in %.0f ms, peak memory %s%n",
        loadMillis,
        Quantity.bytes(peakResident()));
    if (bandwidth > 0) {
      out.printf(
          Locale.ROOT,
          "  weights read at %.0f %% of this machine's %.1f GB/s%n",
          100 * fraction,
          bandwidth);
    }
    out.flush();
  }

  private static String range(List<Double> values) {
    return String.format(
        Locale.ROOT,
        "(%.1f to %.1f)",
        values.stream().mapToDouble(v -> v).min().orElse(0),
        values.stream().mapToDouble(v -> v).max().orElse(0));
  }

  /** The process's high-water mark, in bytes; 0 where the system does not tell. */
  private static long peakResident() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
