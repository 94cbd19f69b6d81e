package dev.puna.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is typed at a terminal that consists of two streams. */
@Timeout(60)
class EditedLinesTest {
  private static final String ESCAPE = "\u001b";

  @TempDir Path folder;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private LineDisciplineTerminal terminal;

  @BeforeEach
  void open() throws IOException {
    screen.reset();
    terminal = new LineDisciplineTerminal("test", "xterm", screen, StandardCharsets.UTF_8);
    terminal.setSize(Size.of(80, 24));
  }

  @AfterEach
  void close() throws IOException {
    terminal.close();
  }

  private EditedLines lines(@Nullable Path history, boolean color) {
    return new EditedLines(terminal, ChatLoop.COMMANDS, history, color);
  }

  private void type(String keys) throws IOException {
    terminal.processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsWhatIsTypedAndEdited() throws IOException {
    EditedLines lines = lines(null, false);
    type("Héllo\u007f\u007f\u007flp!\r");
    assertThat(lines.next()).isEqualTo("Hélp!");
    type("a! !b $x \\t \"q\r");
    assertThat(lines.next()).as("nothing has a meaning").isEqualTo("a! !b $x \\t \"q");
    type("one\\\rtwo\r");
    assertThat(lines.next()).isEqualTo("one\\\ntwo");
    type("\"\"\"\rone\r\rtwo\r\"\"\"\r");
    assertThat(lines.next()).isEqualTo("\"\"\"\none\n\ntwo\n\"\"\"");
    type("/cl\t\r");
    assertThat(lines.next()).isEqualTo("/clear ");
  }

  /** Keys that mean something only while a line is read. */
  private @Nullable String nextAfter(EditedLines lines, String keys) throws Exception {
    screen.reset();
    Thread typist =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (!screen.toString(StandardCharsets.UTF_8).contains("> ")) {
                      Thread.sleep(5);
                    }
                    type(keys);
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    String next = lines.next();
    typist.join();
    return next;
  }

  @Test
  void controlCGivesUpAndControlDEnds() throws Exception {
    EditedLines lines = lines(null, false);
    assertThat(nextAfter(lines, "half a thought\u0003")).isEmpty();
    assertThat(nextAfter(lines, "a whole one\r")).isEqualTo("a whole one");
    assertThat(nextAfter(lines, "\u0004")).isNull();
  }

  /** The second conversation knows what was typed in the first; nobody else may read it. */
  @Test
  void historyOutlivesTheTerminal() throws IOException {
    Path history = folder.resolve("new/chat-history");
    try (EditedLines lines = lines(history, false)) {
      type("first\\\rline\r");
      assertThat(lines.next()).isEqualTo("first\\\nline");
      type("second\r");
      assertThat(lines.next()).isEqualTo("second");
    }
    if (Files.getFileStore(history).supportsFileAttributeView("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
          .isEqualTo("rw-------");
    }
    open();
    EditedLines lines = lines(history, false);
    type(ESCAPE + "OA" + ESCAPE + "OA\r");
    assertThat(lines.next()).isEqualTo("first\\\nline");
  }

  @Test
  void aHistoryThatCannotBeKeptDoesNoHarm() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    EditedLines lines = lines(file.resolve("chat-history"), false);
    type("hello\r");
    assertThat(lines.next()).isEqualTo("hello");
  }

  @Test
  void colorIsAskedFor() throws IOException {
    type("x\r");
    lines(null, true).next();
    assertThat(screen.toString(StandardCharsets.UTF_8)).contains(ESCAPE + "[32;1m> ");
    open();
    type("x\r");
    lines(null, false).next();
    assertThat(screen.toString(StandardCharsets.UTF_8))
        .contains("> ")
        .doesNotContain(ESCAPE + "[32");
  }

  @Test
  void controlCEndsWhatIsGoingOn() {
    EditedLines lines = lines(null, false);
    int[] cancelled = {0};
    lines.during(() -> cancelled[0]++, () -> terminal.raise(Terminal.Signal.INT));
    assertThat(cancelled[0]).isEqualTo(1);
    terminal.raise(Terminal.Signal.INT);
    assertThat(cancelled[0]).as("between messages").isEqualTo(1);
    assertThat(List.of(lines.interactive())).containsExactly(true);
  }
}
