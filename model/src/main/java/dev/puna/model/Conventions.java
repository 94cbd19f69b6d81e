package dev.puna.model;

import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.chat.BuiltInTemplates;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/**
 * What a model expects around a text: what the checkpoint says, and otherwise what is known of its
 * family.
 */
public final class Conventions {
  private final Checkpoint checkpoint;
  private final Optional<ChatForm> form;

  Conventions(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
    form =
        checkpoint.hasTokenizer()
            ? checkpoint.family().chats(checkpoint.config()).stream()
                .filter(f -> f.marks().stream().allMatch(mark -> id(mark).isPresent()))
                .findFirst()
            : Optional.empty();
  }

  /** The id of a special token by its name. */
  private OptionalInt id(String name) {
    int[] ids = checkpoint.tokenizer().encodeSpecial(name);
    boolean one = ids.length == 1 && checkpoint.tokenizer().piece(ids[0]).equals(name);
    return one ? OptionalInt.of(ids[0]) : OptionalInt.empty();
  }

  /**
   * The chat template: the checkpoint's own, or that of its family's instruct models.
   *
   * @param tools whether tools will be described: some checkpoints have another template for that
   */
  public Optional<ChatTemplate> chatTemplate(boolean tools) {
    return checkpoint
        .ownChatTemplate(tools)
        .or(() -> form.map(f -> BuiltInTemplates.of(f.template())));
  }

  /**
   * The tokens that end a text: the checkpoint's word, or else its tokenizer's; and the family's.
   */
  public SequencedSet<Integer> stops() {
    SequencedSet<Integer> stops = new LinkedHashSet<>(checkpoint.generation().stops());
    if (checkpoint.hasTokenizer()) {
      if (stops.isEmpty()) {
        checkpoint.tokenizer().special().eos().ifPresent(stops::add);
      }
      form.ifPresent(f -> f.stops().forEach(name -> id(name).ifPresent(stops::add)));
    }
    return stops;
  }

  /** How to draw: what the checkpoint recommends, or else its family's authors. */
  public GenerationConfig generation() {
    GenerationConfig own = checkpoint.generation();
    boolean silent = own.temperature().isEmpty() && own.topP().isEmpty();
    return silent && form.isPresent() && form.get().temperature() > 0
        ? own.drawing(form.get().temperature(), form.get().topP())
        : own;
  }

  /** A text as the model reads it, with the tokens that it wants around one. */
  public int[] encode(String text) {
    Tokenizer tokenizer = checkpoint.tokenizer();
    return IntStream.concat(
            start().stream().mapToInt(Integer::intValue),
            IntStream.concat(
                Arrays.stream(tokenizer.encode(text)), end().stream().mapToInt(Integer::intValue)))
        .toArray();
  }

  /** The tokens that a text begins with: the beginning-of-text token, if the model wants one. */
  public List<Integer> start() {
    Tokenizer t = checkpoint.tokenizer();
    List<Integer> start = new ArrayList<>();
    Arrays.stream(t.encodeSpecial(checkpoint.family().opening())).forEach(start::add);
    if (start.isEmpty() && t.special().addBos()) {
      t.special().bos().ifPresent(start::add);
    }
    return start;
  }

  /**
   * The tokens that a text ends with: a blank to fill, or of an encoder's text the end-of-text
   * token, if the model wants one.
   */
  public List<Integer> end() {
    Spec spec = checkpoint.spec();
    if (spec.reading() instanceof Reading.BlankFilling filling) {
      return List.of(filling.endMask(), filling.start());
    }
    boolean encoded = spec.source() != null || spec.head() instanceof Spec.Pooled;
    OptionalInt eos = checkpoint.tokenizer().special().eos();
    return encoded && checkpoint.tokenizer().special().addEos() && eos.isPresent()
        ? List.of(eos.getAsInt())
        : List.of();
  }
}
