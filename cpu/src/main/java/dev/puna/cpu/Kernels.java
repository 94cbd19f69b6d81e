package dev.puna.cpu;

import dev.puna.program.LowRank;
import dev.puna.program.Op;
import dev.puna.program.Updates;
import dev.puna.program.Value;
import dev.puna.program.Weight;
import dev.puna.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Binds each op's kernel to its operands' addresses. */
final class Kernels {
  private final Function<Value, Matrix> matrices;
  private final Pass pass;
  private final CpuWeights weights;

  private Kernels(Function<Value, Matrix> matrices, Pass pass, CpuWeights weights) {
    this.matrices = matrices;
    this.pass = pass;
    this.weights = weights;
  }

  /**
   * The kernel of an op.
   *
   * @param out where it writes
   * @param matrices where its operands are
   */
  static Kernel of(
      Op op, Matrix out, Function<Value, Matrix> matrices, Pass pass, CpuWeights weights) {
    return new Kernels(matrices, pass, weights).kernel(op, out);
  }

  private Kernel kernel(Op op, Matrix out) {
    return switch (op) {
      case Op.Embed o -> embed(o, out);
      case Op.Given o -> new GivenKernel(pass.given(o.out()), out);
      case Op.Sinusoid o -> SinusoidKernel.of(out);
      case Op.Norm o -> norm(o, out);
      case Op.Linear o -> new LinearKernel(product(o.weight(), o.bias()), matrix(o.x()), out);
      case Op.Shrink o -> shrink(o, out);
      case Op.Expand o -> expand(o, out);
      case Op.HeadLinear o -> headLinear(o, out);
      case Op.Rope o -> new RopeKernel(pass.rotary(o.rotation()), o.headSize(), matrix(o.x()), out);
      case Op.Attend o -> attend(o, out);
      case Op.Keep o -> new CopyKernel(matrix(o.k()), out);
      case Op.AttendSource o -> new AttendSourceKernel(o.heads(), o.state(), matrix(o.q()), out);
      case Op.Glu o -> new ActivateKernel(o.activation(), matrix(o.gate()), matrix(o.up()), out);
      case Op.Activate o -> new ActivateKernel(o.activation(), matrix(o.x()), null, out);
      case Op.Add o -> new AddKernel(matrix(o.a()), matrix(o.b()), out);
      case Op.Scale o -> new ScaleKernel(o.by(), matrix(o.x()), out);
      case Op.ScaleColumns o ->
          new ScaleColumnsKernel(numbers(o.gain()), numbers(o.bias()), matrix(o.x()), out);
      case Op.SoftCap o -> new SoftCapKernel(o.cap(), matrix(o.x()), out);
      case Op.Clamp o -> new ClampKernel(o.limit(), matrix(o.x()), out);
      case Op.GateRows o -> new GateRowsKernel(matrix(o.x()), matrix(o.gate()), out);
      case Op.Slice o -> new SliceKernel(o.heads(), o.from(), o.width(), matrix(o.x()), out);
      case Op.Join o -> new JoinKernel(o.heads(), matrix(o.a()), matrix(o.b()), out);
      case Op.Route o -> new RouteKernel(o.routing(), numbers(o.bias()), matrix(o.scores()), out);
      case Op.ExpertsUp o -> expertsUp(o, out);
      case Op.ExpertsDown o -> expertsDown(o, out);
      case Op.CausalConv o -> causalConv(o, out);
      case Op.SelectiveScan o -> selectiveScan(o, out);
      case Op.SelectRows o -> new SelectRowsKernel(matrix(o.x()), out);
    };
  }

  private Kernel embed(Op.Embed o, Matrix out) {
    Tensor table = weights.tensor(o.table());
    return new EmbedKernel(table.type(), table.data().address(), table.rowBytes(), o.by(), out);
  }

  private Kernel norm(Op.Norm o, Matrix out) {
    Weight gain = o.gain();
    boolean shared = gain == null || gain.cols() == o.width();
    return new NormKernel(
        o.kind(), o.width(), matrix(o.x()), numbers(gain), numbers(o.bias()), shared, out);
  }

  private Product product(Weight weight, @Nullable Weight bias) {
    return Product.of(weights.tensor(weight), 0, numbers(bias));
  }

  private Kernel shrink(Op.Shrink o, Matrix out) {
    List<@Nullable LowRank> updates = o.updates().byAdapter();
    ShrinkKernel.Factor[] factors = new ShrinkKernel.Factor[updates.size()];
    for (int i = 0; i < factors.length; i++) {
      LowRank u = updates.get(i);
      factors[i] =
          u == null
              ? ShrinkKernel.Factor.NONE
              : new ShrinkKernel.Factor(product(u.a(), null), u.a().rows(), u.scale());
    }
    return new ShrinkKernel(factors, matrix(o.x()), out);
  }

  private Kernel expand(Op.Expand o, Matrix out) {
    List<@Nullable LowRank> updates = o.updates().byAdapter();
    ExpandKernel.Factor[] factors = new ExpandKernel.Factor[updates.size()];
    for (int i = 0; i < factors.length; i++) {
      LowRank u = updates.get(i);
      factors[i] =
          u == null
              ? ExpandKernel.Factor.NONE
              : new ExpandKernel.Factor(
                  Product.of(weights.padded(u.b(), Updates.Chosen.LINE), 0, 0),
                  numbers(u.magnitude()));
    }
    return new ExpandKernel(factors, matrix(o.y()), matrix(o.low()), numbers(o.bias()), out);
  }

  private Kernel headLinear(Op.HeadLinear o, Matrix out) {
    int size = o.weight().rows() / o.heads();
    return new HeadLinearKernel(product(o.weight(), null), size, matrix(o.x()), out);
  }

  private Kernel attend(Op.Attend o, Matrix out) {
    AttendKernel plain =
        new AttendKernel(o.heads(), o.mask(), o.state(), o.v() == null, matrix(o.q()), out);
    if (AttendKernel.computes(o)) {
      return TiledAttendKernel.of(plain, pass);
    }
    ScoredAttendKernel.check(o);
    int positions = Math.multiplyExact(pass.limits().blocks(), pass.limits().blockSize());
    long table = numbers(o.table());
    return new ScoredAttendKernel(plain, o.scores(), table, numbers(o.sinks()), positions);
  }

  private Kernel expertsUp(Op.ExpertsUp o, Matrix out) {
    int hidden = out.cols() / (o.routes().cols() / 2);
    return new ExpertsUpKernel(
        experts(o.gate(), hidden, o.gateBias()),
        experts(o.up(), hidden, o.upBias()),
        o.gating(),
        hidden,
        matrix(o.x()),
        matrix(o.routes()),
        out);
  }

  private Kernel expertsDown(Op.ExpertsDown o, Matrix out) {
    Product[] downs = experts(o.down(), out.cols(), o.bias());
    return new ExpertsDownKernel(downs, matrix(o.hidden()), matrix(o.routes()), out);
  }

  /** The product with each expert's weights, which lie one below the other. */
  private Product[] experts(Weight weight, int rows, @Nullable Weight bias) {
    Tensor all = weights.tensor(weight);
    long biases = numbers(bias);
    Product[] experts = new Product[weight.rows() / rows];
    for (int e = 0; e < experts.length; e++) {
      experts[e] = Product.of(all, e * rows, biases == 0 ? 0 : biases + 4L * e * rows);
    }
    return experts;
  }

  private Kernel causalConv(Op.CausalConv o, Matrix out) {
    int size = o.weight().cols();
    long weight = weights.columns(o.weight());
    return new CausalConvKernel(size, weight, numbers(o.bias()), o.state(), matrix(o.x()), out);
  }

  private Kernel selectiveScan(Op.SelectiveScan o, Matrix out) {
    return new SelectiveScanKernel(
        o.space(),
        numbers(o.a()),
        numbers(o.d()),
        numbers(o.dtBias()),
        o.state(),
        matrix(o.x()),
        matrix(o.dt()),
        matrix(o.b()),
        matrix(o.c()),
        out);
  }

  private Matrix matrix(Value value) {
    return matrices.apply(value);
  }

  /** Address of a weight's numbers in single precision; 0 if there is none. */
  private long numbers(@Nullable Weight weight) {
    return weight == null ? 0 : weights.numbers(weight);
  }
}
