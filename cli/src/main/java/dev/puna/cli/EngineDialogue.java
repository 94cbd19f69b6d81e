package dev.puna.cli;

import dev.puna.engine.ChatPrompt;
import dev.puna.engine.ContextEnd;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** A conversation with a model that is loaded, in the form of its template. */
final class EngineDialogue implements Dialogue {
  private final Engine engine;
  private final ChatTemplate template;
  private final Sampling sampling;
  private final Stop stop;
  private final ContextEnd contextEnd;
  private final List<Map<String, ?>> messages = new ArrayList<>();
  private int attempt;

  EngineDialogue(
      Engine engine, ChatTemplate template, Sampling sampling, Stop stop, ContextEnd contextEnd) {
    this.engine = engine;
    this.template = template;
    this.sampling = sampling;
    this.stop = stop;
    this.contextEnd = contextEnd;
  }

  private static boolean is(Map<String, ?> message, String role) {
    return role.equals(message.get("role"));
  }

  @Override
  public void system(String text) {
    messages.removeIf(m -> is(m, "system"));
    if (!text.isEmpty()) {
      messages.addFirst(Map.of("role", "system", "content", text));
    }
  }

  @Override
  public Answer say(String text) {
    attempt = 0;
    messages.add(Map.of("role", "user", "content", text));
    try {
      return ask();
    } catch (PunaException e) {
      messages.removeLast();
      throw e;
    }
  }

  @Override
  public Answer regenerate() {
    if (messages.isEmpty() || is(messages.getLast(), "system")) {
      throw new PunaException("nothing has been said yet", "say something first");
    }
    if (is(messages.getLast(), "assistant")) {
      messages.removeLast();
    }
    attempt++;
    return ask();
  }

  private Answer ask() {
    int[] prompt =
        ChatPrompt.of(engine.checkpoint().tokenizer(), template, new Conversation(messages, true))
            .ids();
    Generation generation =
        engine.submit(
            new Request(prompt, sampling.forSample(attempt), stop).contextEnd(contextEnd));
    return new GeneratedAnswer(generation);
  }

  private final class GeneratedAnswer implements Answer {
    private final Generation generation;
    private String speed = "";

    GeneratedAnswer(Generation generation) {
      this.generation = generation;
    }

    @Override
    public void stream(Consumer<String> pieces) {
      Generation.Result result = generation.stream(pieces);
      messages.add(Map.of("role", "assistant", "content", result.text()));
      speed =
          String.format(
              Locale.ROOT,
              "prompt of %d tokens at %.1f tokens/s, %d new at %.1f tokens/s",
              result.promptTokens(),
              result.prefillSpeed(),
              result.tokens().size(),
              result.decodeSpeed());
    }

    @Override
    public String speed() {
      return speed;
    }

    @Override
    public void cancel() {
      generation.cancel();
    }
  }

  @Override
  public void clear() {
    messages.removeIf(m -> !is(m, "system"));
  }

  @Override
  public void save(Path file) {
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8))) {
      Json.print(out, Map.of("messages", messages));
    } catch (IOException e) {
      throw new PunaException(file + " cannot be written", "is its folder there, and ours?", e);
    }
  }

  @Override
  public void load(Path file) {
    List<? extends Map<String, ?>> read = ChatOptions.read(file).messages();
    messages.clear();
    messages.addAll(read);
  }
}
