package dev.puna.cli;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are typed at a terminal, with editing and a history that outlives the program.
 * Ctrl-C gives up what is being typed, or the answer that is being written; Ctrl-D ends.
 */
final class EditedLines implements ChatTerminal {
  /** Messages that are kept. */
  private static final int HISTORY = 1000;

  private final Terminal terminal;
  private final LineReader reader;
  private final String prompt;

  /**
   * @param terminal closed with this
   * @param commands words that Tab completes at the beginning of a message
   * @param history the file of the messages of earlier conversations; null to keep none
   * @param color whether the prompt may have one
   */
  EditedLines(Terminal terminal, List<String> commands, @Nullable Path history, boolean color) {
    this.terminal = terminal;
    terminal.handle(Terminal.Signal.INT, Terminal.SignalHandler.SIG_IGN); // between messages
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("puna")
            .parser(EditedLines::parse)
            .completer(new StringsCompleter(commands))
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // ! is an exclamation mark
            .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, ". ")
            .variable(LineReader.HISTORY_SIZE, HISTORY)
            .variable(LineReader.HISTORY_FILE_SIZE, HISTORY);
    if (history != null && ours(history)) {
      builder.variable(LineReader.HISTORY_FILE, history);
    }
    reader = builder.build();
    prompt = prompt(color);
  }

  private String prompt(boolean color) {
    AttributedStyle style =
        color ? AttributedStyle.BOLD.foreground(AttributedStyle.GREEN) : AttributedStyle.DEFAULT;
    return new AttributedStringBuilder().append("> ", style).toAnsi(terminal);
  }

  /** Makes the file if there is none, for nobody else to read; false if that is not possible. */
  private static boolean ours(Path history) {
    try {
      if (!Files.exists(history)) {
        Files.createDirectories(history.toAbsolutePath().getParent());
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
          Files.createFile(
              history,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
          Files.createFile(history);
        }
      }
      return Files.isWritable(history);
    } catch (IOException e) {
      return false; // then there is a history of this conversation only
    }
  }

  /** A message is one word, whatever is in it; Enter in an unfinished one begins a new line. */
  private static ParsedLine parse(String line, int cursor, Parser.ParseContext context) {
    if (context == Parser.ParseContext.ACCEPT_LINE && !TypedMessage.complete(line)) {
      throw new EOFError(-1, -1, "the message goes on");
    }
    return new Word(line, cursor);
  }

  private record Word(String line, int cursor) implements CompletingParsedLine {
    @Override
    public String word() {
      return line;
    }

    @Override
    public int wordCursor() {
      return cursor;
    }

    @Override
    public int wordIndex() {
      return 0;
    }

    @Override
    public List<String> words() {
      return List.of(line);
    }

    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
      return candidate;
    }

    @Override
    public int rawWordCursor() {
      return cursor;
    }

    @Override
    public int rawWordLength() {
      return line.length();
    }
  }

  @Override
  public @Nullable String next() {
    try {
      return reader.readLine(prompt);
    } catch (UserInterruptException e) {
      return "";
    } catch (EndOfFileException e) {
      return null;
    }
  }

  @Override
  public void during(Runnable cancel, Runnable work) {
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> cancel.run());
    try {
      work.run();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  @Override
  public boolean interactive() {
    return true;
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      // it is gone already
    }
  }
}
