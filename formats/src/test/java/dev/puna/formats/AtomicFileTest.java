package dev.puna.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void replacesTheTargetOnlyWhenComplete() throws IOException {
    Path target = Files.writeString(folder.resolve("a.txt"), "old");
    AtomicFile.write(
        target,
        out -> {
          out.write(ByteBuffer.wrap("new".getBytes()));
          assertThat(target).hasContent("old");
        });
    assertThat(target).hasContent("new");
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(target));
  }

  @Test
  void leavesTheOldFileAndNothingElseOnFailure() throws IOException {
    Path target = Files.writeString(folder.resolve("a.txt"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    out -> {
                      out.write(ByteBuffer.wrap(new byte[9]));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(PunaException.class)
        .hasMessageContainingAll("a.txt", "No space left on device");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    _ -> {
                      throw new StackOverflowError();
                    }))
        .isInstanceOf(StackOverflowError.class);
    assertThat(target).hasContent("old");
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(target));
  }

  @Test
  void refusesTargetsThatCannotBeWritten() {
    assertThatThrownBy(() -> AtomicFile.write(folder, _ -> {}))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("is a folder");
    assertThatThrownBy(() -> AtomicFile.write(folder.resolve("no/a.txt"), _ -> {}))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining("there is no folder");
    assertThat(folder).isEmptyDirectory();
  }
}
