package dev.puna.cpu.kernels;

import dev.puna.cpu.asm.Condition;
import dev.puna.cpu.asm.Label;
import dev.puna.cpu.asm.Mem;
import dev.puna.cpu.asm.Vec;
import org.jspecify.annotations.Nullable;

/** What the layouts' blocks are made of: products of bytes, scales, loops over parts of a block. */
abstract class PanelBlocks extends PanelKernel {
  PanelBlocks(Form form) {
    super(form);
  }

  /**
   * Adds products of 4 columns: of each row of weights its unsigned bytes with 4 signed bytes of
   * each row of activations. Without VNNI sums are 16 bits wide, two for each row of weights.
   *
   * @param weights a vector for each part
   * @param first whether sums begin here, with nothing
   */
  final void dot(Vec[] weights, int offset, boolean first, Vec x, Vec product) {
    for (int t = 0; t < rows; t++) {
      if (isa.vnni() == Isa.Vnni.EVEX) {
        for (int p = 0; p < parts; p++) {
          if (first) {
            a.vpxord(whole(t, p), whole(t, p), whole(t, p));
          }
          a.vpdpbusd(whole(t, p), weights[p], x(t, offset).toAll());
        }
        continue;
      }
      a.vpbroadcastd(x, x(t, offset));
      for (int p = 0; p < parts; p++) {
        Vec sum = whole(t, p);
        if (isa.vnni() == Isa.Vnni.VEX) {
          if (first) {
            a.vpxord(sum, sum, sum);
          }
          a.vpdpbusdVex(sum, weights[p], x);
        } else if (first) {
          a.vpmaddubsw(sum, weights[p], x);
        } else {
          a.vpmaddubsw(product, weights[p], x);
          a.vpaddw(sum, sum, product);
        }
      }
    }
  }

  /** Begins sums with what takes the quants' zero off: see {@link QuantizedRows}. */
  final void seed(int offset) {
    for (int t = 0; t < rows; t++) {
      a.vpbroadcastd(whole(t, 0), x(t, offset));
      for (int p = 1; p < parts; p++) {
        a.vmovaps(whole(t, p), whole(t, 0));
      }
    }
  }

  /**
   * sums += whole numbers · (scales · the activations' scale) - smallest · (their scaled sum).
   *
   * @param scales of the panel's rows, a vector for each part
   * @param smallest what each quant counts from; null if that is zero, or in the seed
   */
  void scale(Vec[] scales, Vec @Nullable [] smallest, Vec dx, Vec sx, Vec factor) {
    for (int t = 0; t < rows; t++) {
      a.vbroadcastss(dx, x(t, QuantizedRows.SCALE));
      if (smallest != null) {
        a.vbroadcastss(sx, x(t, QuantizedRows.SUM));
      }
      for (int p = 0; p < parts; p++) {
        Vec whole = whole(t, p);
        if (!wide()) {
          a.vpmaddwd(whole, whole, constant(PAIR_OF_ONES));
        }
        a.vcvtdq2ps(whole, whole);
        a.vmulps(factor, scales[p], dx);
        Vec sum = result(t, p);
        if (sumsInRegisters) {
          a.vfmadd231ps(sum, whole, factor);
        } else {
          a.vfmadd213ps(whole, factor, sumInMemory(t, p));
        }
        if (smallest != null) {
          a.vfnmadd231ps(sum, smallest[p], sx);
        }
        if (!sumsInRegisters) {
          a.vmovups(sumInMemory(t, p), whole);
        }
      }
    }
  }

  /**
   * Ends a block of 32 columns whose rows have one scale each, and a smallest number where the
   * layout has them, and moves on.
   */
  final void end(PanelLayout layout, Vec[] scales, Vec[] smallest, Vec factor) {
    for (int p = 0; p < parts; p++) {
      a.vcvtph2ps(scales[p], Mem.at(HEADS, p * isa.bits() / 16));
      if (layout.smallest()) {
        a.vcvtph2ps(smallest[p], Mem.at(HEADS, 2 * PanelLayout.ROWS + p * isa.bits() / 16));
      }
    }
    scale(scales, layout.smallest() ? smallest : null, free(4), free(5), factor);
    a.add(HEADS, layout.headBytes());
    a.add(QUANTS, layout.quantBytes());
    advance();
  }

  /** Whether sums are 32 bits wide; otherwise 16, two for each row of weights. */
  boolean wide() {
    return isa.vnni() != Isa.Vnni.NONE;
  }

  /**
   * Scales of the panel's rows: whole numbers of a byte each times halves.
   *
   * @param bytes from {@link #SCALES} to the bytes
   * @param halves from {@link #HEADS} to the halves
   */
  final void numbers(Vec to, int bytes, int halves, boolean signed) {
    Mem at = Mem.at(SCALES, bytes);
    if (signed) {
      a.vpmovsxbd(to, at);
    } else {
      a.vpmovzxbd(to, at);
    }
    a.vcvtdq2ps(to, to);
    a.vcvtph2ps(free(4), Mem.at(HEADS, halves));
    a.vmulps(to, to, free(4));
  }

  /**
   * A block of a K type that has a scale and a smallest number for each 32 columns.
   *
   * @param vectors of quants for 32 columns
   * @param columns the products of 32 columns
   */
  final void eightBlocks(PanelLayout layout, int vectors, Runnable columns) {
    Vec[] scales = perPart(0);
    Vec[] smallest = perPart(2);
    a.lea(SCALES, Mem.at(HEADS, 64)); // behind the halves; the smallest numbers follow
    a.mov(INNER, 8);
    Label next = a.here();
    fetch(vectors);
    columns.run();
    for (int p = 0; p < parts; p++) {
      numbers(scales[p], p * isa.lanes(), 2 * p * isa.lanes(), false);
      int at = 8 * PanelLayout.ROWS + p * isa.lanes();
      numbers(smallest[p], at, 2 * PanelLayout.ROWS + 2 * p * isa.lanes(), false);
    }
    scale(scales, smallest, free(4), free(5), free(7));
    a.add(SCALES, PanelLayout.ROWS);
    a.add(QUANTS, vectors * 64);
    advance();
    a.sub(INNER, 1);
    a.j(Condition.NOT_ZERO, next);
    a.add(HEADS, layout.headBytes());
  }

  /** With few rows of activations the memory is the limit: fetches quants ahead of their use. */
  final void fetch(int vectors) {
    for (int i = 0; form.ahead() && i < vectors; i++) {
      a.prefetcht0(quants(i, 0).plus(AHEAD));
    }
  }
}
