package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.OtherTensor;
import dev.puna.formats.QuantizedFile;
import dev.puna.formats.StoredTensor;
import dev.puna.formats.TensorFile;
import dev.puna.program.Program;
import dev.puna.program.Updates;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.TokenizerReader;
import dev.puna.tokenizer.chat.ChatTemplate;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model on disk: its architecture, its weights by canonical name, its tokenizer. Weights stay
 * mapped; closing unmaps them.
 */
public final class Checkpoint implements Weights.Source, AutoCloseable {
  private final Contents contents;
  private final Family family;
  private final Spec spec;
  private final Programs programs;
  private final List<Weight> weights;
  private final WeightNames names;
  private final Map<String, StoredTensor> kept;
  private final SequencedMap<String, StoredTensor> tensors;
  private final Arena arena = Arena.ofShared();
  private final Map<String, Tensor> made = new ConcurrentHashMap<>();
  private @Nullable Tokenizer tokenizer;

  Checkpoint(Contents contents) {
    this.contents = contents;
    family = Families.of(contents.config());
    Config complete =
        contents.file() == null
            ? contents.config()
            : family.completed(contents.config(), contents.file().tensors().keySet());
    spec = family.spec(complete, contents.layout());
    names =
        contents.names() == null ? family.weightNames(spec, contents.layout()) : contents.names();
    Programs base = Programs.record(family, spec, weight -> Updates.NONE);
    boolean own = contents.layout() == Layout.HUGGING_FACE;
    AdaptedWeights adapted = adapted(base, own);
    kept = contents.file() == null ? Map.of() : adapted.stored(contents.file().tensors(), own);
    tensors = names.place(contents.path().toString(), kept);
    adapted.beside(this::stored, base.weights());
    tensors.putAll(adapted.parts());
    boolean plain = contents.adapters().all().isEmpty();
    programs = plain ? base : Programs.record(family, spec, adapted::updates);
    weights = programs.weights();
    if (contents.file() != null) {
      weights.forEach(this::stored);
      refuseStrangers();
    }
  }

  /**
   * @param base the programs without adapters
   * @param own whether the checkpoint has the names that its adapters' base has
   */
  private AdaptedWeights adapted(Programs base, boolean own) {
    Contents.Adapters adapters = contents.adapters();
    boolean renamed = !own && !adapters.all().isEmpty();
    Function<Weight, int @Nullable []> order = weight -> null;
    if (renamed) {
      Spec trained = family.spec(new FamilyConfig(contents.config(), Layout.HUGGING_FACE));
      order = weight -> AdaptedWeights.order(trained, spec, weight);
    }
    return new AdaptedWeights(
        adapters.all(),
        adapters.placing(),
        renamed ? family.huggingFaceNames(spec) : names,
        base.all(),
        order);
  }

  /**
   * This checkpoint with adapters on it. It shares the mapping, and goes when this one is closed,
   * or an adapter.
   *
   * @param merged whether they are merged into the weights, rather than computed beside them
   * @throws PunaException if one does not fit
   */
  public Checkpoint withAdapters(List<Adapter> adapters, boolean merged) {
    return with(adapters, merged ? Contents.Placing.MERGED : Contents.Placing.BESIDE);
  }

  /**
   * This checkpoint with adapters to choose from: each sequence of a step names one of them by its
   * number in the list, or none ({@link dev.puna.program.Step#choose}), and gets what it would get
   * of that one alone. It shares the mapping, and goes when this one is closed, or an adapter.
   *
   * @throws PunaException if one does not fit, or updates what is not a linear op's weight, which
   *     rows have in common
   */
  public Checkpoint withSelectable(List<Adapter> adapters) {
    return with(adapters, Contents.Placing.CHOSEN);
  }

  private Checkpoint with(List<Adapter> adapters, Contents.Placing placing) {
    return new Checkpoint(contents.with(new Contents.Adapters(List.copyOf(adapters), placing)));
  }

  /** The adapters that sequences may choose from, by their numbers. */
  public List<Adapter> selectable() {
    Contents.Adapters adapters = contents.adapters();
    return adapters.placing() == Contents.Placing.CHOSEN ? adapters.all() : List.of();
  }

  /**
   * Opens a GGUF file (of a split one, any part), a directory of Hugging Face's or Meta's layout, a
   * config.json (no weights), or a llama2.c file.
   *
   * @param tokenizer a tokenizer's file, for checkpoints that carry none
   */
  public static Checkpoint open(Path path, @Nullable Path tokenizer) {
    return open(CheckpointReader.read(path, tokenizer));
  }

  /**
   * As {@link #open}, for whoever will need the tokenizer at once: it is read meanwhile. What is
   * wrong with it is still told only to who asks for it.
   */
  public static Checkpoint openWithTokenizer(Path path, @Nullable Path tokenizer) {
    return open(CheckpointReader.read(path, tokenizer).readingTokenizer());
  }

  private static Checkpoint open(Contents contents) {
    try {
      return new Checkpoint(contents);
    } catch (RuntimeException | Error e) {
      if (contents.file() != null) {
        contents.file().close();
      }
      throw e;
    }
  }

  /**
   * This checkpoint with fewer key and value heads, each the mean of several; see {@link
   * PooledKvHeads}. It shares the mapping, and goes when this one is closed.
   *
   * @throws PunaException if the heads cannot be put together in groups of equal size
   */
  public Checkpoint withKvHeads(int kvHeads) {
    TensorFile pooled = new PooledKvHeads(file(), names, PooledKvHeads.of(spec, path()), kvHeads);
    return new Checkpoint(
        new Contents(
            contents.path(),
            contents.layout(),
            contents.config().with("num_key_value_heads", kvHeads),
            pooled,
            contents.names(),
            contents.hasTokenizer(),
            contents.tokenizer(),
            contents.generation(),
            contents.chatTemplates()));
  }

  /**
   * A tokenizer without a model: tokenizer.model, llama2.c's tokenizer.bin, the vocabulary of a
   * GGUF file, or the one in a model's directory.
   */
  public static Tokenizer tokenizer(Path path) {
    return TokenizerReader.read(path);
  }

  /** A tensor without a place means that the architecture is not the one that was announced. */
  private void refuseStrangers() {
    Set<String> known = new HashSet<>();
    weights.forEach(w -> known.add(w.name()));
    known.add("output.weight"); // repeated by some checkpoints whose head is tied
    for (String stored : file().tensors().keySet()) {
      boolean placed = names.canonical(stored).stream().anyMatch(known::contains);
      if (!placed && !names.ignores(stored) && !addsNothing(stored)) {
        throw new PunaException(
            path() + ": tensor " + stored + " has no place in a model of family " + family.name(),
            "the configuration and the weights do not belong together, or the family has an option"
                + " that is not known here");
      }
    }
  }

  /** A bias of zeros, as quantizers give to layers that have none. */
  private boolean addsNothing(String stored) {
    StoredTensor tensor = file().tensors().get(stored);
    boolean quantized = file() instanceof QuantizedFile;
    if (!quantized || !stored.endsWith(".bias") || tensor == null || tensor.rows() > 1) {
      return false;
    }
    for (float number : tensor.matrix().toArray()) {
      if (number != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * The tensor of a weight, of exactly its shape: mapped, or where the file does not hold it as it
   * is needed, made when first asked for. Either is there until the checkpoint is closed.
   */
  @Override
  public Tensor tensor(Weight weight) {
    return made.computeIfAbsent(weight.name(), _ -> stored(weight).matrix(arena));
  }

  /**
   * As {@link #tensor(Weight)}, but what has to be made is made at every call, and freed with the
   * arena, a shared one: for whoever goes through all weights and needs each only once.
   */
  public Tensor tensor(Weight weight, Arena arena) {
    return stored(weight).matrix(arena);
  }

  /** The type that {@link #tensor} has, without making the tensor. */
  public DType type(Weight weight) {
    return stored(weight).type();
  }

  /** A weight as it is stored, its shape checked. */
  private StoredTensor stored(Weight weight) {
    StoredTensor stored = tensors.get(weight.name());
    if (stored == null) {
      throw missing(weight);
    }
    if (weight.rows() == 1
        && stored.elements() == weight.cols()
        && stored.type().blockSize() == 1) {
      return stored.shape().size() == 1 // a vector is one, however many dimensions it is stored in
          ? stored
          : new StoredTensor(
              stored.name(), stored.type(), List.of(stored.elements()), stored.content());
    }
    if (stored.rows() != weight.rows() || stored.columns() != weight.cols()) {
      throw new PunaException(
          "%s: tensor %s has shape %s where the configuration asks for [%d, %d]"
              .formatted(
                  file().path(), stored.name(), stored.shape(), weight.rows(), weight.cols()),
          "the configuration and the weights do not belong together");
    }
    return stored;
  }

  private PunaException missing(Weight weight) {
    String name = names.stored(weight.name());
    OtherTensor other = file().others().get(name);
    return other == null
        ? new PunaException(
            file().path() + ": tensor " + name + " is missing",
            "the file is incomplete, or its configuration is another model's")
        : new PunaException(
            "%s: tensor %s is of type %s, and config.json does not say how to read that"
                .formatted(file().path(), name, other.type()),
            "use an unquantized checkpoint, or a GGUF file");
  }

  /** What the file holds of the model, by its own names, with adapters that are merged. */
  Map<String, StoredTensor> kept() {
    Map<String, StoredTensor> needed = new LinkedHashMap<>(kept);
    needed.keySet().removeIf(names::ignores);
    return needed;
  }

  /** Its tensors by canonical name, in the order of the file. */
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  /** Whether there are weights, not only a configuration. */
  public boolean hasWeights() {
    return contents.file() != null;
  }

  private TensorFile file() {
    if (contents.file() == null) {
      throw new PunaException(
          path() + " has no weights", "a .safetensors file should lie beside config.json");
    }
    return contents.file();
  }

  public Path path() {
    return contents.path();
  }

  public Layout layout() {
    return contents.layout();
  }

  public Config config() {
    return contents.config();
  }

  public Family family() {
    return family;
  }

  public Spec spec() {
    return spec;
  }

  /** Tokens to {@link Decoder#LOGITS}. */
  public Program program() {
    return programs.own();
  }

  /** The source's tokens to what the decoder attends to; null without an encoder. */
  public @Nullable Program sourceProgram() {
    return programs.source();
  }

  /** Its programs: the encoder's, if there is one, and the decoder's. */
  public List<Program> programs() {
    return programs.all();
  }

  /** What all its programs read. */
  public List<Weight> weights() {
    return weights;
  }

  public GenerationConfig generation() {
    return contents.generation();
  }

  /**
   * The tokenizer, read when first asked for.
   *
   * @throws PunaException if the checkpoint has none
   */
  public synchronized Tokenizer tokenizer() {
    if (tokenizer == null) {
      tokenizer = contents.tokenizer().get();
    }
    return tokenizer;
  }

  /** Whether there is a tokenizer; without one, prompts are token ids and there is no text. */
  public boolean hasTokenizer() {
    return contents.hasTokenizer();
  }

  /**
   * The chat template that the checkpoint carries.
   *
   * @param tools whether tools will be described: some checkpoints have another template for that
   */
  Optional<ChatTemplate> ownChatTemplate(boolean tools) {
    return ChatTemplates.choose(path().toString(), chatTemplates(), tools);
  }

  /** The chat template that a model's folder or GGUF file carries, without opening the model. */
  public static Optional<ChatTemplate> chatTemplate(Path path, boolean tools) {
    return ChatTemplates.choose(path.toString(), ChatTemplates.in(path), tools);
  }

  /** The sources of all its chat templates, by name. */
  Map<String, String> chatTemplates() {
    return contents.chatTemplates().get();
  }

  /** What the model expects around a text. */
  public Conventions conventions() {
    return new Conventions(this);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
    if (contents.file() != null) {
      contents.file().close();
    }
  }
}
