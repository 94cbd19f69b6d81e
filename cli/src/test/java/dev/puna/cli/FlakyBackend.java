package dev.puna.cli;

import dev.puna.cpu.CpuBackend;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Loading;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.program.Step;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The CPU, but for a step in a hundred, which fails. */
public final class FlakyBackend implements Backend {
  private final Backend cpu = new CpuBackend();
  private final Random random = new Random(1);

  @Override
  public String name() {
    return "flaky";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Optional<String> unusable() {
    return cpu.unusable();
  }

  @Override
  public void threads(int threads) {
    cpu.threads(threads);
  }

  @Override
  public void loading(Loading watcher) {
    cpu.loading(watcher);
  }

  @Override
  public Weights load(Weights.Source source, List<Weight> wanted) {
    return cpu.load(source, wanted);
  }

  @Override
  public State state(List<StateSpec> layers, DType type, int blocks, int blockSize, int places) {
    return cpu.state(layers, type, blocks, blockSize, places);
  }

  @Override
  public Executable compile(Program program, Weights weights, Limits limits) {
    Executable executable = cpu.compile(program, weights, limits);
    return new Executable() {
      @Override
      public void give(String name, float[] rows) {
        executable.give(name, rows);
      }

      @Override
      public void run(Step step, State state) {
        if (random.nextInt(100) == 0) {
          throw new dev.puna.tensor.PunaException("a step failed", "that is what it is for");
        }
        executable.run(step, state);
      }

      @Override
      public MemorySegment result(String name) {
        return executable.result(name);
      }

      @Override
      public void trace(Step step, State state, Trace trace) {
        executable.trace(step, state, trace);
      }

      @Override
      public void close() {
        executable.close();
      }
    };
  }

  @Override
  public void close() {
    cpu.close();
  }
}
