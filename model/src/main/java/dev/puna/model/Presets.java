package dev.puna.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.puna.formats.Config;
import dev.puna.program.Program;
import dev.puna.tensor.Nearest;
import dev.puna.tensor.PunaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * The published configurations of well-known models, for planning without a checkpoint: what
 * decides the architecture in their own config.json, in its own keys. A resource lists them, a
 * title with a colon before those that belong together; each is a resource of its own.
 */
public final class Presets {
  private Presets() {}

  private static final SequencedMap<String, List<String>> GROUPS = index();

  private static final SequencedSet<String> NAMES =
      Collections.unmodifiableSequencedSet(
          new LinkedHashSet<>(GROUPS.values().stream().flatMap(List::stream).toList()));

  private static SequencedMap<String, List<String>> index() {
    SequencedMap<String, List<String>> groups = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (String line : new String(resource("index.txt"), UTF_8).lines().toList()) {
      if (line.endsWith(":")) {
        names = new ArrayList<>();
        groups.put(line.substring(0, line.length() - 1), names);
      } else {
        names.add(line.strip());
      }
    }
    groups.replaceAll((title, members) -> List.copyOf(members));
    return Collections.unmodifiableSequencedMap(groups);
  }

  private static byte[] resource(String file) {
    try (InputStream in = Presets.class.getResourceAsStream("presets/" + file)) {
      if (in == null) {
        throw new IllegalStateException("the preset " + file + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static SequencedSet<String> names() {
    return NAMES;
  }

  /** The names under the titles of their groups. */
  public static SequencedMap<String, List<String>> groups() {
    return GROUPS;
  }

  /**
   * The configuration of a preset.
   *
   * @throws PunaException if there is none of that name; names the nearest
   */
  public static Config config(String name) {
    if (!NAMES.contains(name)) {
      throw new PunaException(
          "there is no preset " + name,
          "did you mean " + String.join(", ", Nearest.names(name, NAMES, 4)) + "?");
    }
    return Config.parse("preset " + name, resource(name + ".json"));
  }

  /**
   * The architecture of a preset.
   *
   * @throws PunaException if there is none of that name, or its family is not known
   */
  public static Spec spec(String name) {
    Config config = config(name);
    return Families.of(config).spec(config, Layout.HUGGING_FACE);
  }

  /**
   * The forward passes of a preset: the encoder's, if it has one, and the decoder's.
   *
   * @throws PunaException as for {@link #spec}
   */
  public static List<Program> programs(String name) {
    return Description.programs(Families.of(config(name)), spec(name));
  }

  /** The forward pass of a preset, as {@link Checkpoint#program}. */
  public static Program program(String name) {
    return programs(name).getLast();
  }
}
