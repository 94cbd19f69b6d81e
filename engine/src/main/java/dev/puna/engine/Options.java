package dev.puna.engine;

import dev.puna.model.Checkpoint;
import dev.puna.program.Loading;
import dev.puna.tensor.DType;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is set up.
 *
 * @param device "auto", or a backend's name: "cpu", "reference"
 * @param threads 0 lets the backend choose
 * @param context most tokens of a sequence, prompt and continuation together; 0 takes what the
 *     model was trained for
 * @param parallel most sequences at once
 * @param kvType how keys and values are kept; null takes half precision for a model that is
 *     quantized, whose weights are rounded far more, and single precision else
 * @param force whether to load what seems not to fit into memory
 * @param loading told how loading goes
 * @param scheduling how requests share the engine
 * @param speculation how tokens are guessed ahead
 * @param adapters folders of the adapters that requests may name
 */
public record Options(
    String device,
    int threads,
    int context,
    int parallel,
    @Nullable DType kvType,
    boolean force,
    Loading loading,
    Scheduling scheduling,
    Speculation speculation,
    Map<String, Path> adapters) {
  public Options {
    adapters = Collections.unmodifiableMap(new LinkedHashMap<>(adapters));
  }

  /** The preferred device, all cores, the model's context, one sequence. */
  public static Options defaults() {
    return new Options(
        "auto",
        0,
        0,
        1,
        null,
        false,
        Loading.SILENT,
        Scheduling.DEFAULT,
        Speculation.NONE,
        Map.of());
  }

  public Options device(String name) {
    return new Options(
        name,
        threads,
        context,
        parallel,
        kvType,
        force,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options threads(int count) {
    return new Options(
        device,
        count,
        context,
        parallel,
        kvType,
        force,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options context(int tokens) {
    return new Options(
        device,
        threads,
        tokens,
        parallel,
        kvType,
        force,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options parallel(int sequences) {
    return new Options(
        device,
        threads,
        context,
        sequences,
        kvType,
        force,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options kvType(DType type) {
    return new Options(
        device,
        threads,
        context,
        parallel,
        type,
        force,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options force(boolean yes) {
    return new Options(
        device,
        threads,
        context,
        parallel,
        kvType,
        yes,
        loading,
        scheduling,
        speculation,
        adapters);
  }

  public Options loading(Loading watcher) {
    return new Options(
        device,
        threads,
        context,
        parallel,
        kvType,
        force,
        watcher,
        scheduling,
        speculation,
        adapters);
  }

  public Options scheduling(Scheduling to) {
    return new Options(
        device, threads, context, parallel, kvType, force, loading, to, speculation, adapters);
  }

  public Options speculation(Speculation to) {
    return new Options(
        device, threads, context, parallel, kvType, force, loading, scheduling, to, adapters);
  }

  /** Lets requests name an adapter, a PEFT folder; several may be given. */
  public Options adapter(String name, Path folder) {
    Map<String, Path> all = new LinkedHashMap<>(adapters);
    all.put(name, folder);
    return new Options(
        device, threads, context, parallel, kvType, force, loading, scheduling, speculation, all);
  }

  /** How keys and values of a model are kept. */
  DType kvType(Checkpoint checkpoint) {
    if (kvType != null) {
      return kvType;
    }
    boolean quantized =
        checkpoint.weights().stream()
            .anyMatch(w -> w.rows() > 1 && checkpoint.type(w).blockSize() > 1);
    return quantized ? DType.F16 : DType.F32;
  }
}
