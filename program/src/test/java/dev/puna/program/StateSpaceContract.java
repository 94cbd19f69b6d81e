package dev.puna.program;

import dev.puna.tensor.DType;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Convolutions and selective scans, which keep states; what every backend must compute. */
public abstract class StateSpaceContract extends Contract {
  /** Columns, rows that a column looks at. */
  @ParameterizedTest
  @CsvSource({"1,1", "1,4", "13,4", "64,2", "259,4", "48,9"})
  void causalConv(int cols, int size) {
    for (boolean bias : new boolean[] {false, true}) {
      mixed(
          program(
              r -> {
                Value x = r.embed("x", r.weight("table", VOCABULARY, cols));
                return r.causalConv("y", x, size, bias);
              }),
          DType.F32,
          DType.F32);
      mixed(
          program(
              r -> {
                Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
                Value conv = r.causalConv("c", r.linear("in", x, cols, true), size, bias);
                return r.activate("y", conv, Activation.SILU);
              }),
          DType.F32,
          DType.F16);
    }
  }

  /** Heads, columns of a head, groups, states, decays. */
  @ParameterizedTest
  @CsvSource({
    "1,1,1,1,1",
    "13,1,1,16,16",
    "64,1,1,16,16",
    "6,5,2,7,1",
    "4,16,1,64,1",
    "8,8,4,32,1",
    "3,4,3,20,20"
  })
  void selectiveScan(int heads, int size, int groups, int states, int decays) {
    for (float most : new float[] {0.1f, Float.POSITIVE_INFINITY}) {
      StateSpace space = new StateSpace(heads, size, groups, states, decays, 0.001f, most);
      for (boolean bias : new boolean[] {false, true}) {
        for (boolean projected : new boolean[] {false, true}) {
          mixed(scan(space, bias, projected), DType.F32, DType.F32);
        }
      }
    }
  }

  private static Program scan(StateSpace s, boolean bias, boolean projected) {
    return program(
        r -> {
          Value e = r.embed("e", r.weight("table", VOCABULARY, 32));
          Value x = rows(r, e, "x", s.columns(), projected);
          Value dt = rows(r, e, "dt", s.heads(), projected);
          Value b = rows(r, e, "b", s.groups() * s.states(), projected);
          Value c = rows(r, e, "c", s.groups() * s.states(), projected);
          return r.activate("y", r.selectiveScan("s", x, dt, b, c, s, bias), Activation.RELU);
        });
  }

  private static Value rows(Recorder r, Value x, String name, int cols, boolean projected) {
    return projected
        ? r.linear(name, x, cols, false)
        : r.embed(name, r.weight("table." + name, VOCABULARY, cols));
  }

  /** Weights that are read number by number may be stored as anything. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0"})
  void weightsOfAnyType(DType type) {
    StateSpace space = new StateSpace(4, 8, 1, 32, 32, 0, Float.POSITIVE_INFINITY);
    mixed(layer(space, 32), type, DType.F16);
  }

  /** What a sequence keeps is copied; both go on. */
  @org.junit.jupiter.api.Test
  void copiedPlacesContinueOnTheirOwn() {
    StateSpace space = new StateSpace(4, 8, 1, 16, 1, 0, Float.POSITIVE_INFINITY);
    try (Pair pair = new Pair(layer(space, 4), DType.F32, DType.F32)) {
      pair.step(
          step -> {
            step.sequence(new int[] {5}, 1);
            step.places(-1, 3);
            step.add(1, 0, 3, true);
            step.add(2, 1, 3, true);
          });
      pair.state.copyPlace(3, 7);
      pair.referenceState.copyPlace(3, 7);
      for (int to : List.of(9, 11)) {
        pair.step(
            step -> {
              step.sequence(new int[] {5}, 1);
              step.places(3, to);
              step.add(3, 2, 3, true);
              step.sequence(new int[] {7}, 1);
              step.places(7, to + 1);
              step.add(4, 2, 3, true);
            });
        pair.compare();
      }
    }
  }

  /** A convolution and what scans it. */
  private static Program layer(StateSpace s, int size) {
    return program(
        r -> {
          Value x = r.embed("e", r.weight("table", VOCABULARY, 64));
          int cols = s.columns() + 2 * s.groups() * s.states();
          Value conv =
              r.activate(
                  "conv",
                  r.causalConv("ssm_conv1d", r.linear("in", x, cols, false), size, true),
                  Activation.SILU);
          int n = s.groups() * s.states();
          Value in = r.slice("in.x", conv, 0, s.columns());
          Value b = r.slice("in.b", conv, s.columns(), n);
          Value c = r.slice("in.c", conv, s.columns() + n, n);
          Value dt = r.linear("dt", x, s.heads(), false);
          Value y = r.selectiveScan("scan", in, dt, b, c, s, true);
          return r.linear("y", y, 59, false);
        });
  }
}
