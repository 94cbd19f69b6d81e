package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors that make one packed matrix, found in a file and checked against each other.
 *
 * @param stem what their names begin with: "model.layers.0.mlp.up_proj."
 */
record PackedParts(TensorFile file, String stem) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MOST = 1 << 24;

  PackedMatrix matrix(PackedScheme scheme) {
    OtherTensor weights = integers("qweight");
    OtherTensor zeros = integers("qzeros");
    StoredTensor scales = file.tensors().get(stem + "scales");
    if (weights == null || zeros == null || scales == null) {
      throw damaged("lacks its qweight, qzeros or scales");
    }
    if (weights.shape().size() != 2 || scales.shape().size() != 2) {
      throw damaged("has a qweight or scales that are no matrix");
    }
    long packed = weights.shape().getFirst();
    long inputs = scheme.packing() == PackedMatrix.Packing.INPUTS ? packed * 8 : packed;
    long outputs = scales.columns();
    if (inputs > MOST || outputs > MOST) {
      throw damaged("has %d inputs and %d outputs".formatted(inputs, outputs));
    }
    boolean fits =
        outputs % 8 == 0
            && weights.shape().equals(scheme.packedShape(inputs, outputs))
            && zeros.shape().equals(List.of(scales.rows(), outputs / 8));
    if (!fits) {
      throw damaged(
          "has qweight %s, qzeros %s and scales %s, which do not fit together"
              .formatted(weights.shape(), zeros.shape(), scales.shape()));
    }
    int[] groups = groups(scheme, (int) inputs, scales.rows());
    return new PackedMatrix(
        scheme.packing(),
        inputs,
        outputs,
        weights.data(),
        zeros.data(),
        scales,
        groups,
        scheme.zeroOffset());
  }

  private @Nullable OtherTensor integers(String part) {
    OtherTensor tensor = file.others().get(stem + part);
    return tensor != null && tensor.type().equals("I32") ? tensor : null;
  }

  /** The group of each input: g_idx, with which the inputs need not be in order, or by counting. */
  private int[] groups(PackedScheme scheme, int inputs, long count) {
    OtherTensor order = integers("g_idx");
    if (order == null) {
      if (scheme.groupCount(inputs) != count) {
        throw damaged(
            "has scales for %d groups, where %d inputs in groups of %d need %d"
                .formatted(count, inputs, scheme.groupSize(), scheme.groupCount(inputs)));
      }
      return scheme.groups(inputs);
    }
    if (!order.shape().equals(List.of((long) inputs))) {
      throw damaged("has a g_idx of shape " + order.shape() + " for " + inputs + " inputs");
    }
    int[] groups = new int[inputs];
    for (int i = 0; i < inputs; i++) {
      groups[i] = order.data().getAtIndex(INT, i);
      if (groups[i] < 0 || groups[i] >= count) {
        throw damaged("puts input %d into group %d of %d".formatted(i, groups[i], count));
      }
    }
    return groups;
  }

  private PunaException damaged(String what) {
    return new PunaException(
        "%s: the quantized layer %s %s"
            .formatted(file.path(), stem.substring(0, Math.max(0, stem.length() - 1)), what),
        "config.json and the weights do not belong together, or the file is damaged");
  }
}
