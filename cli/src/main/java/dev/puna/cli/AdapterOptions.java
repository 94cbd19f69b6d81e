package dev.puna.cli;

import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which adapters are put on a model. */
final class AdapterOptions {
  @Option(
      names = "--lora",
      paramLabel = "DIR[=SCALE]",
      description = "A PEFT adapter (LoRA, rsLoRA, DoRA) and how much of it; several may be given.")
  private List<String> folders = new ArrayList<>();

  /** Adapters that are open. */
  static final class Opened implements AutoCloseable {
    private final List<Adapter> adapters = new ArrayList<>();

    /** The checkpoint with the adapters on it; itself if there are none. */
    Checkpoint on(Checkpoint base, boolean merged) {
      return adapters.isEmpty() ? base : base.withAdapters(adapters, merged);
    }

    @Override
    public void close() {
      adapters.forEach(Adapter::close);
    }
  }

  Opened open() {
    Opened opened = new Opened();
    try {
      for (String folder : folders) {
        int equals = folder.lastIndexOf('=');
        String path = equals < 0 ? folder : folder.substring(0, equals);
        float scale = equals < 0 ? 1 : scale(folder.substring(equals + 1));
        opened.adapters.add(Adapter.open(Path.of(path), scale));
      }
      return opened;
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  private static float scale(String text) {
    try {
      float scale = Float.parseFloat(text);
      if (Float.isFinite(scale)) {
        return scale;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new PunaException("--lora: " + text + " is no scale", "give a number, as in DIR=0.5");
  }
}
