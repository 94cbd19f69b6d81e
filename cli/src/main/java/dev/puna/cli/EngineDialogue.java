package dev.puna.cli;

import dev.puna.engine.Chat;
import dev.puna.engine.Generation;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/** A conversation with a model that is loaded. */
record EngineDialogue(Chat chat) implements Dialogue {
  @Override
  public void system(String text) {
    chat.system(text);
  }

  @Override
  public Answer say(String text) {
    return new GeneratedAnswer(chat.say(text));
  }

  @Override
  public Answer regenerate() {
    return new GeneratedAnswer(chat.regenerate());
  }

  private static final class GeneratedAnswer implements Answer {
    private final Generation generation;
    private String speed = "";

    GeneratedAnswer(Generation generation) {
      this.generation = generation;
    }

    @Override
    public void stream(Consumer<String> pieces) {
      Generation.Result result = generation.stream(pieces);
      speed =
          String.format(
              Locale.ROOT,
              "prompt of %d tokens, %d of them known, the others at %.1f tokens/s; %d new at %.1f"
                  + " tokens/s",
              result.promptTokens(),
              result.timing().reusedTokens(),
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
    chat.clear();
  }

  @Override
  public void save(Path file) {
    chat.save(file);
  }

  @Override
  public void load(Path file) {
    chat.load(file);
  }
}
