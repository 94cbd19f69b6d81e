package dev.puna.cli;

import dev.puna.cpu.ReadBandwidth;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.model.Checkpoint;
import dev.puna.model.Quantity;
import dev.puna.program.Op;
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
import java.util.concurrent.atomic.AtomicInteger;
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

  @Option(
      names = "--depth",
      defaultValue = "0",
      paramLabel = "N",
      description =
          "Measure decoding after N tokens of context instead of -p. They are read once; the runs"
              + " follow one another in one text.")
  private int depth;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  /** Tokens per second of each run. */
  private record Speeds(List<Double> prefill, List<Double> decode) {
    static Speeds none() {
      return new Speeds(new ArrayList<>(), new ArrayList<>());
    }
  }

  @Override
  public Integer call() {
    if (prompt < 1 || tokens < 2 || runs < 1 || batch < 1 || depth < 0) {
      throw new PunaException(
          "nothing to measure", "-p, -r and --batch must be at least 1, -n at least 2");
    }
    if (depth > 0 && batch > 1) {
      throw new PunaException("--depth is measured with one sequence", "leave --batch out");
    }
    int context = depth > 0 ? depth + tokens * (runs + 1) + 1 : prompt + tokens;
    long begin = System.nanoTime();
    Checkpoint checkpoint = model.open();
    try (Engine engine =
        ModelOptions.engine(
            checkpoint,
            model.options().context(context).parallel(batch),
            spec.commandLine().getErr())) {
      double loadMillis = (System.nanoTime() - begin) / 1e6;
      Speeds speeds = depth > 0 ? atDepth(engine) : fromTheStart(engine);
      long peak = peakResident(); // before the bandwidth's own buffer
      double bandwidth =
          engine.device().equals("cpu") ? ReadBandwidth.gigabytesPerSecond(model.threads) : 0;
      report(engine, new Report(speeds, loadMillis, readByStep(checkpoint), bandwidth, peak));
    }
    return 0;
  }

  /**
   * Bytes of weights that a decode step reads: all but the tables of which it looks rows up. A tied
   * table is read whole, as the output projection.
   */
  private static long readByStep(Checkpoint checkpoint) {
    return checkpoint.program().ops().stream()
        .filter(op -> !(op instanceof Op.Embed))
        .flatMap(op -> op.weights().stream())
        .distinct()
        .mapToLong(w -> checkpoint.type(w).bytes(w.elements()))
        .sum();
  }

  private Speeds fromTheStart(Engine engine) {
    Speeds speeds = Speeds.none();
    run(engine, 0, Speeds.none());
    for (int i = 1; i <= runs; i++) {
      run(engine, i, speeds);
    }
    return speeds;
  }

  private void run(Engine engine, long seed, Speeds speeds) {
    Random random = new Random(seed);
    List<Generation> generations = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      generations.add(engine.submit(request(engine, random, prompt, tokens)));
    }
    double prefill = 0;
    double decode = 0;
    for (Generation generation : generations) {
      Generation.Result result = generation.await();
      prefill = Math.max(prefill, result.timing().prefillSeconds());
      decode = Math.max(decode, result.timing().decodeSeconds());
    }
    speeds.prefill.add(batch * prompt / prefill);
    speeds.decode.add(batch * (tokens - 1) / decode);
  }

  /** Random tokens are as good as words: what they are does not change the work. */
  private static Request request(Engine engine, Random random, int length, int count) {
    int[] ids = random.ints(length, 0, engine.checkpoint().spec().vocab()).toArray();
    return new Request(ids, Sampling.greedy(), new Stop(count, List.of(), true));
  }

  /** One text, timed in stretches; the first is not counted. */
  private Speeds atDepth(Engine engine) {
    long[] arrived = new long[tokens * (runs + 1) + 1]; // the first ends the prompt
    AtomicInteger count = new AtomicInteger();
    Generation.Result result =
        engine.submit(request(engine, new Random(0), depth, arrived.length)).stream(
            piece -> {}, id -> arrived[count.getAndIncrement()] = System.nanoTime());
    Speeds speeds = Speeds.none();
    speeds.prefill.add(result.prefillSpeed());
    for (int i = 1; i <= runs; i++) {
      long nanos = arrived[(i + 1) * tokens] - arrived[i * tokens];
      speeds.decode.add(tokens * 1e9 / nanos);
    }
    return speeds;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    return (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
  }

  /**
   * @param weightBytes read by a decode step, whatever the number of sequences
   * @param bandwidth in 10⁹ bytes per second; 0 where it says nothing
   * @param peak resident bytes
   */
  private record Report(
      Speeds speeds, double loadMillis, long weightBytes, double bandwidth, long peak) {
    double fraction(int batch) {
      return bandwidth == 0 ? 0 : median(speeds.decode) / batch * weightBytes / 1e9 / bandwidth;
    }
  }

  private void report(Engine engine, Report report) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, document(engine, report));
      return;
    }
    List<Double> prefill = report.speeds.prefill;
    List<Double> decode = report.speeds.decode;
    line(
        out,
        "%s on %s, %d runs of %d sequence%s",
        engine.checkpoint().path().getFileName(),
        engine.device() + " (" + engine.kernels() + " kernels)",
        runs,
        batch,
        batch == 1 ? "" : "s");
    int read = depth > 0 ? depth : prompt;
    line(out, "  prefill %4d  %9.1f tokens/s  %s", read, median(prefill), range(prefill));
    line(out, "  decode  %4d  %9.1f tokens/s  %s", tokens, median(decode), range(decode));
    String peak = Quantity.bytes(report.peak);
    line(out, "  loaded in %.0f ms, peak memory %s", report.loadMillis, peak);
    if (report.bandwidth > 0) {
      line(
          out,
          "  weights read at %.0f %% of this machine's %.1f GB/s",
          100 * report.fraction(batch),
          report.bandwidth);
    }
    out.flush();
  }

  private static void line(PrintWriter out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private Map<String, Object> document(Engine engine, Report report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("model", engine.checkpoint().path().toString());
    document.put("device", engine.device());
    document.put("kernels", engine.kernels());
    document.put("prefill_tps", median(report.speeds.prefill));
    document.put("decode_tps", median(report.speeds.decode));
    document.put("prefill_samples", report.speeds.prefill);
    document.put("decode_samples", report.speeds.decode);
    document.put("load_ms", report.loadMillis);
    document.put("peak_rss_bytes", report.peak);
    document.put("step_weight_bytes", report.weightBytes);
    document.put("bandwidth_fraction", report.fraction(batch));
    document.put("bandwidth_gb_per_s", report.bandwidth);
    return document;
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
