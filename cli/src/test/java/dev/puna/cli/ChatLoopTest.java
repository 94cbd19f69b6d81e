package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.puna.tensor.PunaException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What becomes of lines, with a model that says back what it was told. */
class ChatLoopTest {
  private final List<String> calls = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private final class Echo implements Dialogue {
    @Override
    public void system(String text) {
      calls.add("system " + text);
    }

    @Override
    public Answer say(String text) {
      calls.add("say " + text);
      if (text.equals("too much")) {
        throw new PunaException("there is no room", "say less");
      }
      return new Answer() {
        @Override
        public void stream(Consumer<String> pieces) {
          pieces.accept("you said ");
          pieces.accept(text);
        }

        @Override
        public String speed() {
          return "fast";
        }

        @Override
        public void cancel() {
          calls.add("cancel");
        }
      };
    }

    @Override
    public Answer regenerate() {
      return say("again");
    }

    @Override
    public void clear() {
      calls.add("clear");
    }

    @Override
    public void save(Path file) {
      calls.add("save " + file);
    }

    @Override
    public void load(Path file) {
      calls.add("load " + file);
    }
  }

  private int run(boolean verbose, String lines) {
    return new ChatLoop(
            new PlainLines(new StringReader(lines)),
            new Echo(),
            new PrintWriter(out),
            new PrintWriter(err),
            verbose)
        .run();
  }

  @Test
  void answersUntilThereAreNoMoreLines() {
    assertThat(run(false, "hello\n\n  \n /etc/hosts  \na\\\nb\n\"\"\"\n/quit\n\"\"\"\nlast"))
        .isZero();
    assertThat(calls)
        .containsExactly("say hello", "say /etc/hosts", "say a\nb", "say /quit", "say last");
    assertThat(out.toString()).startsWith("you said hello\nyou said /etc/hosts\nyou said a\nb\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void doesWhatCommandsSay() {
    int status =
        run(
            true,
            "/system You are terse. \n/save a b.json\n/load x.json\n/regenerate\n/clear\n/system\n"
                + "/quit\nnot this\n");
    assertThat(status).isZero();
    assertThat(calls)
        .containsExactly(
            "system You are terse.",
            "save a b.json",
            "load x.json",
            "say again",
            "clear",
            "system ");
    assertThat(out.toString()).isEqualTo("you said again\n");
    assertThat(err.toString()).isEqualTo("[fast]\n");
  }

  @Test
  void helpNamesEveryCommand() {
    run(false, "/help\n");
    assertThat(out.toString())
        .contains(
            ChatLoop.COMMANDS.stream().filter(c -> !c.equals("/help")).map(String::strip).toList());
  }

  /** What fails is said in a line, and the conversation goes on; the status tells at the end. */
  @Test
  void failuresEndNothing() {
    int status = run(false, "/bogus x\n/save\n/load \ntoo much\nenough\n");
    assertThat(status).isEqualTo(1);
    assertThat(calls).containsExactly("say too much", "say enough");
    assertThat(err.toString().lines())
        .containsExactly(
            "puna: there is no command /bogus: /help lists them; a space in front says it",
            "puna: /save has no file: name one: /save chat.json",
            "puna: /load has no file: name one: /load chat.json",
            "puna: there is no room: say less");
    assertThat(out.toString()).isEqualTo("you said enough\n");
  }
}
