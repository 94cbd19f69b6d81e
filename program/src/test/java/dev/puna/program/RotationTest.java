package dev.puna.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotationTest {
  private static final int SIZE = 16;
  private static final double BASE = 10000;

  /** Independent of the code under test: exponentials instead of powers. */
  private static double plain(double base, int i) {
    return Math.exp(-Math.log(base) * 2 * i / SIZE);
  }

  private static void check(
      RopeScaling scaling, int length, java.util.function.IntToDoubleFunction f) {
    double[] actual = scaling.frequencies(BASE, SIZE, length);
    assertThat(actual).hasSize(SIZE / 2);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i] / f.applyAsDouble(i)).isCloseTo(1, offset(1e-12));
    }
  }

  @Test
  void noneAndLinear() {
    check(new RopeScaling.None(), 1, i -> plain(BASE, i));
    check(new RopeScaling.Linear(4), 1, i -> plain(BASE, i) / 4);
  }

  @Test
  void dynamicGrowsTheBaseBeyondTheTrainedLength() {
    RopeScaling dynamic = new RopeScaling.Dynamic(2, 100);
    check(dynamic, 50, i -> plain(BASE, i));
    check(dynamic, 100, i -> plain(BASE, i));
    // 2·300/100 - 1 = 5, to the power 16/14
    check(dynamic, 300, i -> plain(BASE * Math.exp(Math.log(5) * 16 / 14), i));
    assertThat(dynamic.dependsOnLength()).isTrue();
    assertThat(new RopeScaling.None().dependsOnLength()).isFalse();
  }

  @Test
  void llama3StretchesLongWavelengths() {
    RopeScaling llama3 = new RopeScaling.Llama3(8, 1, 4, 8192);
    check(
        llama3,
        1,
        i -> {
          double f = plain(BASE, i);
          double wavelength = 2 * Math.PI / f;
          if (wavelength < 8192 / 4.0) {
            return f;
          }
          if (wavelength > 8192) {
            return f / 8;
          }
          double smooth = (8192 / wavelength - 1) / 3;
          return (1 - smooth) * f / 8 + smooth * f;
        });
  }

  @Test
  void yarnKeepsFastPairsAndInterpolatesSlowOnes() {
    RopeScaling yarn = new RopeScaling.Yarn(4, 32, 1, 4096, true, 1.1386);
    double perTurn = SIZE / (2 * Math.log(BASE));
    double low = Math.floor(perTurn * Math.log(4096 / (32 * 2 * Math.PI)));
    double high = Math.ceil(perTurn * Math.log(4096 / (2 * Math.PI)));
    check(
        yarn,
        1,
        i -> {
          double ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
          return plain(BASE, i) * (1 - ramp) + plain(BASE, i) / 4 * ramp;
        });
    assertThat(yarn.magnitude()).isEqualTo(1.1386);
    assertThat(RopeScaling.Yarn.magnitude(4, 1)).isCloseTo(0.1 * Math.log(4) + 1, offset(1e-12));
    assertThat(RopeScaling.Yarn.magnitude(1, 1)).isEqualTo(1);
  }

  @Test
  void divided() {
    List<Float> divisors = new ArrayList<>();
    for (int i = 0; i < SIZE / 2; i++) {
      divisors.add(1 + i / 2f);
    }
    RopeScaling divided = new RopeScaling.Divided(divisors);
    check(divided, 1, i -> plain(BASE, i) / (1 + i / 2.0));
    assertThatThrownBy(() -> divided.frequencies(BASE, 8, 1)).hasMessageContaining("8 divisors");
  }

  @Test
  void tablesAreCosinesAndSinesTimesTheMagnitude() {
    RopeScaling yarn = new RopeScaling.Yarn(4, 32, 1, 4096, true, 1.5);
    Rotation rotation = new Rotation(BASE, SIZE, Rotation.Pairing.HALVES, yarn);
    float[] f = rotation.frequencies(1);
    float[] cos = new float[20];
    float[] sin = new float[20];
    rotation.table(7, f, cos, sin, 3);
    for (int i = 0; i < SIZE / 2; i++) {
      assertThat((double) cos[3 + i]).isCloseTo(1.5 * Math.cos(7 * f[i]), offset(1e-6));
      assertThat((double) sin[3 + i]).isCloseTo(1.5 * Math.sin(7 * f[i]), offset(1e-6));
    }
    assertThat(cos[2]).isZero();
    assertThat(cos[11]).isZero();
  }

  @Test
  void pairs() {
    Rotation halves = new Rotation(1, 6, Rotation.Pairing.HALVES, new RopeScaling.None());
    Rotation adjacent = new Rotation(1, 6, Rotation.Pairing.ADJACENT, new RopeScaling.None());
    assertThat(new int[] {halves.first(1), halves.second(1)}).containsExactly(1, 4);
    assertThat(new int[] {adjacent.first(1), adjacent.second(1)}).containsExactly(2, 3);
    assertThatThrownBy(() -> new Rotation(1, 5, Rotation.Pairing.HALVES, new RopeScaling.None()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
