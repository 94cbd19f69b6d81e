package dev.puna.cli;

import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Goes on with a conversation as long as messages come: answers, and does what commands say. */
final class ChatLoop {
  /** The commands, with the space that is to be followed by something. */
  static final List<String> COMMANDS =
      List.of("/system ", "/save ", "/load ", "/regenerate", "/clear", "/help", "/quit");

  private static final String HELP =
      """
      /system TEXT  tell the model who it is; without TEXT, nothing
      /save FILE    write the conversation to a JSON file
      /load FILE    go on with the conversation of a file
      /regenerate   take the last answer back and ask again
      /clear        forget all but the system message
      /quit         end; so does Ctrl-D

      A line that ends with a backslash goes on in the next one; so does what is between \"""
      and \""". Ctrl-C ends an answer. A message that begins with a slash needs a space before it.
      """;

  private final ChatTerminal terminal;
  private final Dialogue dialogue;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean verbose;
  private boolean failed;

  /**
   * @param verbose whether the speed of each answer is told
   */
  ChatLoop(
      ChatTerminal terminal, Dialogue dialogue, PrintWriter out, PrintWriter err, boolean verbose) {
    this.terminal = terminal;
    this.dialogue = dialogue;
    this.out = out;
    this.err = err;
    this.verbose = verbose;
  }

  /**
   * Runs to the end of the conversation.
   *
   * @return the program's exit status: 1 if something failed and nobody was there to see it
   */
  int run() {
    for (String typed = terminal.next(); typed != null; typed = terminal.next()) {
      try {
        if (!handle(typed)) {
          break;
        }
      } catch (PunaException e) {
        failed = true;
        complain(String.valueOf(e.getMessage()));
      }
    }
    return failed && !terminal.interactive() ? 1 : 0;
  }

  private void complain(String message) {
    out.flush();
    err.println("puna: " + message);
    err.flush();
  }

  /** Returns false if this was the end. */
  private boolean handle(String typed) {
    String text = TypedMessage.text(typed).strip();
    if (text.isEmpty()) {
      return true;
    }
    if (!typed.startsWith("/")) { // what is quoted, or after a space, is said
      show(dialogue.say(text));
      return true;
    }
    int space = text.indexOf(' ');
    String command = space < 0 ? text : text.substring(0, space);
    String rest = space < 0 ? "" : text.substring(space + 1).strip();
    switch (command) {
      case "/system" -> dialogue.system(rest);
      case "/save" -> dialogue.save(file(command, rest));
      case "/load" -> dialogue.load(file(command, rest));
      case "/regenerate" -> show(dialogue.regenerate());
      case "/clear" -> dialogue.clear();
      case "/help" -> help();
      case "/quit" -> {
        return false;
      }
      default ->
          throw new PunaException(
              "there is no command " + command, "/help lists them; a space in front says it");
    }
    return true;
  }

  private static Path file(String command, String name) {
    if (name.isEmpty()) {
      throw new PunaException(command + " has no file", "name one: " + command + " chat.json");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new PunaException(name + " is no file's name", "take another one", e);
    }
  }

  private void help() {
    out.print(HELP);
    out.flush();
  }

  private void show(Dialogue.Answer answer) {
    terminal.during(
        answer::cancel,
        () -> {
          answer.stream(
              piece -> {
                out.print(piece);
                out.flush();
              });
          out.println();
          out.flush();
          if (verbose) {
            err.println("[" + answer.speed() + "]");
            err.flush();
          }
        });
  }
}
