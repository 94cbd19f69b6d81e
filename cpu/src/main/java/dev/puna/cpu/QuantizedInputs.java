package dev.puna.cpu;

import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.cpu.kernels.QuantizedRows;
import dev.puna.program.Op;
import dev.puna.program.Regions.Divided;
import dev.puna.program.Regions.Region;
import dev.puna.program.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * What a region's products with packed weights read: each value once, however many weights it is
 * multiplied with. All lie in one stretch of memory, which serves region after region.
 */
final class QuantizedInputs {
  /**
   * A value, quantized for layouts that agree on its form.
   *
   * @param layout whose seeds go along
   * @param offset where it lies in the memory
   */
  record Input(Value x, PanelLayout layout, long offset) {}

  private final List<Input> inputs = new ArrayList<>();
  private long bytes;

  /**
   * @param tokens rows of values that have one for each token
   * @param outputs rows of those that have one for each output
   */
  QuantizedInputs(Region region, CpuWeights weights, int tokens, int outputs) {
    for (Divided d : region.ops()) {
      if (!(d.op() instanceof Op.Linear linear)) {
        continue;
      }
      Panels panels = weights.panels(linear.weight());
      if (panels != null) {
        PanelLayout layout = form(panels.layout());
        if (inputs.stream().noneMatch(i -> i.x().equals(linear.x()) && i.layout() == layout)) {
          inputs.add(new Input(linear.x(), layout, bytes));
          long rows = linear.x().rows(tokens, outputs);
          bytes += (rows * QuantizedRows.rowBytes(linear.x().cols()) + 63) & -64L;
        }
      }
    }
  }

  /** Where there is no zero to take off, any seeds do; quants of five bits have them in common. */
  private static PanelLayout form(PanelLayout layout) {
    if (layout.fiveBits()) {
      return PanelLayout.Q5_K;
    }
    return layout.zero() == 0 ? PanelLayout.Q6_K : layout;
  }

  List<Input> all() {
    return inputs;
  }

  /** What a product reads. */
  Input of(Op.Linear linear, PanelLayout layout) {
    return inputs.stream()
        .filter(i -> i.x().equals(linear.x()) && i.layout() == form(layout))
        .findFirst()
        .orElseThrow();
  }

  long bytes() {
    return bytes;
  }
}
