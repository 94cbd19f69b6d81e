package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.MachineCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The assembled product of a layout's panels with rows of activations: kernels for 1 to 4 rows at a
 * time, or up to 12 with AVX-512, made when they are first needed.
 */
public final class PanelProduct {
  /** Bytes that a worker provides for arguments. */
  public static final int ARGUMENTS = PanelKernel.BYTES;

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final int[] TILES = {12, 8, 6, 4, 3, 2, 1};

  private static final @Nullable PanelProduct[] BY_LAYOUT =
      new PanelProduct[PanelLayout.values().length];

  private final PanelLayout layout;
  private final Isa isa;
  private final MachineCode quantize;
  private final @Nullable MachineCode[] byRows = new MachineCode[TILES[0] + 1];

  private PanelProduct(PanelLayout layout, Isa isa) throws MachineCode.Refused {
    this.layout = layout;
    this.isa = isa;
    quantize = MachineCode.of(QuantizeKernel.assemble(layout, isa));
  }

  /** The kernels of a layout; null if this machine runs none. */
  public static synchronized @Nullable PanelProduct of(PanelLayout layout) {
    Isa best = Isa.best();
    PanelProduct known = BY_LAYOUT[layout.ordinal()];
    if (known != null || best == null) {
      return known;
    }
    try {
      PanelProduct made = new PanelProduct(layout, isa(best));
      BY_LAYOUT[layout.ordinal()] = made;
      return made;
    } catch (MachineCode.Refused e) {
      return null;
    }
  }

  /** Products of bytes by AVX-512 need its VNNI; without, AVX2 has what it takes. */
  private static Isa isa(Isa best) {
    return best.bits() == 512 && best.vnni() == Isa.Vnni.NONE
        ? new Isa(256, Isa.Vnni.NONE, false)
        : best;
  }

  /** Whether Q8_0's quants are kept unsigned, 128 too large. */
  public static boolean unsigned() {
    Isa best = Isa.best();
    return best != null && isa(best).vnni() != Isa.Vnni.NONE;
  }

  /**
   * Quantizes a row of activations.
   *
   * @param arguments address of {@link #ARGUMENTS} bytes
   * @param x address of {@code cols} numbers
   * @param out address of {@link QuantizedRows#rowBytes} bytes
   */
  public void quantize(long arguments, long x, long out, int cols) {
    set(arguments, QuantizeKernel.X, x);
    set(arguments, QuantizeKernel.OUT, out);
    set(arguments, QuantizeKernel.BLOCKS, cols / QuantizedRows.COLUMNS);
    quantize.run(arguments);
  }

  /**
   * Outputs of whole panels for some rows of activations.
   *
   * @param arguments address of {@link #ARGUMENTS} bytes
   * @param panel address of the first panel
   * @param cols columns of the weights
   * @param panels how many panels
   * @param x address of the first row of quantized activations
   * @param rows of activations
   * @param out address of the first row's first output
   * @param outStride bytes between rows of outputs
   * @param bias address of the first panel's biases, or 0
   */
  public void run(
      long arguments,
      long panel,
      int cols,
      int panels,
      long x,
      int rows,
      long out,
      long outStride,
      long bias) {
    long xStride = QuantizedRows.rowBytes(cols);
    set(arguments, PanelKernel.PANEL_BYTES, layout.panelBytes(cols));
    set(arguments, PanelKernel.HEADS_BYTES, layout.headsBytes(cols));
    set(arguments, PanelKernel.BLOCKS, cols / layout.columns());
    set(arguments, PanelKernel.X_STRIDE, xStride);
    set(arguments, PanelKernel.OUT_STRIDE, outStride);
    int done = 0;
    for (int tile : TILES) {
      int tiles = tile > PanelKernel.mostRows(isa) ? 0 : (rows - done) / tile;
      if (tiles == 0) {
        continue;
      }
      set(arguments, PanelKernel.PANEL, panel);
      set(arguments, PanelKernel.PANELS, panels);
      set(arguments, PanelKernel.TILES, tiles);
      set(arguments, PanelKernel.X, x + xStride * done);
      set(arguments, PanelKernel.OUT, out + outStride * done);
      set(arguments, PanelKernel.BIAS, bias);
      kernel(tile).run(arguments);
      done += tiles * tile;
    }
  }

  private MachineCode kernel(int rows) {
    MachineCode known = byRows[rows];
    return known != null ? known : assemble(rows);
  }

  private synchronized MachineCode assemble(int rows) {
    MachineCode made = byRows[rows];
    if (made == null) {
      try {
        made = MachineCode.of(PanelKernels.of(layout, isa, rows).assemble());
      } catch (MachineCode.Refused e) {
        throw new IllegalStateException(e); // the layout's first kernel was not refused
      }
      byRows[rows] = made;
    }
    return made;
  }

  private static void set(long arguments, int offset, long value) {
    ALL.set(ValueLayout.JAVA_LONG, arguments + offset, value);
  }
}
