package dev.puna.program;

import dev.puna.tensor.DType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mixtures of experts; what every backend must compute. */
public abstract class ExpertsContract extends Contract {
  static Stream<Arguments> routings() {
    return Stream.of(Routing.Probability.values())
        .flatMap(
            p ->
                Stream.of(
                    Arguments.of(new Routing(1, 1, p, false, 1, 1, 1, 1)),
                    Arguments.of(new Routing(8, 2, p, true, 1, 1, 1, 1)),
                    Arguments.of(new Routing(13, 13, p, false, 2.5f, 1, 1, 1)),
                    Arguments.of(new Routing(60, 4, p, false, 1, 1, 1, 1)),
                    Arguments.of(new Routing(24, 6, p, true, 16, 4, 2, 1)),
                    Arguments.of(new Routing(24, 6, p, false, 2.5f, 8, 3, 2))));
  }

  @ParameterizedTest
  @MethodSource("routings")
  void route(Routing routing) {
    for (boolean biased : new boolean[] {false, true}) {
      agreesOn(DType.F32, routing.experts(), (r, x) -> r.route("y", x, biased, routing));
      agreesOn(
          DType.F32,
          32,
          (r, x) -> r.route("y", r.linear("s", x, routing.experts(), false), biased, routing));
    }
  }

  /** Scores that are all the same: the first experts are taken. */
  @Test
  void routeOfEqualScores() {
    Routing routing = new Routing(12, 3, Routing.Probability.SIGMOID, true, 1, 4, 2, 1);
    agreesOn(DType.F32, 12, (r, x) -> r.route("y", r.scale("s", x, 0), false, routing));
  }

  /** Experts, of a row, columns of the rows and of the hidden layer. */
  @ParameterizedTest
  @CsvSource({"1,1,5,3", "4,2,32,64", "8,3,13,20", "16,4,64,160", "5,5,96,13", "3,1,32,300"})
  void experts(int experts, int active, int width, int hidden) {
    Routing routing = Routing.softmax(experts, active, true);
    for (Gating gating :
        List.of(
            new Gating.Plain(Activation.SILU),
            new Gating.Plain(Activation.GELU),
            new Gating.Clamped(1.702f, 0.8f))) {
      for (boolean biased : new boolean[] {false, true}) {
        agreesOn(
            DType.F32, width, (r, x) -> experts(r, x, "y", routing, width, hidden, biased, gating));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void expertsOfEachType(DType type) {
    int size = type.blockSize() > 32 ? type.blockSize() : 96;
    Routing routing = new Routing(6, 2, Routing.Probability.SOFTMAX_OF_CHOSEN, false, 1, 1, 1, 1);
    Gating gating = new Gating.Plain(Activation.SILU);
    agreesOn(type, size, (r, x) -> experts(r, x, "y", routing, size, size, true, gating));
  }

  /** All rows have the same experts, as many as a block of the product takes and more. */
  @Test
  void manyRowsOfOneExpert() {
    Gating gating = new Gating.Plain(Activation.RELU_SQUARED);
    Routing routing = Routing.softmax(2, 2, false);
    mixed(
        program(
            r -> {
              Value x = r.embed("x", r.weight("table", VOCABULARY, 32));
              return experts(r, x, "y", routing, 32, 48, false, gating);
            }),
        DType.Q8_0,
        DType.F32);
  }

  /** Beside other ops, in chunks and token by token. */
  @ParameterizedTest
  @MethodSource("narrow")
  void layer(DType type) {
    Routing routing = new Routing(8, 2, Routing.Probability.SIGMOID, true, 2, 4, 2, 1);
    mixed(
        program(
            r -> {
              Value x = r.embed("x", r.weight("table", VOCABULARY, 64));
              Value n = r.norm("n", x, new Normalization.Rms(1e-5f), 64);
              Value e =
                  experts(
                      r, n, "experts", routing, 64, 32, true, new Gating.Plain(Activation.SILU));
              Value shared = r.gateRows("shared", n, r.linear("shared.gate", n, 1, false));
              return r.plus("y", r.plus("add", x, e), r.linear("z", shared, 64, false));
            }),
        type,
        DType.F32);
  }

  private static Value experts(
      Recorder r,
      Value x,
      String name,
      Routing routing,
      int width,
      int hidden,
      boolean biased,
      Gating gating) {
    int experts = routing.experts();
    Value routes = r.route("routes", r.linear("router", x, experts, false), biased, routing);
    Value up = r.expertsUp("up", x, routes, experts, hidden, biased, gating);
    return r.expertsDown(name, up, routes, experts, width, biased);
  }
}
