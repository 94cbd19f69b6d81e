package dev.puna.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model in llama.cpp set up as its own llama-bench sets it up, for measuring: all parameters are
 * the library's defaults (weights mapped and repacked where it likes, keys and values in F16, flash
 * attention as it chooses, a cache of its own for each sequence) but those of {@link Settings}, and
 * a team of threads lives as long as the model.
 *
 * <p>A token costs one call through java.lang.foreign, some tens of nanoseconds.
 */
final class LlamaCppSession implements AutoCloseable {
  /** Most tokens of a call, and of one pass within it. */
  static final int BATCH = 512;

  /**
   * @param context tokens of each sequence
   */
  record Settings(int threads, int context, int sequences) {}

  private final Arena arena = Arena.ofShared();
  private final SymbolLookup library;
  private final Path folder;
  private final MemorySegment model;
  private final MemorySegment context;
  private final MemorySegment team;
  private final MemorySegment memory;
  private final int vocabulary;

  private final MethodHandle decode;
  private final MethodHandle synchronize;
  private final MethodHandle logits;

  private final MemorySegment batch = arena.allocate(LlamaCpp.BATCH);
  private final MemorySegment tokens = arena.allocate(JAVA_INT, BATCH);
  private final MemorySegment positions = arena.allocate(JAVA_INT, BATCH);
  private final MemorySegment sequence = arena.allocate(JAVA_INT, BATCH);
  private final MemorySegment wanted = arena.allocate(JAVA_BYTE, BATCH);
  private int count;

  /**
   * Loads a model.
   *
   * @param folder see {@link LlamaCpp#installed}
   */
  LlamaCppSession(Path folder, Path file, Settings settings) {
    this.folder = folder;
    library = LlamaCpp.load(folder);
    model = load(file);
    context = open(settings);
    team = attachTeam(settings.threads);
    memory = address("llama_get_memory", context);
    FunctionDescriptor one = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    vocabulary = (int) call("llama_vocab_n_tokens", one, address("llama_model_get_vocab", model));
    decode = handle("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, LlamaCpp.BATCH));
    synchronize = handle("llama_synchronize", FunctionDescriptor.ofVoid(ADDRESS));
    logits = handle("llama_get_logits_ith", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    layBatch();
  }

  private MemorySegment load(Path file) {
    FunctionDescriptor load = FunctionDescriptor.of(ADDRESS, ADDRESS, LlamaCpp.PARAMETERS);
    Object defaults =
        call("llama_model_default_params", FunctionDescriptor.of(LlamaCpp.PARAMETERS), arena);
    MemorySegment name = arena.allocateFrom(file.toString());
    MemorySegment loaded = (MemorySegment) call("llama_model_load_from_file", load, name, defaults);
    if (loaded.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("llama.cpp does not load " + file);
    }
    return loaded;
  }

  private MemorySegment open(Settings settings) {
    MemorySegment parameters =
        (MemorySegment)
            call("llama_context_default_params", FunctionDescriptor.of(LlamaCpp.PARAMETERS), arena);
    // a batch is never larger than the cache, which is rounded up to 256 anyway
    int cache = Math.max(BATCH, Math.ceilDiv(settings.context, 256) * 256 * settings.sequences);
    int[] first = {cache, BATCH, BATCH, settings.sequences};
    MemorySegment.copy(first, 0, parameters, JAVA_INT, 0, first.length);
    FunctionDescriptor init = FunctionDescriptor.of(ADDRESS, ADDRESS, LlamaCpp.PARAMETERS);
    MemorySegment opened = (MemorySegment) call("llama_init_from_model", init, model, parameters);
    if (opened.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("llama.cpp makes no context of " + settings);
    }
    // the structure's first fields are taken from its header: the library says what it understood
    List<String> names =
        List.of("llama_n_ctx", "llama_n_batch", "llama_n_ubatch", "llama_n_seq_max");
    FunctionDescriptor get = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    for (int i = 0; i < names.size(); i++) {
      int understood = (int) call(names.get(i), get, opened);
      if (understood != first[i]) {
        throw new IllegalStateException(
            names.get(i) + " is " + understood + " instead of " + first[i]);
      }
    }
    FunctionDescriptor set = FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT);
    call("llama_set_n_threads", set, opened, settings.threads, settings.threads);
    return opened;
  }

  /** Threads that stay; by default the library starts new ones for each pass. */
  private MemorySegment attachTeam(int threads) {
    SymbolLookup base = lookup("libggml-base.");
    SymbolLookup cpu = SymbolLookup.libraryLookup(folder.resolve(backend()), Arena.global());
    MemorySegment parameters = arena.allocate(1 << 12, 16); // more than the structure has
    LlamaCpp.invoke(
        LlamaCpp.handle(
            base, "ggml_threadpool_params_init", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT)),
        parameters,
        threads);
    MemorySegment made =
        (MemorySegment)
            LlamaCpp.invoke(
                LlamaCpp.handle(
                    cpu, "ggml_threadpool_new", FunctionDescriptor.of(ADDRESS, ADDRESS)),
                parameters);
    FunctionDescriptor attach = FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS);
    call("llama_attach_threadpool", attach, context, made, MemorySegment.NULL);
    return made;
  }

  private void layBatch() {
    MemorySegment ones = arena.allocate(JAVA_INT, BATCH);
    MemorySegment sequences = arena.allocate(ADDRESS, BATCH);
    for (int i = 0; i < BATCH; i++) {
      ones.setAtIndex(JAVA_INT, i, 1);
      sequences.setAtIndex(ADDRESS, i, sequence.asSlice(4L * i, 4));
    }
    batch.set(ADDRESS, 8, tokens);
    batch.set(ADDRESS, 24, positions);
    batch.set(ADDRESS, 32, ones);
    batch.set(ADDRESS, 40, sequences);
    batch.set(ADDRESS, 48, wanted);
  }

  /** Tokens of the vocabulary. */
  int vocabulary() {
    return vocabulary;
  }

  /** The library of kernels that was chosen for this processor, as the system has it mapped. */
  String backend() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains("/libggml-cpu-"))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no CPU backend is loaded"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Forgets all sequences. */
  void forget() {
    call("llama_memory_clear", FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN), memory, true);
  }

  /** Adds a token to the next pass, of at most {@link #BATCH}. */
  void add(int token, int position, int ofSequence, boolean logitsWanted) {
    tokens.setAtIndex(JAVA_INT, count, token);
    positions.setAtIndex(JAVA_INT, count, position);
    sequence.setAtIndex(JAVA_INT, count, ofSequence);
    wanted.set(JAVA_BYTE, count, (byte) (logitsWanted ? 1 : 0));
    count++;
  }

  boolean full() {
    return count == BATCH;
  }

  /** Runs what was added, if anything, and waits for its end. */
  void run() {
    if (count == 0) {
      return;
    }
    batch.set(JAVA_INT, 0, count);
    count = 0;
    try {
      int status = (int) decode.invokeExact(context, batch);
      if (status != 0) {
        throw new IllegalStateException("llama_decode returned " + status);
      }
      synchronize.invokeExact(context);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The logits of a token of the last pass, by its place there, [V]. */
  float[] logits(int place) {
    MemorySegment row = (MemorySegment) LlamaCpp.invoke(logits, context, place);
    return row.reinterpret(4L * vocabulary).toArray(JAVA_FLOAT);
  }

  private SymbolLookup lookup(String prefix) {
    return SymbolLookup.libraryLookup(LlamaCpp.named(folder, prefix), Arena.global());
  }

  private MemorySegment address(String function, MemorySegment of) {
    return (MemorySegment) call(function, FunctionDescriptor.of(ADDRESS, ADDRESS), of);
  }

  private MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return LlamaCpp.handle(library, name, descriptor);
  }

  private Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
    return LlamaCpp.invoke(handle(name, descriptor), arguments);
  }

  @Override
  public void close() {
    call("llama_free", FunctionDescriptor.ofVoid(ADDRESS), context);
    call("llama_model_free", FunctionDescriptor.ofVoid(ADDRESS), model);
    LlamaCpp.invoke(
        LlamaCpp.handle(
            SymbolLookup.libraryLookup(folder.resolve(backend()), Arena.global()),
            "ggml_threadpool_free",
            FunctionDescriptor.ofVoid(ADDRESS)),
        team);
    arena.close();
  }
}
