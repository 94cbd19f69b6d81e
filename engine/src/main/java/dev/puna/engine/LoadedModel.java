package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's weights on a device, its programs ready to run there, and the state they share.
 * Closing frees all of it but the checkpoint.
 */
final class LoadedModel implements AutoCloseable {
  final Backend backend;
  final State state;
  final Executable executable;
  final Step step;

  /** The encoder's; null without one. */
  final @Nullable Executable sourceExecutable;

  final @Nullable Step sourceStep;

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /**
   * How much of it there is.
   *
   * @param limits of a step of the decoder, or of the only program
   * @param source limits of a step of the encoder, which reads a text in one
   * @param blocks of the state
   * @param places for what sequences keep as a whole
   */
  record Extent(Limits limits, Limits source, int blocks, int places) {}

  /** Loads a model onto a device of its own. */
  LoadedModel(Checkpoint checkpoint, Options options, Extent extent) {
    this(checkpoint, options, extent, null);
  }

  /**
   * @param shared a device that another model runs on, whose threads this one uses too; null for
   *     one of its own
   */
  LoadedModel(
      Checkpoint checkpoint, Options options, Extent extent, @Nullable Backend shared) {
    try {
      backend = shared != null ? shared : opened(Backends.choose(options.device()));
      if (shared == null) {
        backend.threads(options.threads());
      }
      backend.loading(options.loading());
      Limits limits = extent.limits();
      Weights weights = opened(backend.load(checkpoint, checkpoint.weights()));
      state =
          opened(
              backend.state(
                  Program.states(checkpoint.programs()),
                  options.kvType(checkpoint),
                  extent.blocks(),
                  limits.blockSize(),
                  extent.places()));
      executable = opened(backend.compile(checkpoint.program(), weights, limits));
      step = opened(new Step(limits));
      Program source = checkpoint.sourceProgram();
      sourceExecutable =
          source == null ? null : opened(backend.compile(source, weights, extent.source()));
      sourceStep = source == null ? null : opened(new Step(extent.source()));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <C extends AutoCloseable> C opened(C resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
