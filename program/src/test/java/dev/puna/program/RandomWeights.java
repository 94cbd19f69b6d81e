package dev.puna.program;

import dev.puna.tensor.DType;
import dev.puna.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Weights of normally distributed numbers, the same for the same name. Matrices have the given type
 * where its blocks divide their rows; vectors are F32. The decays of state spaces are negative.
 */
public final class RandomWeights implements Weights.Source {
  private final DType type;
  private final Map<Weight, Tensor> tensors = new HashMap<>();

  public RandomWeights(DType type) {
    this.type = type;
  }

  @Override
  public Tensor tensor(Weight weight) {
    return tensors.computeIfAbsent(weight, this::random);
  }

  private Tensor random(Weight weight) {
    Random random = new Random(weight.name().hashCode());
    float[] numbers = new float[Math.toIntExact(weight.elements())];
    double scale = weight.rows() == 1 ? 1 : 1 / Math.sqrt(weight.cols());
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() * (isTable(weight) ? 1 : scale));
      if (weight.name().endsWith("ssm_a")) {
        numbers[i] = -Math.abs(numbers[i]); // states decay
      }
    }
    DType used = weight.rows() > 1 && type.divides(weight.cols()) ? type : DType.F32;
    MemorySegment data = Arena.ofAuto().allocate(used.bytes(numbers.length), 1);
    used.encode(numbers, 0, numbers.length, data, 0);
    return new Tensor(used, weight.rows(), weight.cols(), data);
  }

  private static boolean isTable(Weight weight) {
    return weight.name().startsWith("table");
  }
}
