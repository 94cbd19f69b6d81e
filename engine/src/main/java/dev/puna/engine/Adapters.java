package dev.puna.engine;

import dev.puna.model.Adapter;
import dev.puna.model.Checkpoint;
import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The adapters that requests may name, open. */
final class Adapters implements AutoCloseable {
  static final Adapters NONE = new Adapters(List.of(), List.of());

  private final List<String> names;
  private final List<Adapter> adapters;

  private Adapters(List<String> names, List<Adapter> adapters) {
    this.names = names;
    this.adapters = adapters;
  }

  /**
   * @param folders by the names of the adapters
   * @throws PunaException if one cannot be read
   */
  static Adapters open(Map<String, Path> folders) {
    List<Adapter> opened = new ArrayList<>();
    Adapters adapters = new Adapters(List.copyOf(folders.keySet()), opened);
    try {
      folders.values().forEach(folder -> opened.add(Adapter.open(folder, 1)));
      return adapters;
    } catch (RuntimeException | Error e) {
      adapters.close();
      throw e;
    }
  }

  /** The checkpoint with the adapters to choose from; itself if there are none. */
  Checkpoint on(Checkpoint base) {
    return adapters.isEmpty() ? base : base.withSelectable(adapters);
  }

  /**
   * The number of an adapter, -1 for none.
   *
   * @throws PunaException if there is none of that name
   */
  int number(@Nullable String name) {
    if (name == null) {
      return -1;
    }
    int number = names.indexOf(name);
    if (number < 0) {
      throw new PunaException(
          "there is no adapter " + name,
          names.isEmpty() ? "open the engine with it (Options.adapter)" : "there are " + names);
    }
    return number;
  }

  @Override
  public void close() {
    adapters.forEach(Adapter::close);
  }
}
