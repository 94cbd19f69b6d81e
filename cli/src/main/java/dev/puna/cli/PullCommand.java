package dev.puna.cli;

import dev.puna.model.hub.Download;
import dev.puna.model.hub.Hub;
import dev.puna.model.hub.ModelCache;
import dev.puna.model.hub.ModelName;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna pull}: a model from a hub into the cache. */
@Command(
    name = "pull",
    description = "Fetch a model from a hub; -m NAME opens it from then on.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "A fetch that was broken off goes on where it stopped. Files are checked against the hub's",
      "hashes. They are kept in $PUNA_CACHE, or else in puna below $XDG_CACHE_HOME or ~/.cache.",
      "",
      "Examples:",
      "  puna pull TinyLlama/TinyLlama-1.1B-Chat-v1.0",
      "  puna pull TheBloke/Llama-2-7B-GGUF:Q4_K_M",
      "  puna pull owner/name@revision --hub https://hub.example.com --token-file token.txt"
    })
final class PullCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "NAME",
      description = "OWNER/NAME, with @REVISION or, for one of several GGUF files, :VARIANT.")
  private String name;

  @Option(
      names = "--hub",
      paramLabel = "ADDRESS",
      description = "The hub. Default: $HF_ENDPOINT, or " + Hub.STANDARD + ".")
  private @Nullable String hub;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with your token, for models that need one. Default: $HF_TOKEN.")
  private @Nullable Path tokenFile;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    ModelName model = ModelName.of(name);
    String address =
        hub != null ? hub : Objects.requireNonNullElse(System.getenv("HF_ENDPOINT"), Hub.STANDARD);
    try (Hub from = new Hub(address, token());
        Shown shown = new Shown(json)) {
      Path path = Download.model(from, model, ModelCache.standard(), shown);
      if (json) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", model.toString());
        document.put("path", path.toString());
        document.put("files", shown.files);
        document.put("bytes", shown.total);
        document.put("fetched_bytes", shown.fetched);
        Json.print(spec.commandLine().getOut(), document);
      } else {
        spec.commandLine().getOut().println(path);
        spec.commandLine().getOut().flush();
      }
    }
    return 0;
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return System.getenv("HF_TOKEN");
    }
    String token = PromptOptions.read(tokenFile).strip();
    if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new PunaException(tokenFile + " holds no token", "it should be one word");
    }
    return token;
  }

  /** A progress bar on a terminal; only the figures elsewhere. */
  private static final class Shown implements Download.Progress, AutoCloseable {
    private final boolean quiet;
    private @Nullable ProgressBar bar;
    private int files;
    private long total;
    private long fetched;

    Shown(boolean json) {
      quiet = json || System.console() == null || !System.console().isTerminal();
    }

    @Override
    public void begin(int count, long bytes) {
      files = count;
      total = bytes;
      if (!quiet) {
        bar =
            new ProgressBarBuilder()
                .setTaskName("")
                .setInitialMax(bytes)
                .setUnit(" MiB", 1 << 20)
                .build();
      }
    }

    @Override
    public void file(String path, long size) {
      if (bar != null) {
        bar.setExtraMessage(path);
      }
    }

    @Override
    public void at(String path, long bytes) {
      if (bar != null) {
        bar.stepBy(bytes);
      }
    }

    @Override
    public void bytes(long count) {
      fetched += count;
      if (bar != null) {
        bar.stepBy(count);
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
