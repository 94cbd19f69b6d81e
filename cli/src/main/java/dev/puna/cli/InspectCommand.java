package dev.puna.cli;

import dev.puna.formats.AtomicFile;
import dev.puna.formats.StoredTensor;
import dev.puna.model.ArchitectureSvg;
import dev.puna.model.Checkpoint;
import dev.puna.model.Description;
import dev.puna.model.Mermaid;
import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code puna inspect}: what a model is. */
@Command(
    name = "inspect",
    description = "Tell what a model is made of.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  puna inspect model.gguf",
      "  puna inspect model.gguf --svg architecture.svg",
      "  puna inspect ./Llama-2-7b-hf model.gguf",
      "  puna inspect llama2-7b chatglm2-6b baichuan-13b qwen-7b"
    })
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "MODEL",
      description =
          "Models, as for -m of run, or well-known ones by the names that plan --help lists;"
              + " several are compared.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "The same.")
  private List<String> modelOptions = new ArrayList<>();

  @Option(names = "--svg", paramLabel = "FILE", description = "Draw the architecture.")
  private @Nullable Path svg;

  @Option(
      names = "--mermaid",
      description = "Print each kind of layer's ops as a Mermaid flow chart.")
  private boolean mermaid;

  @Option(names = "--tensors", description = "List the tensors.")
  private boolean tensors;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Override
  public Integer call() {
    List<@Nullable String> all = new ArrayList<>(models);
    all.addAll(modelOptions);
    if (all.isEmpty()) {
      all.add(null);
    }
    if (all.size() > 1) {
      compare(all);
    } else if (Bundled.preset(all.getFirst()) instanceof String preset) {
      refuseTensors();
      show(Description.preset(preset), Map.of());
    } else {
      try (Checkpoint checkpoint = Checkpoint.open(Bundled.resolve(all.getFirst()), null)) {
        show(Description.of(checkpoint), checkpoint.tensors());
      }
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  private void refuseTensors() {
    if (tensors) {
      throw new PunaException(
          "a preset has no tensors, only a configuration", "leave --tensors out, or name a file");
    }
  }

  private void compare(List<@Nullable String> all) {
    if (svg != null || mermaid || tensors) {
      throw new PunaException(
          "--svg, --mermaid and --tensors show one model", "name only one, or leave them out");
    }
    List<Description> descriptions = new ArrayList<>();
    for (String model : all) {
      descriptions.add(describe(model));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, descriptions.stream().map(Description::toJson).toList());
    } else {
      out.print(Description.table(descriptions));
    }
  }

  private static Description describe(@Nullable String model) {
    if (Bundled.preset(model) instanceof String preset) {
      return Description.preset(preset);
    }
    try (Checkpoint checkpoint = Checkpoint.open(Bundled.resolve(model), null)) {
      return Description.of(checkpoint);
    }
  }

  private void show(Description description, Map<String, StoredTensor> stored) {
    PrintWriter out = spec.commandLine().getOut();
    if (svg != null) {
      byte[] drawing = ArchitectureSvg.draw(description).getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(svg, AtomicFile.Body.of(drawing));
    }
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>(description.toJson());
      if (tensors) {
        document.put("tensors", list(stored));
      }
      Json.print(out, document);
    } else if (mermaid) {
      out.print(Mermaid.draw(description));
    } else {
      out.print(description.toText());
      if (tensors) {
        out.println();
        for (Map.Entry<String, StoredTensor> e : stored.entrySet()) {
          StoredTensor t = e.getValue();
          out.printf("  %-28s %-5s %s%n", e.getKey(), t.type(), t.shape());
        }
      }
    }
  }

  private static List<Map<String, Object>> list(Map<String, StoredTensor> stored) {
    List<Map<String, Object>> all = new ArrayList<>();
    stored.forEach(
        (name, t) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("name", name);
          one.put("stored_name", t.name());
          one.put("type", t.type().name());
          one.put("shape", t.shape());
          one.put("bytes", t.bytes());
          all.add(one);
        });
    return all;
  }
}
