package dev.puna.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Collectors;

/** One command line, run within the test's JVM. */
record Puna(int status, String out, String err) {
  static Puna run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Arrays.stream(args).map(String::valueOf).toArray(String[]::new);
    int status = Main.run(new PrintWriter(out), new PrintWriter(err, true), words);
    return new Puna(status, out.toString(), err.toString());
  }

  /** The document printed by a command that succeeded. */
  static JsonNode json(Object... args) {
    Puna result = run(args);
    if (result.status != 0) {
      throw new AssertionError(Arrays.toString(args) + ": " + result);
    }
    return Shared.json(result.out);
  }

  static String ids(int[] ids) {
    return Arrays.stream(ids).mapToObj(String::valueOf).collect(Collectors.joining(","));
  }
}
