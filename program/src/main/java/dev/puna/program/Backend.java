package dev.puna.program;

import dev.puna.tensor.DType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Something that runs programs. Found by {@link ServiceLoader}; the highest usable rank wins. */
public interface Backend extends AutoCloseable {
  /** The name by which a user asks for it: "cpu". */
  String name();

  /** Higher is preferred; negative only on request. */
  int rank();

  /** Why it cannot be used here, for the user to read; empty if it can. */
  Optional<String> unusable();

  /** Which of its kernels it runs here: a word or two. */
  default String kernels() {
    return name();
  }

  /** What it lost on this machine and so runs slower without, for the user to read, if anything. */
  default Optional<String> loss() {
    return Optional.empty();
  }

  /** Sets the number of threads; 0 lets the backend choose. Before the first {@link #compile}. */
  void threads(int threads);

  /** Sets whom to tell how loading goes. Before the first {@link #compile}. */
  default void loading(Loading watcher) {}

  /** Maps, repacks or uploads weights. */
  Weights load(Weights.Source source, List<Weight> wanted);

  /**
   * Memory for the state of sequences.
   *
   * @param layers what each layer keeps
   * @param type how keys and values are stored
   * @param blocks number of blocks
   * @param blockSize tokens in a block
   * @param places number of places for what sequences keep as a whole; see {@link Step#places}
   */
  State state(List<StateSpec> layers, DType type, int blocks, int blockSize, int places);

  /** Makes a program ready to run on these weights within these limits. */
  Executable compile(Program program, Weights weights, Limits limits);

  /** Stops the backend's threads; what it compiled must not run afterwards. */
  @Override
  void close();

  /** All backends on the path, the preferred one first. */
  static List<Backend> all() {
    return ServiceLoader.load(Backend.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparingInt(Backend::rank).reversed())
        .toList();
  }
}
