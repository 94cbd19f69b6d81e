package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * GPTQ (Frantar et al. 2022) and AWQ (Lin et al. 2023) with 4 bits: instead of a layer's weight
 * [out, in] there are qweight and qzeros, eight numbers of 4 bits in each int32, and scales, one
 * for a group of inputs: x = scale·(q - zero).
 *
 * @param groupSize inputs that share a scale and a zero; -1: all
 * @param packing how numbers lie in the integers
 * @param zeroOffset what is added to a stored zero
 */
record PackedScheme(int groupSize, PackedMatrix.Packing packing, int zeroOffset)
    implements QuantizedFile.Scheme {
  private static final int BITS = 4;

  /** As AutoGPTQ and GPTQModel write it; only the second form of the format stores zeros whole. */
  static PackedScheme gptq(Config config) {
    checkBits(config, config.integer("bits"));
    String format = text(config, "checkpoint_format", "gptq");
    boolean whole = format.equals("gptq_v2");
    if (!whole && !format.equals("gptq")) {
      throw QuantizedFile.unknown(config, "checkpoint_format \"" + format + "\"");
    }
    if (config.flag("is_marlin_format", false)) {
      throw QuantizedFile.unknown(config, "is_marlin_format");
    }
    Config dynamic = config.object("dynamic");
    if (dynamic != null && !dynamic.keys().isEmpty()) {
      throw QuantizedFile.unknown(config, "dynamic, another way for some layers,");
    }
    return new PackedScheme(
        groupSize(config, "group_size"), PackedMatrix.Packing.INPUTS, whole ? 0 : 1);
  }

  /** As AutoAWQ writes it in its version "gemm". */
  static PackedScheme awq(Config config) {
    checkBits(config, config.integer("bits", config.integer("w_bit", 0)));
    String version = text(config, "version", "gemm");
    if (!version.equals("gemm")) {
      throw QuantizedFile.unknown(config, "version \"" + version + "\" of AWQ");
    }
    if (!config.flag("zero_point", true)) {
      throw QuantizedFile.unknown(config, "AWQ without zero_point");
    }
    String key = config.has("group_size") ? "group_size" : "q_group_size";
    return new PackedScheme(groupSize(config, key), PackedMatrix.Packing.OUTPUTS, 0);
  }

  private static String text(Config config, String key, String otherwise) {
    String text = config.text(key, otherwise);
    return text == null ? otherwise : text.toLowerCase(Locale.ROOT);
  }

  private static void checkBits(Config config, int bits) {
    if (bits != BITS) {
      throw QuantizedFile.unknown(config, bits + " bits");
    }
  }

  private static int groupSize(Config config, String key) {
    int size = config.integer(key, -1);
    if (size != -1 && size < 1) {
      throw new PunaException(
          config.where() + ": " + key + " is " + size, "it should be a number of inputs, or -1");
    }
    return size;
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors(TensorFile file) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(file.tensors());
    for (String name : file.others().keySet()) {
      if (name.endsWith(".qweight")) {
        String stem = name.substring(0, name.length() - "qweight".length());
        PackedMatrix matrix = new PackedParts(file, stem).matrix(this);
        tensors.remove(stem + "scales");
        StoredTensor weight = matrix.stored(stem + "weight");
        if (tensors.putIfAbsent(weight.name(), weight) != null) {
          throw new PunaException(
              "%s holds both %s and %s".formatted(file.path(), name, weight.name()),
              "remove one of them");
        }
      }
    }
    return tensors;
  }

  /** Group of each input where the file does not say. */
  int[] groups(int inputs) {
    int[] groups = new int[inputs];
    for (int i = 0; groupSize > 0 && i < inputs; i++) {
      groups[i] = i / groupSize;
    }
    return groups;
  }

  /** How many groups so many inputs make. */
  long groupCount(long inputs) {
    return groupSize < 0 ? 1 : Math.ceilDiv(inputs, groupSize);
  }

  /** Shape of qweight. */
  List<Long> packedShape(long inputs, long outputs) {
    return switch (packing) {
      case INPUTS -> List.of(inputs / 8, outputs);
      case OUTPUTS -> List.of(inputs, outputs / 8);
    };
  }
}
