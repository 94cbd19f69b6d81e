package dev.puna.engine;

import dev.puna.formats.AtomicFile;
import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.chat.ChatTemplate;
import dev.puna.tokenizer.chat.ChatTemplate.Conversation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a model, in the form that it was trained on. What was said before is not
 * computed again: it is the beginning of the next prompt. Where the context has no room left for an
 * answer the oldest questions are left out with their answers, the system message never.
 *
 * {@snippet file="Examples.java" region="chat"}
 *
 * <p>For one thread at a time.
 */
public final class Chat {
  /** Tokens that an answer has room for at least, as far as the context goes. */
  private static final int ANSWER = 256;

  /**
   * Something that was said.
   *
   * @param role "system", "user" or "assistant"; or what else the template knows
   */
  public record Message(String role, String content) {
    Map<String, String> fields() {
      return Map.of("role", role, "content", content);
    }
  }

  private final Engine engine;
  private final ChatTemplate template;
  private final List<Message> messages = new ArrayList<>(); // guarded by itself
  private Sampling sampling;
  private Stop stop = Stop.after(Integer.MAX_VALUE);
  private ContextEnd contextEnd = ContextEnd.STOP;
  private @Nullable String adapter;
  private @Nullable Generation answering;
  private int attempt;

  Chat(Engine engine, ChatTemplate template) {
    this.engine = engine;
    this.template = template;
    sampling =
        Sampling.recommended(
            engine.checkpoint().conventions().generation(),
            ThreadLocalRandom.current().nextLong(1L << 32));
  }

  /** How answers are drawn, from the next one on. */
  public Chat sampling(Sampling to) {
    sampling = to;
    return this;
  }

  /** What ends answers, from the next one on; the context does in any case. */
  public Chat stop(Stop to) {
    stop = to;
    return this;
  }

  /** What an answer does that reaches the end of the context, from the next one on. */
  public Chat contextEnd(ContextEnd to) {
    contextEnd = to;
    return this;
  }

  /** Which adapter answers, from the next one on; null for none. */
  public Chat adapter(@Nullable String name) {
    adapter = name;
    return this;
  }

  /** Tells the model who it is, in the place of what it was told before; empty for nothing. */
  public Chat system(String text) {
    checkSilent();
    synchronized (messages) {
      messages.removeIf(m -> m.role.equals("system"));
      if (!text.isEmpty()) {
        messages.addFirst(new Message("system", text));
      }
    }
    return this;
  }

  /**
   * Says something; the answer becomes part of the conversation when it has ended, as far as it
   * came if it was cancelled.
   *
   * @throws PunaException if an answer is still on its way, or the question does not fit into the
   *     context
   */
  public Generation say(String text) {
    return say(text, null);
  }

  /** Says something that is to be answered in a certain form. */
  public Generation say(String text, @Nullable Constraint form) {
    checkSilent();
    attempt = 0;
    add(new Message("user", text));
    return answer(form);
  }

  /**
   * Says something and waits for the answer as a Java value: a record, a sealed interface of
   * records, an enum, and what {@link Structure} knows besides.
   *
   * {@snippet file="Examples.java" region="ask"}
   *
   * @throws PunaException if the type is none of those, or the answer was cut off
   */
  public <T> T ask(String text, Class<T> type) {
    Structure<T> structure = Structure.of(type);
    return structure.read(say(text, structure.constraint()).await().text());
  }

  /**
   * Takes the last answer back and asks for another one.
   *
   * @throws PunaException if nothing has been said yet
   */
  public Generation regenerate() {
    checkSilent();
    synchronized (messages) {
      if (messages.isEmpty() || messages.getLast().role.equals("system")) {
        throw new PunaException("nothing has been said yet", "say something first");
      }
      if (messages.getLast().role.equals("assistant")) {
        messages.removeLast();
      }
    }
    attempt++;
    return answer(null);
  }

  private void checkSilent() {
    Generation last = answering;
    if (last != null && !last.ended()) {
      throw new PunaException(
          "an answer is still on its way", "wait for its end, or cancel it and wait");
    }
  }

  private void add(Message message) {
    synchronized (messages) {
      messages.add(message);
    }
  }

  private Generation answer(@Nullable Constraint form) {
    try {
      int[] prompt = prompt();
      boolean slides = contextEnd instanceof ContextEnd.Slide;
      int room = slides ? stop.tokens() : Math.max(1, engine.context() - prompt.length);
      Request request =
          new Request(
                  prompt, sampling.forSample(attempt), stop.tokens(Math.min(stop.tokens(), room)))
              .contextEnd(contextEnd)
              .adapter(adapter)
              .constraint(form);
      Generation generation = engine.submit(request);
      answering = generation;
      generation.atEnd(g -> add(new Message("assistant", g.textSoFar())));
      return generation;
    } catch (RuntimeException e) {
      takeBack();
      throw e;
    }
  }

  /** Forgets a question that could not be asked. */
  private void takeBack() {
    synchronized (messages) {
      if (!messages.isEmpty() && messages.getLast().role.equals("user")) {
        messages.removeLast();
      }
    }
  }

  /** The tokens of the conversation, without its oldest exchanges where it is too long. */
  private int[] prompt() {
    List<Message> told = new ArrayList<>(messages());
    int most = Math.max(1, engine.context() - Math.min(ANSWER, engine.context() / 2));
    while (true) {
      int[] ids =
          ChatPrompt.of(
                  engine.checkpoint().tokenizer(),
                  template,
                  new Conversation(told.stream().map(Message::fields).toList(), true))
              .ids();
      if (ids.length <= most || !dropOldest(told)) {
        return ids;
      }
    }
  }

  /** Drops a question and what was answered to it, if there is a later one. */
  private static boolean dropOldest(List<Message> told) {
    int first = told.getFirst().role.equals("system") ? 1 : 0;
    int next = first + 1;
    while (next < told.size() && !told.get(next).role.equals("user")) {
      next++;
    }
    if (next >= told.size()) {
      return false;
    }
    told.subList(first, next).clear();
    return true;
  }

  /** What has been said, the system message first. */
  public List<Message> messages() {
    synchronized (messages) {
      return List.copyOf(messages);
    }
  }

  /** Forgets everything but the system message. */
  public void clear() {
    checkSilent();
    synchronized (messages) {
      messages.removeIf(m -> !m.role.equals("system"));
    }
  }

  /**
   * Writes the conversation to a JSON file, an object with "messages".
   *
   * @throws PunaException if it cannot be written
   */
  public void save(Path file) {
    Map<String, ?> document = Map.of("messages", messages().stream().map(Message::fields).toList());
    AtomicFile.write(file, AtomicFile.Body.of(Config.of(file.toString(), document).json()));
  }

  /**
   * Reads a conversation in the place of this one.
   *
   * @throws PunaException if the file is not of that form; the conversation stays as it was then
   */
  public void load(Path file) {
    checkSilent();
    List<Message> read = read(file);
    synchronized (messages) {
      messages.clear();
      messages.addAll(read);
    }
  }

  private static List<Message> read(Path file) {
    List<Object> given = Config.read(file).list("messages");
    if (given == null) {
      throw new PunaException(
          file + " has no messages", "it should be an object with a list \"messages\"");
    }
    List<Message> messages = new ArrayList<>();
    for (Object message : given) {
      if (message instanceof Map<?, ?> m
          && m.get("role") instanceof String role
          && m.get("content") instanceof String content) {
        messages.add(new Message(role, content));
      } else {
        throw new PunaException(
            file + ": message " + messages.size() + " has no role, or no content",
            "both should be strings");
      }
    }
    return messages;
  }
}
