package dev.puna.cpu.asm;

import java.util.ArrayList;
import java.util.List;

/** A place in the code that jumps lead to: bound once, before or after the jumps. */
public final class Label {
  static final int UNBOUND = -1;

  int position = UNBOUND;

  /** Where the distances of jumps are to be filled in. */
  final List<Integer> jumps = new ArrayList<>();
}
