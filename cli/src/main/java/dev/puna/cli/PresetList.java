package dev.puna.cli;

import dev.puna.model.Presets;
import java.util.ArrayList;
import java.util.List;

/** The presets as lines of a help text: a title, then the names of its group. */
final class PresetList {
  private static final int COLUMNS = 80;
  private static final int INDENT = 18;

  private PresetList() {}

  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    Presets.groups()
        .forEach(
            (title, names) -> {
              StringBuilder line = new StringBuilder("  " + title);
              line.repeat(' ', Math.max(1, INDENT - line.length()));
              for (String name : names) {
                if (line.length() + name.length() >= COLUMNS) {
                  lines.add(line.toString().stripTrailing());
                  line = new StringBuilder(" ".repeat(INDENT));
                }
                line.append(name).append(' ');
              }
              lines.add(line.toString().stripTrailing());
            });
    return lines;
  }
}
