package dev.puna.engine;

import com.sun.management.OperatingSystemMXBean;
import dev.puna.model.Checkpoint;
import dev.puna.model.Plan;
import dev.puna.model.Plan.Part;
import dev.puna.model.Quantity;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** How much memory there is, and whether a plan fits into it. */
public final class Memory {
  private Memory() {}

  /** Bytes that can be had without swapping: free, or held by caches that give way. */
  public static long available() {
    long available = meminfo().orElseGet(Memory::total);
    OptionalLong limit = number(Path.of("/sys/fs/cgroup/memory.max"));
    OptionalLong used = number(Path.of("/sys/fs/cgroup/memory.current"));
    if (limit.isPresent() && used.isPresent()) {
      // a container's share; its file cache counts as used but gives way, so this is cautious
      available = Math.min(available, Math.max(0, limit.getAsLong() - used.getAsLong()));
    }
    return available;
  }

  private static long total() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  private static OptionalLong meminfo() {
    try {
      return Files.readAllLines(Path.of("/proc/meminfo")).stream()
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty(); // not Linux
    }
  }

  private static OptionalLong number(Path file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // no such file, or "max"
    }
  }

  /**
   * Refuses what will not fit, with the numbers and with what would.
   *
   * @throws PunaException if the plan needs more than {@code available} bytes
   */
  static void require(
      Checkpoint checkpoint, int context, Options options, int rows, long available) {
    Plan plan = plan(checkpoint, context, options, rows);
    if (plan.total() <= available) {
      return;
    }
    throw new PunaException(
        "%s needs %s (weights %s, KV cache of %d tokens %s, activations %s) where %s are available"
            .formatted(
                checkpoint.path(),
                Quantity.bytes(plan.total()),
                Quantity.bytes(plan.bytes(Part.WEIGHTS)),
                (long) context * options.parallel(),
                Quantity.bytes(plan.bytes(Part.KV_CACHE)),
                Quantity.bytes(plan.bytes(Part.ACTIVATIONS)),
                Quantity.bytes(available)),
        whatWouldFit(checkpoint, context, options, rows, available) + "; --force loads it anyway");
  }

  private static Plan plan(Checkpoint checkpoint, int context, Options options, int rows) {
    return Plan.inference(
        checkpoint.programs(),
        checkpoint::type,
        context,
        options.parallel(),
        rows,
        options.kvType(checkpoint));
  }

  private static String whatWouldFit(
      Checkpoint checkpoint, int context, Options options, int rows, long available) {
    int shorter = context / 2;
    while (shorter >= 64) {
      if (plan(checkpoint, shorter, options, rows).total() <= available) {
        return "a context of " + shorter + " tokens (-c " + shorter + ") would fit";
      }
      shorter /= 2;
    }
    for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
      Plan smaller =
          Plan.inference(
              checkpoint.programs(),
              Plan.stored(type),
              64,
              1,
              Math.min(rows, 64),
              options.kvType(checkpoint));
      if (smaller.total() <= available) {
        return "its weights as " + type + " would fit (" + Quantity.bytes(smaller.total()) + ")";
      }
    }
    return "no type of weights makes it fit here: take a smaller model";
  }
}
