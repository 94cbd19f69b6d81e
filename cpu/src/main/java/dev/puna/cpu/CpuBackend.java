package dev.puna.cpu;

import dev.puna.cpu.kernels.Isa;
import dev.puna.program.Backend;
import dev.puna.program.Executable;
import dev.puna.program.Limits;
import dev.puna.program.Loading;
import dev.puna.program.MissingModule;
import dev.puna.program.Program;
import dev.puna.program.State;
import dev.puna.program.StateSpec;
import dev.puna.program.Weight;
import dev.puna.program.Weights;
import dev.puna.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The CPU: a thread team and kernels, assembled where the machine allows it and by the Vector API
 * elsewhere: see {@link VectorApi}.
 */
public final class CpuBackend implements Backend {
  /** Bytes of weights that are worth a thread: a step's share of them takes as long as to meet. */
  private static final long SHARE = 1 << 20;

  private int threads; // 0: as the model needs
  private Loading loading = Loading.SILENT;
  private @Nullable ThreadTeam team;

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Optional<String> unusable() {
    return Optional.empty();
  }

  @Override
  public String kernels() {
    return Isa.chosen();
  }

  @Override
  public Optional<String> loss() {
    return Optional.ofNullable(Isa.loss());
  }

  @Override
  public synchronized void threads(int count) {
    if (count < 0) {
      throw new IllegalArgumentException(count + " threads");
    }
    if (team != null) {
      throw new IllegalStateException("the number of threads is set before a program is compiled");
    }
    threads = count;
  }

  @Override
  public synchronized void loading(Loading watcher) {
    loading = watcher;
  }

  @Override
  public Weights load(Weights.Source source, List<Weight> wanted) {
    return new CpuWeights(source, wanted);
  }

  @Override
  public State state(List<StateSpec> layers, DType type, int blocks, int blockSize, int places) {
    return new CpuState(layers, type, blocks, blockSize, places);
  }

  @Override
  public synchronized Executable compile(Program program, Weights weights, Limits limits) {
    CpuWeights loaded = (CpuWeights) weights;
    if (!VectorApi.present()) {
      VectorApi.use(program, weight -> loaded.tensor(weight).type())
          .ifPresent(
              what -> {
                throw new MissingModule(VectorApi.MODULE, what);
              });
    }
    if (team == null) {
      team = new ThreadTeam(threads == 0 ? workers(loaded.storedBytes()) : threads);
    }
    loaded.pack(program, team, loading);
    return new CpuExecutable(program, loaded, limits, team);
  }

  /** As many as there are processors, fewer for a model so small that they would mostly wait. */
  static int workers(long weightBytes) {
    long most = Runtime.getRuntime().availableProcessors();
    return (int) Math.clamp(weightBytes / SHARE, 1, most);
  }

  @Override
  public synchronized void close() {
    if (team != null) {
      team.close();
    }
  }
}
