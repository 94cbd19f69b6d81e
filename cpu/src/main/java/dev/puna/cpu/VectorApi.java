package dev.puna.cpu;

import dev.puna.cpu.kernels.Attention;
import dev.puna.cpu.kernels.Isa;
import dev.puna.cpu.kernels.PanelLayout;
import dev.puna.program.Op;
import dev.puna.program.Program;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Vector API is an incubator's module, which is there only if java is asked to add it; and a
 * JVM with such a module starts a third slower, because it maps no linked classes. So nothing
 * touches it where all of a program's kernels are assembled. This class knows which are not.
 */
final class VectorApi {
  static final String MODULE = "jdk.incubator.vector";

  private VectorApi() {}

  /** Whether this JVM has the module. */
  static boolean present() {
    Module own = VectorApi.class.getModule();
    return ModuleLayer.boot().findModule(MODULE).filter(own::canRead).isPresent();
  }

  /** What runs on the Vector API here, for the user to read: the first that does, if any. */
  static Optional<String> use(Program program, Function<Weight, DType> types) {
    if (Isa.best() == null) {
      return Optional.of("kernels that are not assembled");
    }
    return program.ops().stream()
        .map(op -> use(op, types))
        .flatMap(what -> Optional.ofNullable(what).stream())
        .findFirst();
  }

  private static @Nullable String use(Op op, Function<Weight, DType> types) {
    return switch (op) {
      case Op.Embed o -> {
        DType type = types.apply(o.table());
        yield NumberByNumber.decodes(type) ? null : of(type);
      }
      case Op.Linear o -> packedOrFloat(types.apply(o.weight()));
      case Op.Shrink o -> floats(o, types);
      case Op.Expand o -> floats(o, types);
      case Op.HeadLinear o -> floats(types.apply(o.weight()));
      case Op.Attend o -> assembled(o) ? null : "this model's attention";
      case Op.AttendSource o -> "attention to a source";
      case Op.SoftCap o -> "a soft cap";
      case Op.Clamp o -> "clamping";
      case Op.ExpertsUp o -> "a mixture of experts";
      case Op.ExpertsDown o -> "a mixture of experts";
      case Op.CausalConv o -> "a causal convolution";
      case Op.SelectiveScan o -> "a state space";
      case Op.Given o -> null;
      case Op.Sinusoid o -> null;
      case Op.Norm o -> null;
      case Op.Rope o -> null;
      case Op.Keep o -> null;
      case Op.Glu o -> null;
      case Op.Activate o -> null;
      case Op.Add o -> null;
      case Op.Scale o -> null;
      case Op.ScaleColumns o -> null;
      case Op.GateRows o -> null;
      case Op.Slice o -> null;
      case Op.Join o -> null;
      case Op.Route o -> null;
      case Op.SelectRows o -> null;
    };
  }

  private static boolean assembled(Op.Attend op) {
    return AttendKernel.computes(op)
        && Attention.supports(op.heads().size(), op.heads().valueSize());
  }

  private static @Nullable String packedOrFloat(DType type) {
    return PanelLayout.of(type) == null ? floats(type) : null;
  }

  private static @Nullable String floats(DType type) {
    return FloatProduct.stored(type) ? null : of(type);
  }

  private static @Nullable String floats(Op op, Function<Weight, DType> types) {
    return op.weights().stream()
        .flatMap(w -> Stream.ofNullable(floats(types.apply(w))))
        .findFirst()
        .orElse(null);
  }

  private static String of(DType type) {
    return "weights of type " + type;
  }
}
