package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.formats.TensorFile;
import dev.puna.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the reader of one kind of checkpoint finds.
 *
 * @param file the tensors; null where only a configuration was given
 * @param names from stored to canonical names; null for those of the family
 * @param hasTokenizer whether there is one to read
 * @param tokenizer read when first asked for; throws if there is none
 * @param chatTemplates by name; see {@link ChatTemplates}
 * @param adapters put on the weights
 */
record Contents(
    Path path,
    Layout layout,
    Config config,
    @Nullable TensorFile file,
    @Nullable WeightNames names,
    boolean hasTokenizer,
    Supplier<Tokenizer> tokenizer,
    GenerationConfig generation,
    Supplier<SequencedMap<String, String>> chatTemplates,
    Adapters adapters) {
  Contents(
      Path path,
      Layout layout,
      Config config,
      @Nullable TensorFile file,
      @Nullable WeightNames names,
      boolean hasTokenizer,
      Supplier<Tokenizer> tokenizer,
      GenerationConfig generation,
      Supplier<SequencedMap<String, String>> chatTemplates) {
    this(
        path,
        layout,
        config,
        file,
        names,
        hasTokenizer,
        tokenizer,
        generation,
        chatTemplates,
        new Adapters(List.of(), Placing.BESIDE));
  }

  Contents with(Adapters others) {
    return new Contents(
        path,
        layout,
        config,
        file,
        names,
        hasTokenizer,
        tokenizer,
        generation,
        chatTemplates,
        others);
  }

  /** The same, whose tokenizer is read from now on, by a thread of its own. */
  Contents readingTokenizer() {
    if (!hasTokenizer) {
      return this;
    }
    FutureTask<Tokenizer> reading = new FutureTask<>(tokenizer::get);
    Thread.ofPlatform().daemon().name("puna-tokenizer").start(reading);
    return new Contents(
        path,
        layout,
        config,
        file,
        names,
        true,
        () -> read(reading),
        generation,
        chatTemplates,
        adapters);
  }

  private static Tokenizer read(FutureTask<Tokenizer> reading) {
    try {
      return reading.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a tokenizer was read", e);
    }
  }

  /** What is put on the weights. */
  record Adapters(List<Adapter> all, Placing placing) {}

  /** How adapters are put on weights. */
  enum Placing {
    /** Into the weights. */
    MERGED,
    /** All of them beside the weights' ops; into those that no op multiplies with. */
    BESIDE,
    /** Beside the weights' ops, where each sequence chooses one. */
    CHOSEN
  }
}
