package dev.puna.cli;

import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What was written, as {@code convert} and {@code quantize} say it.
 *
 * @param fallen matrices stored as F16, because the type's blocks do not divide their rows
 * @param lossy matrices that had been quantized before
 */
record ExportReport(
    Path output, DType type, long parameters, List<String> fallen, List<String> lossy) {

  void print(CommandSpec spec, boolean json) {
    long bytes = bytes();
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("output", output.toString());
      document.put("bytes", bytes);
      document.put("type", type);
      document.put("parameters", parameters);
      document.put("stored_as_f16", fallen);
      document.put("quantized_twice", lossy);
      Json.print(spec.commandLine().getOut(), document);
      return;
    }
    if (!fallen.isEmpty()) {
      spec.commandLine()
          .getErr()
          .printf(
              "puna: note: %d tensors are stored as F16, as %s's blocks of %d do not divide their"
                  + " rows: %s%n",
              fallen.size(), type, type.blockSize(), String.join(", ", fallen));
    }
    if (!lossy.isEmpty()) {
      spec.commandLine()
          .getErr()
          .printf(
              "puna: note: %d tensors were quantized before; from an F16 or F32 file less is"
                  + " lost%n",
              lossy.size());
    }
    spec.commandLine()
        .getOut()
        .printf("%s: %,d parameters, %,d bytes%n", output, parameters, bytes);
    spec.commandLine().getOut().flush();
  }

  /** Size of the file, or of the files in the folder. */
  private long bytes() {
    try (Stream<Path> files = Files.isDirectory(output) ? Files.list(output) : Stream.of(output)) {
      long sum = 0;
      for (Path file : files.toList()) {
        sum += Files.size(file);
      }
      return sum;
    } catch (IOException e) {
      throw new PunaException(output + " cannot be read", "check its rights", e);
    }
  }
}
