package dev.puna.cli;

import java.io.OutputStream;
import java.io.PrintWriter;

/**
 * What the JVM is shown when the archive of classes is made that later starts map: the commands
 * that are worth a quick start, in one process, on the bundled model. What they print goes nowhere.
 */
final class Rehearsal {
  private Rehearsal() {}

  public static void main(String[] args) {
    run("run", "-p", "Once upon a time", "-n", "8", "--temp", "0");
    run("run", "-p", "Once upon a time", "-n", "4", "--seed", "1", "--json");
    run("tokenize", "-p", "Once upon a time");
    run("inspect", "stories");
    run("plan", "stories");
    System.exit(0);
  }

  /** A command that fails here leaves out its classes, no more. */
  private static void run(String... words) {
    PrintWriter nowhere = new PrintWriter(OutputStream.nullOutputStream());
    Main.run(nowhere, nowhere, words);
  }
}
