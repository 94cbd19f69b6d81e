package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls between the rooms, which no compiler sees. */
class WallsTest {
  private static final Pattern MODELS =
      Pattern.compile(
          "(llama|alpaca|vicuna|chatglm|baichuan|qwen|internlm|mistral|mixtral|deepseek|gemma|olmo"
              + "|granite|stablelm|starcoder|cohere|falcon|jamba|gptoss|gpt_oss|gptneo|gpt_neo"
              + "|pythia|codestral|minilm)|\\b(glm|phi|bloom|mpt|opt|gpt|bert|roberta|bart"
              + "|marian|yi|t5|mt5|bge|dbrx|olmoe)[-_]?[0-9]*\\b",
          Pattern.CASE_INSENSITIVE);

  /** Formulas named after the models that brought them, and engines we speak of. */
  private static final Pattern ALLOWED =
      Pattern.compile("llama\\.cpp|llama2\\.c|Llama3|Llama 3\\.1|llama3|LLAMA_LIKE");

  @Test
  void noModelIsNamedWhereProgramsRun() {
    for (String room : List.of("program", "cpu", "cuda", "engine", "train")) {
      forEachLine(
          room,
          (file, line) ->
              assertThat(MODELS.matcher(withoutAllowed(line)).find())
                  .as("%s names a model: %s", file, line)
                  .isFalse());
    }
  }

  /** The list of families, and the layouts that one family's authors made for it. */
  private static final Set<String> NAMING =
      Set.of("Families.java", "MetaCheckpoint.java", "CheckpointReader.java");

  /** An architecture is data: whatever reads, records, counts or draws it knows no model. */
  @Test
  void noModelIsNamedOutsideItsFamily() {
    forEachLine(
        "model",
        (file, line) -> {
          boolean names =
              file.getParent().endsWith("family")
                  || NAMING.contains(String.valueOf(file.getFileName()));
          assertThat(names || !MODELS.matcher(withoutAllowed(line)).find())
              .as("%s names a model: %s", file, line)
              .isTrue();
        });
  }

  private static String withoutAllowed(String line) {
    return ALLOWED.matcher(withoutComment(line)).replaceAll("");
  }

  /** What a program says is independent of how its weights are stored. */
  @Test
  void noDataTypeInPrograms() {
    List<String> files =
        List.of(
            "program/src/main/java/dev/puna/program/Op.java",
            "program/src/main/java/dev/puna/program/Program.java",
            "program/src/main/java/dev/puna/program/Recorder.java",
            "program/src/main/java/dev/puna/program/Value.java",
            "program/src/main/java/dev/puna/program/Weight.java",
            "program/src/main/java/dev/puna/program/Regions.java",
            "program/src/main/java/dev/puna/program/MemoryPlan.java",
            "model/src/main/java/dev/puna/model/Spec.java",
            "model/src/main/java/dev/puna/model/Decoder.java",
            "model/src/main/java/dev/puna/model/family");
    for (String file : files) {
      assertThat(Shared.root().resolve(file)).exists();
      forEachLine(
          file,
          (path, line) ->
              assertThat(line).as(path.toString()).doesNotContain("DType", "Q4_0", "Q8_0", "BF16"));
    }
  }

  @Test
  void vectorApiStaysInCpu() {
    for (String room : rooms()) {
      if (!room.equals("cpu")) {
        forEachLine(
            room,
            (f, line) -> assertThat(line).as("%s", f).doesNotContain("jdk.incubator.vector."));
      }
    }
  }

  @Test
  void cudaStaysInCuda() {
    for (String room : rooms()) {
      if (!room.equals("cuda")) {
        forEachLine(
            room,
            (f, line) ->
                assertThat(line).as("%s", f).doesNotContainPattern("\\b(libcuda|nvrtc|cublas)"));
      }
    }
  }

  /** A backend sees programs, never an architecture; the engine sees backends, never a kernel. */
  @Test
  void dependenciesPointUp() {
    forEachLine("program", (f, l) -> assertThat(l).doesNotContain("import dev.puna.model"));
    forEachLine("cpu", (f, l) -> assertThat(l).doesNotContain("import dev.puna.model"));
    forEachLine("engine", (f, l) -> assertThat(l).doesNotContain("import dev.puna.cpu"));
    forEachLine("model", (f, l) -> assertThat(l).doesNotContain("import dev.puna.engine"));
  }

  private static List<String> rooms() {
    try (Stream<Path> children = Files.list(Shared.root())) {
      return children
          .filter(child -> Files.exists(child.resolve("pom.xml")))
          .map(child -> child.getFileName().toString())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String withoutComment(String line) {
    String code = line.strip();
    return code.startsWith("*") || code.startsWith("/*") ? "" : code.replaceFirst("//.*", "");
  }

  private interface LineCheck {
    void check(Path file, String line);
  }

  private static void forEachLine(String place, LineCheck check) {
    Path folder = Shared.root().resolve(place);
    Path sources = Files.isDirectory(folder.resolve("src")) ? folder.resolve("src/main") : folder;
    if (!Files.exists(sources)) {
      return; // a room that is not built yet
    }
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Files.readAllLines(file).forEach(line -> check.check(file, line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
