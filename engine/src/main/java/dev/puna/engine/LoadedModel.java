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
   * @param limits of a step of the decoder, or of the only program
   * @param sourceLimits of a step of the encoder, which reads a text in one
   */
  LoadedModel(Checkpoint checkpoint, Options options, Limits limits, Limits sourceLimits) {
    try {
      backend = opened(Backends.choose(options.device()));
      backend.threads(options.threads());
      backend.loading(options.loading());
      Weights weights = opened(backend.load(checkpoint, checkpoint.weights()));
      state =
          opened(
              backend.state(
                  Program.states(checkpoint.programs()),
                  options.kvType(checkpoint),
                  limits.blocks(),
                  limits.blockSize(),
                  2 * limits.sequences()));
      executable = opened(backend.compile(checkpoint.program(), weights, limits));
      step = opened(new Step(limits));
      Program source = checkpoint.sourceProgram();
      sourceExecutable =
          source == null ? null : opened(backend.compile(source, weights, sourceLimits));
      sourceStep = source == null ? null : opened(new Step(sourceLimits));
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
