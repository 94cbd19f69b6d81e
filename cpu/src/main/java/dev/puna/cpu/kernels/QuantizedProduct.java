package dev.puna.cpu.kernels;

/**
 * Products of packed weights of a layout with quantized activations: assembled ({@link
 * PanelProduct}), or the Vector API's. Both compute the same, bit for bit.
 */
public interface QuantizedProduct {
  /** Bytes of memory that a worker provides, for a kernel's arguments and intermediate results. */
  int WORKING_BYTES = 4096;

  /**
   * Quantizes a row of activations.
   *
   * @param working address of {@link #WORKING_BYTES} bytes, the calling worker's own
   * @param x address of {@code cols} numbers
   * @param out address of {@link QuantizedRows#rowBytes} bytes
   */
  void quantize(long working, long x, long out, int cols);

  /**
   * Outputs of whole panels for some rows of activations.
   *
   * @param working address of {@link #WORKING_BYTES} bytes, the calling worker's own
   * @param panel address of the first panel
   * @param cols columns of the weights
   * @param panels how many panels
   * @param x address of the first row of quantized activations
   * @param rows of activations
   * @param out address of the first row's first output
   * @param outStride bytes between rows of outputs
   * @param bias address of the first panel's biases, or 0
   */
  void run(
      long working,
      long panel,
      int cols,
      int panels,
      long x,
      int rows,
      long out,
      long outStride,
      long bias);
}
