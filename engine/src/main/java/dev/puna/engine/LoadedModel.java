package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.model.Decoder;
import dev.puna.model.Spec;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.Step;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's weights on a device, its programs ready to run there, and the state they share.
 * Closing frees all of it but the checkpoint.
 */
final class LoadedModel implements AutoCloseable {
  final Checkpoint checkpoint;
  final Backend backend;
  final State state;
  final Executable executable;
  final Step step;

  /** How keys and values are kept. */
  final DType kvType;

  /** The encoder's; null without one. */
  final @Nullable Executable sourceExecutable;

  final @Nullable Step sourceStep;

  private final Weights weights;
  private final Limits limits;
  private @Nullable Head head;
  private @Nullable LastRows lastRows;
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

  /** Loads a model onto a device of its own, with room for just what a step can hold. */
  LoadedModel(Checkpoint checkpoint, Options options, Limits limits, Limits source) {
    this(checkpoint, options, new Extent(limits, source, limits.blocks(), 2 * limits.sequences()));
  }

  /** Loads a model onto a device of its own. */
  LoadedModel(Checkpoint checkpoint, Options options, Extent extent) {
    this(checkpoint, options, extent, null);
  }

  /**
   * @param shared a device that another model runs on, whose threads this one uses too; null for
   *     one of its own
   */
  LoadedModel(Checkpoint checkpoint, Options options, Extent extent, @Nullable Backend shared) {
    this.checkpoint = checkpoint;
    limits = extent.limits();
    kvType = options.kvType(checkpoint);
    try {
      backend = shared != null ? shared : opened(Backends.choose(options.device()));
      if (shared == null) {
        backend.threads(options.threads());
      }
      backend.loading(options.loading());
      weights = opened(backend.load(checkpoint, checkpoint.weights()));
      state =
          opened(
              backend.state(
                  Program.states(checkpoint.programs()),
                  kvType,
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

  /**
   * The head by itself, made when first asked for, of the weights that are there.
   *
   * @throws dev.puna.tensor.PunaException if the model has none
   */
  Head head() {
    if (head == null) {
      Program behind = Head.program(checkpoint);
      head = opened(new Head(checkpoint.spec(), behind, p -> compile(p, Head.LIMITS)));
    }
    return head;
  }

  /** What computes a text's last rows, made when first asked for, of the weights that are there. */
  LastRows lastRows() {
    if (lastRows == null) {
      Spec spec = checkpoint.spec();
      if (spec.head() instanceof Spec.Pooled) {
        lastRows = new LastRows(executable, step, Decoder.HIDDEN, false);
      } else if (sourceExecutable != null && sourceStep != null) {
        lastRows = new LastRows(sourceExecutable, sourceStep, Decoder.HIDDEN, false);
      } else {
        Program program = checkpoint.program();
        String name = Decoder.lastRows(spec);
        Limits all =
            new Limits(
                limits.rows(),
                limits.rows(),
                limits.sequences(),
                limits.blocks(),
                limits.blockSize());
        Executable front = opened(compile(program.until(program.value(name)), all));
        lastRows = new LastRows(front, opened(new Step(all)), name, true);
      }
    }
    return lastRows;
  }

  private Executable compile(Program program, Limits most) {
    return backend.compile(program, weights, most);
  }

  /**
   * A program whose result is the last rows of texts.
   *
   * @param name of the result
   * @param selects whether it has the rows of which results are wanted, rather than all
   */
  record LastRows(Executable executable, Step step, String name, boolean selects) {}

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
