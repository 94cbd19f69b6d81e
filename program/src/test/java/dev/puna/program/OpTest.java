package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class OpTest {
  private static final Value A = new Value(0, "a", Value.Rows.TOKENS, 8);
  private static final Value B = new Value(1, "b", Value.Rows.TOKENS, 8);
  private static final Value C = new Value(2, "c", Value.Rows.TOKENS, 8);
  private static final Value D = new Value(3, "d", Value.Rows.TOKENS, 8);
  private static final Weight W = new Weight("w", 8, 8);
  private static final Weight BIAS = Weight.vector("bias", 8);

  @Test
  void componentsTellWhatIsReadAndWritten() {
    Op attend =
        new Op.Attend(
            D, A, B, C, Heads.of(2, 2, 4), new Mask.Causal(), Scores.PLAIN, null, null, 0);
    assertThat(attend.out()).isEqualTo(D);
    assertThat(attend.in()).containsExactly(A, B, C);
    assertThat(attend.weights()).isEmpty();
    assertThat(new Op.Embed(A, W, Op.By.TOKEN).in()).isEmpty();
    assertThat(new Op.Embed(A, W, Op.By.TOKEN).weights()).containsExactly(W);
    assertThat(new Op.Linear(B, A, W, BIAS).weights()).containsExactly(W, BIAS);
    assertThat(new Op.Linear(B, A, W, null).weights()).containsExactly(W);
    assertThat(new Op.Add(B, A, A).in()).containsExactly(A, A);
  }

  @Test
  void mapChangesValuesAndNothingElse() {
    Op.Norm norm = new Op.Norm(B, A, new Normalization.Layer(1e-5f, true), 8, BIAS, null);
    Op mapped = norm.map(v -> v.equals(A) ? C : v.equals(B) ? D : v);
    assertThat(mapped)
        .isEqualTo(new Op.Norm(D, C, new Normalization.Layer(1e-5f, true), 8, BIAS, null));
    for (Op op : Programs.llama(1).ops()) {
      assertThat(op.map(v -> v)).isEqualTo(op);
    }
  }

  /** From tables of the error function (DLMF 7, Abramowitz and Stegun 7.1). */
  @Test
  void errorFunction() {
    double[][] known = {
      {0, 0},
      {0.1, 0.112462916018284892203},
      {0.5, 0.520499877813046537683},
      {1, 0.842700792949714869341},
      {1.5, 0.966105146475310727067},
      {2, 0.995322265018952734162},
      {2.5, 0.999593047982555041060},
      {3, 0.999977909503001414559},
      {3.5, 0.999999256901627658588},
      {4, 0.999999984582742099720},
      {5, 0.999999999998462540206},
      {7, 1}
    };
    for (double[] pair : known) {
      assertThat(Activation.erf(pair[0])).isCloseTo(pair[1], offset(1e-12));
      assertThat(Activation.erf(-pair[0])).isCloseTo(-pair[1], offset(1e-12));
    }
    for (double x = 2.9; x < 3.1; x += 0.001) { // across the two methods' border
      assertThat(Activation.erf(x + 0.001)).isGreaterThan(Activation.erf(x));
    }
  }

  @Test
  void activations() {
    assertThat(Activation.SILU.apply(1)).isCloseTo(1 / (1 + Math.exp(-1)), offset(1e-15));
    assertThat(Activation.GELU.apply(1)).isCloseTo(0.841344746068543, offset(1e-12));
    assertThat(Activation.GELU_TANH.apply(1)).isCloseTo(0.8411919906082768, offset(1e-12));
    assertThat(Activation.RELU.apply(-1)).isZero();
  }
}
