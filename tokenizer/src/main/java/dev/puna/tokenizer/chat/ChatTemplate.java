package dev.puna.tokenizer.chat;

import dev.puna.tensor.PunaException;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat template, compiled: renders a conversation as the text that a model was trained on.
 *
 * <p>The language is the subset of Jinja2 that such templates use, with the options and functions
 * that transformers' {@code apply_chat_template} gives them: {@code trim_blocks}, {@code
 * lstrip_blocks}, {@code break} and {@code continue}, {@code raise_exception}, {@code
 * strftime_now}, and a {@code tojson} that prints as Python's {@code json.dumps} does. What a
 * template may use up in steps, depth and text is bounded, since it comes out of a stranger's file.
 *
 * <p>Immutable: any number of threads may render with one.
 */
public final class ChatTemplate {
  private final String where;
  private final List<Node> nodes;

  private ChatTemplate(String where, List<Node> nodes) {
    this.where = where;
    this.nodes = nodes;
  }

  /**
   * Compiles a template.
   *
   * @param where named in errors: the file it is from
   * @throws PunaException if it is no template, or uses what this subset does not have
   */
  public static ChatTemplate compile(String where, String source) {
    try {
      return new ChatTemplate(where, TemplateParser.parse(source));
    } catch (TemplateException e) {
      throw failed(where, e);
    }
  }

  /**
   * What is rendered.
   *
   * @param messages each with "role" and "content" (a string or a list of parts), and whatever else
   *     the template reads, such as "tool_calls"; strings, numbers, booleans, lists and maps
   * @param tools descriptions of functions that the model may call; null for none
   * @param addGenerationPrompt whether the text ends with the beginning of the model's answer
   * @param variables what else the template reads, such as {@code bos_token} or {@code
   *     enable_thinking}
   */
  public record Conversation(
      List<? extends Map<String, ?>> messages,
      @Nullable List<?> tools,
      boolean addGenerationPrompt,
      Map<String, ?> variables) {
    public Conversation(List<? extends Map<String, ?>> messages, boolean addGenerationPrompt) {
      this(messages, null, addGenerationPrompt, Map.of());
    }
  }

  /** Renders with the computer's date, for templates that tell it to the model. */
  public String render(Conversation conversation) {
    return render(conversation, Clock.systemDefaultZone());
  }

  /**
   * Renders a conversation.
   *
   * @param clock what {@code strftime_now} reads
   * @throws PunaException if the template refuses the conversation, fails, or uses up its bounds
   */
  public String render(Conversation conversation, Clock clock) {
    Map<String, @Nullable Object> globals = new LinkedHashMap<>();
    Callable now = given -> Strftime.format(given.text(0, "format"), ZonedDateTime.now(clock));
    globals.put("strftime_now", now);
    globals.put("tools", null);
    globals.put("documents", null);
    globals.putAll(conversation.variables());
    globals.put("messages", conversation.messages());
    globals.put("add_generation_prompt", conversation.addGenerationPrompt());
    if (conversation.tools() != null) {
      globals.put("tools", conversation.tools());
    }
    try {
      return Interpreter.run(nodes, globals);
    } catch (RefusedException e) {
      throw new PunaException(
          where + ": the chat template refuses this conversation",
          String.valueOf(e.getMessage()),
          e);
    } catch (TemplateException e) {
      throw failed(where, e);
    }
  }

  private static PunaException failed(String where, TemplateException e) {
    String place = e.line() > 0 ? ", line " + e.line() : "";
    return new PunaException(
        "%s: the chat template%s: %s".formatted(where, place, e.getMessage()),
        "mend the template, or give another one",
        e);
  }
}
