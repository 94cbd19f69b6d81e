package dev.puna.cli;

import dev.puna.engine.ChatPrompt;
import dev.puna.engine.Engine;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The text that is continued. */
final class PromptOptions {
  /** Where the prompt comes from; without any of these it is empty. */
  static final class Prompt {
    @Option(
        names = {"-p", "--prompt"},
        paramLabel = "TEXT",
        description = "The text to continue.")
    @Nullable String text;

    @Option(
        names = {"-f", "--file"},
        paramLabel = "FILE",
        description = "A file with the text to continue (UTF-8).")
    @Nullable Path file;

    @Option(
        names = "--ids",
        split = ",",
        paramLabel = "ID",
        description = "The prompt as token ids.")
    int @Nullable [] ids;
  }

  @ArgGroup private @Nullable Prompt prompt;

  @Option(
      names = "--chat",
      description = "The prompt is a message to a chat model: put it through its template.")
  private boolean chat;

  @Mixin private ChatOptions chatOptions;

  int[] ids(Checkpoint checkpoint) {
    if (prompt != null && prompt.ids != null) {
      return prompt.ids;
    }
    if (prompt == null && !checkpoint.hasTokenizer() && checkpoint.generation().bos().isPresent()) {
      return new int[] {checkpoint.generation().bos().getAsInt()};
    }
    if (prompt != null && prompt.file != null) {
      Restart.before(prompt.file);
    }
    String text =
        prompt == null ? "" : prompt.file != null ? read(prompt.file) : String.valueOf(prompt.text);
    if (!chat) {
      return Engine.encode(checkpoint, text);
    }
    Map<String, ?> message = Map.of("role", "user", "content", text);
    return ChatPrompt.of(
            checkpoint.tokenizer(),
            chatOptions.template(
                checkpoint.path(), () -> checkpoint.conventions().chatTemplate(false)),
            new ChatTemplate.Conversation(List.of(message), true))
        .ids();
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new PunaException(file + " is not UTF-8 text", "convert it to UTF-8", e);
    } catch (IOException e) {
      throw new PunaException(file + " cannot be read", "is it there, and a text file?", e);
    }
  }
}
