package dev.puna.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The peer: a GGUF model in llama.cpp's prebuilt library, called directly. bench/peers installs it.
 *
 * <p>Parameter structures are taken as opaque bytes with their defaults; only llama_batch, whose
 * fields are old and stable, is laid out here.
 */
public final class LlamaCpp implements AutoCloseable {
  /** More than any version of the parameter structures has. */
  static final MemoryLayout PARAMETERS =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(64, JAVA_LONG));

  static final MemoryLayout BATCH =
      MemoryLayout.structLayout(
          JAVA_INT.withName("n_tokens"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("token"),
          ADDRESS.withName("embd"),
          ADDRESS.withName("pos"),
          ADDRESS.withName("n_seq_id"),
          ADDRESS.withName("seq_id"),
          ADDRESS.withName("logits"));

  /** Tokens of the context that a default parameter structure asks for. */
  public static final int CONTEXT = 512;

  private static final Linker LINKER = Linker.nativeLinker();

  private final Arena arena = Arena.ofShared();
  private final SymbolLookup library;
  private final MemorySegment model;
  private final MemorySegment context;
  private final MemorySegment vocabulary;
  private final int size;

  private LlamaCpp(Path folder, Path file) {
    library = load(folder);
    Object parameters =
        call("llama_model_default_params", FunctionDescriptor.of(PARAMETERS), arena);
    model =
        (MemorySegment)
            call(
                "llama_model_load_from_file",
                FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS),
                arena.allocateFrom(file.toString()),
                parameters);
    if (model.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("llama.cpp does not load " + file);
    }
    Object defaults =
        call("llama_context_default_params", FunctionDescriptor.of(PARAMETERS), arena);
    context =
        (MemorySegment)
            call(
                "llama_init_from_model",
                FunctionDescriptor.of(ADDRESS, ADDRESS, PARAMETERS),
                model,
                defaults);
    vocabulary =
        (MemorySegment)
            call("llama_model_get_vocab", FunctionDescriptor.of(ADDRESS, ADDRESS), model);
    size = (int) call("llama_vocab_n_tokens", FunctionDescriptor.of(JAVA_INT, ADDRESS), vocabulary);
  }

  /** The library with its backends; it is never unloaded, as its threads may outlive a model. */
  static SymbolLookup load(Path folder) {
    SymbolLookup library = SymbolLookup.libraryLookup(named(folder, "libllama."), Arena.global());
    SymbolLookup ggml = SymbolLookup.libraryLookup(named(folder, "libggml."), Arena.global());
    FunctionDescriptor log = FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS);
    MethodHandle nothing = MethodHandles.empty(log.toMethodType());
    invoke(
        handle(library, "llama_log_set", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)),
        LINKER.upcallStub(nothing, log, Arena.global()),
        MemorySegment.NULL);
    invoke(
        handle(ggml, "ggml_backend_load_all_from_path", FunctionDescriptor.ofVoid(ADDRESS)),
        Arena.global().allocateFrom(folder.toString()));
    return library;
  }

  /**
   * Has llama.cpp quantize a file.
   *
   * @param fileType its {@code llama_ftype}
   */
  public static void quantize(Path folder, Path from, Path to, int fileType) {
    SymbolLookup library = load(folder);
    try (Arena call = Arena.ofConfined()) {
      SegmentAllocator allocator = call;
      MemorySegment parameters =
          (MemorySegment)
              invoke(
                  handle(
                      library,
                      "llama_model_quantize_default_params",
                      FunctionDescriptor.of(PARAMETERS)),
                  allocator);
      parameters.set(JAVA_INT, 4, fileType); // the second field, after the number of threads
      int status =
          (int)
              invoke(
                  handle(
                      library,
                      "llama_model_quantize",
                      FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS)),
                  call.allocateFrom(from.toString()),
                  call.allocateFrom(to.toString()),
                  parameters);
      if (status != 0) {
        throw new IllegalStateException("llama_model_quantize returned " + status);
      }
    }
  }

  /** The folder of the prebuilt libraries, if bench/peers has installed them. */
  public static Optional<Path> installed() {
    Path below = Path.of("bench", "peers", "node_modules", "@node-llama-cpp");
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve(below).resolve("linux-x64/bins/linux-x64");
      if (Files.isDirectory(folder)) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  /**
   * Loads a model.
   *
   * @param folder see {@link #installed}
   * @param threads they spin: no more than there are idle cores
   */
  public static LlamaCpp open(Path folder, Path file, int threads) {
    LlamaCpp opened = new LlamaCpp(folder, file);
    opened.call(
        "llama_set_n_threads",
        FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT),
        opened.context,
        threads,
        threads);
    return opened;
  }

  /** Logits after each of at most {@link #CONTEXT} tokens, [T][V]. */
  public float[][] logits(int... tokens) {
    forget();
    decode(tokens, 0);
    float[][] all = new float[tokens.length][];
    for (int t = 0; t < all.length; t++) {
      all[t] = logitsAt(t);
    }
    return all;
  }

  /** Logits after each of a decoder's tokens, the source read by its encoder, [T][V]. */
  public float[][] logits(int[] source, int[] tokens) {
    forget();
    pass("llama_encode", source, 0);
    decode(tokens, 0);
    float[][] all = new float[tokens.length][];
    for (int t = 0; t < all.length; t++) {
      all[t] = logitsAt(t);
    }
    return all;
  }

  /**
   * An encoder's rows, [T][D].
   *
   * @param width D
   */
  public float[][] rows(int width, int... tokens) {
    FunctionDescriptor set = FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN);
    call("llama_set_embeddings", set, context, true);
    pass("llama_encode", tokens, 0);
    FunctionDescriptor get = FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT);
    float[][] all = new float[tokens.length][];
    for (int t = 0; t < all.length; t++) {
      MemorySegment row = (MemorySegment) call("llama_get_embeddings_ith", get, context, t);
      all[t] = row.reinterpret(4L * width).toArray(JAVA_FLOAT);
    }
    return all;
  }

  /** The likeliest tokens after a prompt, one after the other. */
  public List<Integer> greedy(int[] prompt, int count) {
    forget();
    List<Integer> tokens = new ArrayList<>();
    int[] next = prompt;
    for (int position = 0; tokens.size() < count; position += next.length) {
      if (!tokens.isEmpty()) {
        next = new int[] {tokens.getLast()};
      }
      decode(next, position);
      tokens.add(likeliest(logitsAt(next.length - 1)));
    }
    return tokens;
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  /**
   * The ids of a text.
   *
   * @param special whether the names of special tokens stand for them
   */
  public int[] tokenize(String text, boolean special) {
    try (Arena call = Arena.ofConfined()) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment ids = call.allocate(JAVA_INT, utf8.length + 16L);
      int count =
          (int)
              call(
                  "llama_tokenize",
                  FunctionDescriptor.of(
                      JAVA_INT,
                      ADDRESS,
                      ADDRESS,
                      JAVA_INT,
                      ADDRESS,
                      JAVA_INT,
                      JAVA_BOOLEAN,
                      JAVA_BOOLEAN),
                  vocabulary,
                  call.allocateFrom(JAVA_BYTE, Arrays.copyOf(utf8, utf8.length + 1)),
                  utf8.length,
                  ids,
                  utf8.length + 16,
                  false,
                  special);
      return ids.asSlice(0, 4L * count).toArray(JAVA_INT);
    }
  }

  private void forget() {
    Object memory = call("llama_get_memory", FunctionDescriptor.of(ADDRESS, ADDRESS), context);
    call("llama_memory_clear", FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN), memory, true);
  }

  /** Feeds tokens at positions from {@code start} on, and asks for the logits of each. */
  private void decode(int[] tokens, int start) {
    pass("llama_decode", tokens, start);
  }

  private void pass(String function, int[] tokens, int start) {
    try (Arena call = Arena.ofConfined()) {
      int n = tokens.length;
      int[] positions = new int[n];
      int[] ones = new int[n];
      byte[] wanted = new byte[n];
      Arrays.setAll(positions, i -> start + i);
      Arrays.fill(ones, 1);
      Arrays.fill(wanted, (byte) 1);
      MemorySegment sequence = call.allocateFrom(JAVA_INT, 0);
      MemorySegment sequences = call.allocate(ADDRESS, n);
      for (int i = 0; i < n; i++) {
        sequences.setAtIndex(ADDRESS, i, sequence);
      }
      MemorySegment batch = call.allocate(BATCH);
      batch.set(JAVA_INT, 0, n);
      batch.set(ADDRESS, 8, call.allocateFrom(JAVA_INT, tokens));
      batch.set(ADDRESS, 24, call.allocateFrom(JAVA_INT, positions));
      batch.set(ADDRESS, 32, call.allocateFrom(JAVA_INT, ones));
      batch.set(ADDRESS, 40, sequences);
      batch.set(ADDRESS, 48, call.allocateFrom(JAVA_BYTE, wanted));
      int status =
          (int) call(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH), context, batch);
      if (status != 0) {
        throw new IllegalStateException(function + " returned " + status);
      }
    }
  }

  private float[] logitsAt(int index) {
    MemorySegment row =
        (MemorySegment)
            call(
                "llama_get_logits_ith",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT),
                context,
                index);
    return row.reinterpret(4L * size).toArray(JAVA_FLOAT);
  }

  static Path named(Path folder, String prefix) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(prefix))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(folder + " has no " + prefix + "*"));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
    return invoke(handle(library, name, descriptor), arguments);
  }

  static MethodHandle handle(SymbolLookup library, String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(library.findOrThrow(name), descriptor);
  }

  static Object invoke(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    call("llama_free", FunctionDescriptor.ofVoid(ADDRESS), context);
    call("llama_model_free", FunctionDescriptor.ofVoid(ADDRESS), model);
    arena.close();
  }
}
