package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.MachineCode;
import org.jspecify.annotations.Nullable;

/**
 * The assembled product of a layout's panels with rows of activations: kernels for 1 to 4 rows at a
 * time, or up to 12 with AVX-512, made when they are first needed.
 */
public final class PanelProduct implements QuantizedProduct {
  private static final int[] TILES = {12, 8, 6, 4, 3, 2, 1};

  /** Rows up to which reading the weights from memory takes a large part of the time. */
  private static final int FEW = 32;

  private static final @Nullable PanelProduct[] BY_LAYOUT =
      new PanelProduct[PanelLayout.values().length];

  private final PanelLayout layout;
  private final Isa isa;
  private final MachineCode quantize;
  private final MachineCode pack;
  private final @Nullable MachineCode[] few = new MachineCode[TILES[0] + 1];
  private final @Nullable MachineCode[] many = new MachineCode[TILES[0] + 1];

  private PanelProduct(PanelLayout layout, Isa isa) throws MachineCode.Refused {
    this.layout = layout;
    this.isa = isa;
    quantize = MachineCode.of(QuantizeKernel.assemble(layout, isa));
    pack = MachineCode.of(PackKernel.assemble(layout, isa.vnni() != Isa.Vnni.NONE));
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
   * Puts 16 rows into a panel.
   *
   * @param working address of {@link #WORKING_BYTES} bytes
   * @param row address of the first row, as it is stored
   * @param rowBytes bytes of a row
   * @param panel address of the panel
   */
  public void pack(long working, long row, long rowBytes, long panel, int cols) {
    Arguments.set(working, PackKernel.ROW, row);
    Arguments.set(working, PackKernel.ROW_BYTES, rowBytes);
    Arguments.set(working, PackKernel.HEADS, panel);
    Arguments.set(working, PackKernel.QUANTS, panel + layout.headsBytes(cols));
    Arguments.set(working, PackKernel.BLOCKS, cols / layout.columns());
    pack.run(working);
  }

  @Override
  public void quantize(long working, long x, long out, int cols) {
    Arguments.set(working, QuantizeKernel.X, x);
    Arguments.set(working, QuantizeKernel.OUT, out);
    Arguments.set(working, QuantizeKernel.BLOCKS, cols / QuantizedRows.COLUMNS);
    quantize.run(working);
  }

  @Override
  public void run(
      long working,
      long panel,
      int cols,
      int panels,
      long x,
      int rows,
      long out,
      long outStride,
      long bias) {
    long xStride = QuantizedRows.rowBytes(cols);
    Arguments.set(working, PanelKernel.PANEL_BYTES, layout.panelBytes(cols));
    Arguments.set(working, PanelKernel.HEADS_BYTES, layout.headsBytes(cols));
    Arguments.set(working, PanelKernel.BLOCKS, cols / layout.columns());
    Arguments.set(working, PanelKernel.X_STRIDE, xStride);
    Arguments.set(working, PanelKernel.OUT_STRIDE, outStride);
    int done = 0;
    for (int tile : TILES) {
      int tiles = tile > PanelKernel.mostRows(isa) ? 0 : (rows - done) / tile;
      if (tiles == 0) {
        continue;
      }
      Arguments.set(working, PanelKernel.PANEL, panel);
      Arguments.set(working, PanelKernel.PANELS, panels);
      Arguments.set(working, PanelKernel.TILES, tiles);
      Arguments.set(working, PanelKernel.X, x + xStride * done);
      Arguments.set(working, PanelKernel.OUT, out + outStride * done);
      Arguments.set(working, PanelKernel.BIAS, bias);
      kernel(tile, rows <= FEW).run(working);
      done += tiles * tile;
    }
  }

  private MachineCode kernel(int tile, boolean ahead) {
    MachineCode known = (ahead ? few : many)[tile];
    return known != null ? known : assemble(tile, ahead);
  }

  private synchronized MachineCode assemble(int tile, boolean ahead) {
    MachineCode[] kernels = ahead ? few : many;
    MachineCode made = kernels[tile];
    if (made == null) {
      try {
        PanelKernel.Form form = new PanelKernel.Form(isa, tile, ahead);
        made = MachineCode.of(PanelKernels.of(layout, form).assemble());
      } catch (MachineCode.Refused e) {
        throw new IllegalStateException(e); // the layout's first kernel was not refused
      }
      kernels[tile] = made;
    }
    return made;
  }
}
