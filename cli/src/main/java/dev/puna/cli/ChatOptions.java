package dev.puna.cli;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.BuiltInTemplates;
import dev.puna.tokenizer.chat.ChatTemplate;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which chat template, and reading conversations from files. */
final class ChatOptions {
  @Option(
      names = "--template",
      paramLabel = "TEMPLATE",
      description =
          "A chat template in the place of the model's own: a file (Jinja), or the name of a"
              + " built-in one (alpaca, baichuan, baichuan2, chatglm, chatglm2, chatglm3, chatml,"
              + " internlm, llama2, vicuna).")
  @Nullable String template;

  /**
   * The template that is meant: the one given, or that of the model.
   *
   * @param own looked up only where it is meant
   */
  ChatTemplate template(Path model, Supplier<Optional<ChatTemplate>> own) {
    if (template != null) {
      Path file = Path.of(template);
      return Files.exists(file)
          ? ChatTemplate.compile(template, PromptOptions.read(file))
          : BuiltInTemplates.of(template);
    }
    return own.get()
        .orElseThrow(
            () ->
                new PunaException(
                    model + " carries no chat template",
                    "give one with --template: a file, or one of "
                        + String.join(", ", BuiltInTemplates.NAMES)));
  }

  /**
   * A conversation from a JSON file: an object with "messages", and where they are wanted "tools",
   * "add_generation_prompt" (true unless it says otherwise), and other variables of the template.
   */
  @SuppressWarnings("unchecked") // the keys of JSON objects are strings
  static Conversation read(Path file) {
    Config config = Config.read(file);
    List<Object> given = config.list("messages");
    List<Map<String, ?>> messages = new ArrayList<>();
    for (Object message : given == null ? List.of() : given) {
      if (!(message instanceof Map<?, ?> fields)) {
        throw new PunaException(
            file + ": a message is no object", "give each a \"role\" and a \"content\"");
      }
      messages.add((Map<String, ?>) fields);
    }
    if (messages.isEmpty()) {
      throw new PunaException(
          file + " has no messages", "it should be an object with a list \"messages\"");
    }
    Map<String, Object> variables = new LinkedHashMap<>();
    for (String key : config.keys()) {
      if (!List.of("messages", "tools", "add_generation_prompt").contains(key)) {
        variables.put(key, config.get(key));
      }
    }
    boolean prompt = config.flag("add_generation_prompt", true);
    return new Conversation(messages, config.list("tools"), prompt, variables);
  }
}
