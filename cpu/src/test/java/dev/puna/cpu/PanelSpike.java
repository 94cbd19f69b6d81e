package dev.puna.cpu;

import dev.puna.cpu.kernels.*;
import dev.puna.tensor.*;
import java.lang.foreign.*;
import java.util.*;

public class PanelSpike {
  public static void main(String[] args) {
    Random random = new Random(1);
    Arena arena = Arena.global();
    for (DType type : new DType[] {DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K}) {
      PanelLayout layout = PanelLayout.of(type);
      int rows = 37, cols = 512;
      float[] w = new float[rows * cols];
      for (int i = 0; i < w.length; i++) w[i] = (float) random.nextGaussian();
      MemorySegment data = arena.allocate(type.bytes((long) w.length), 64);
      type.encode(w, 0, w.length, data, 0);
      type.decode(data, 0, w, 0, w.length);
      Tensor tensor = new Tensor(type, rows, cols, data);
      Panels panels = new Panels(layout, rows, cols, arena.allocate(Panels.bytes(layout, rows, cols), 64).address());
      panels.pack(tensor, 0, 3);
      PanelProduct product = PanelProduct.of(layout);
      long arg = arena.allocate(256, 64).address();
      for (int n : new int[] {1, 2, 3, 4, 7}) {
        float[] x = new float[n * cols];
        for (int i = 0; i < x.length; i++) x[i] = (float) random.nextGaussian();
        MemorySegment xs = arena.allocate(4L * x.length + 64, 64);
        MemorySegment.copy(x, 0, xs, ValueLayout.JAVA_FLOAT, 0, x.length);
        long q = arena.allocate(n * QuantizedRows.rowBytes(cols), 64).address();
        for (int t = 0; t < n; t++) product.quantize(arg, xs.address() + 4L * t * cols, q + t * QuantizedRows.rowBytes(cols), cols);
        MemorySegment out = arena.allocate(4L * 48 * n, 64);
        product.run(arg, panels.panel(0), cols, 3, q, n, out.address(), 4 * 48, 0);
        double num = 0, den = 0;
        for (int t = 0; t < n; t++) for (int r = 0; r < rows; r++) {
          double e = 0;
          for (int c = 0; c < cols; c++) e += (double) w[r * cols + c] * x[t * cols + c];
          double d = out.get(ValueLayout.JAVA_FLOAT, 4L * (48 * t + r)) - e;
          num += d * d; den += e * e;
        }
        System.out.printf("%s rows %d error %.5f%n", type, n, Math.sqrt(num / den));
      }
      // speed
      int R = 4096, C = 4096;
      long size = Panels.bytes(layout, R, C);
      int mats = (int) (600_000_000 / size) + 1;
      MemorySegment big = arena.allocate(size * mats, 4096);
      MemorySegment.copy(data, 0, big, 0, Math.min(data.byteSize(), big.byteSize()));
      long out = arena.allocate(4L * R * 512, 64).address();
      long q = arena.allocate(512 * QuantizedRows.rowBytes(C) + 64, 64).address();
      for (int rep = 0; rep < 3; rep++) {
        long b = System.nanoTime();
        for (int m = 0; m < mats; m++) product.run(arg, big.address() + m * size, C, R / 16, q, 1, out, 4L * R, 0);
        double s = (System.nanoTime() - b) / 1e9;
        System.out.printf("%s gemv %.1f GB/s (1 thread)  ", type, size * mats / s / 1e9);
        for (int n : new int[] {2, 3, 4, 8, 512}) {
          b = System.nanoTime();
          int k = 512 / n > 30 ? 30 : 1;
          for (int i = 0; i < k; i++) product.run(arg, big.address(), C, R / 16, q, n, out, 4L * R, 0);
          s = (System.nanoTime() - b) / 1e9 / k;
          System.out.printf(" %d: %.0f GMAC/s", n, (double) R * C * n / s / 1e9);
        }
        System.out.println();
      }
    }
  }
}
