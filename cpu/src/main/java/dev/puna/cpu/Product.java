package dev.puna.cpu;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;

/**
 * Products x Wᵀ + b of a few or many rows of activations with rows of weights.
 *
 * <p>An output is always summed in the same order, whatever else the step holds: L partial sums,
 * one for each lane, over the columns in ascending order with one rounding for each multiply-add;
 * then their sum by halves; then the columns that fill no vector; then the bias. Weights are
 * decoded exactly, so it is the same for one row (bound by the memory's or the decoding's speed)
 * and for many (bound by the multiply-add units), where weights are decoded once for {@link #ROWS}
 * rows of activations, in stretches that stay in the cache.
 *
 * @param w address of the weights
 * @param rowBytes bytes of a row of weights
 * @param in columns of a row of weights
 * @param bias address of the bias, or 0
 */
record Product(DType type, long w, long rowBytes, int in, long bias) {
  /** Rows of activations that are multiplied at once, at most, where weights are decoded. */
  static final int ROWS = 64;

  /**
   * The product with the weights from row {@code first} on.
   *
   * @param bias address of that row's bias, or 0
   */
  static Product of(Tensor weight, int first, long bias) {
    long w = weight.data().address() + weight.rowBytes() * first;
    return new Product(weight.type(), w, weight.rowBytes(), Math.toIntExact(weight.cols()), bias);
  }

  /**
   * Outputs [from, to) of some rows.
   *
   * @param x address of the first row of activations
   * @param xs bytes between them
   * @param out address of the first row's output 0
   * @param outs bytes between rows of outputs
   */
  void run(Scratch scratch, long x, long xs, int rows, long out, long outs, int from, int to) {
    if (FloatProduct.usable()) {
      FloatProduct.run(this, scratch, x, xs, rows, out, outs, from, to);
    } else {
      VectorProduct.run(this, scratch, x, xs, rows, out, outs, from, to);
    }
  }

  /** Address of an output's row of weights. */
  long row(int j) {
    return w + rowBytes * j;
  }

  /** Address of an output's bias, or 0. */
  long biasAt(int j) {
    return bias == 0 ? 0 : bias + 4L * j;
  }
}
