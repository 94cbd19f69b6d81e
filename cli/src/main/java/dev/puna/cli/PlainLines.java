package dev.puna.cli;

import dev.puna.tensor.PunaException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** Messages from a file or another program. Ctrl-C ends the program, as it does elsewhere. */
final class PlainLines implements ChatTerminal {
  private final BufferedReader reader;

  PlainLines(Reader reader) {
    this.reader = new BufferedReader(reader);
  }

  @Override
  public @Nullable String next() {
    try {
      String line = reader.readLine();
      if (line == null) {
        return null;
      }
      StringBuilder typed = new StringBuilder(line);
      while (!TypedMessage.complete(typed.toString())) {
        line = reader.readLine();
        if (line == null) {
          break;
        }
        typed.append('\n').append(line);
      }
      return typed.toString();
    } catch (IOException e) {
      throw new PunaException("messages cannot be read", "is standard input still open?", e);
    }
  }

  @Override
  public void during(Runnable cancel, Runnable work) {
    work.run();
  }

  @Override
  public boolean interactive() {
    return false;
  }

  @Override
  public void close() {
    // standard input is not ours
  }
}
