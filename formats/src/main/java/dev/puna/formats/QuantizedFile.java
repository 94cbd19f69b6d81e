package dev.puna.formats;

import dev.puna.tensor.PunaException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * A quantized checkpoint of Hugging Face's kind, seen as one with ordinary matrices under ordinary
 * names. The file that holds its parts (packed integers, scales, zeros) stays as it is; each matrix
 * is made of them when asked for.
 */
public final class QuantizedFile implements TensorFile {
  private static final String KNOWN =
      "known are gptq and awq with 4 bits, fp8 and mxfp4; take another version of the model, or"
          + " GGUF";

  private final TensorFile file;
  private final SequencedMap<String, StoredTensor> tensors;

  /** One way to quantize: knows which tensors belong together, and what they make. */
  sealed interface Scheme permits PackedScheme, Float8Scheme, Mxfp4Scheme {
    /** The tensors of {@code file}, with the quantized ones replaced by what they stand for. */
    SequencedMap<String, StoredTensor> tensors(TensorFile file);
  }

  private QuantizedFile(TensorFile file, Scheme scheme) {
    this.file = file;
    this.tensors = scheme.tensors(file);
  }

  /**
   * A view of a file; closing it closes the file, which stays open if this fails.
   *
   * @param quantization config.json's quantization_config
   * @throws PunaException if the method or one of its options is not known, or parts are missing or
   *     do not fit together
   */
  public static TensorFile of(TensorFile file, Config quantization) {
    return new QuantizedFile(file, scheme(quantization));
  }

  private static Scheme scheme(Config config) {
    String method = config.text("quant_method").toLowerCase(Locale.ROOT);
    return switch (method) {
      case "gptq" -> PackedScheme.gptq(config);
      case "awq" -> PackedScheme.awq(config);
      case "fp8", "fbgemm_fp8" -> Float8Scheme.fp8(config);
      case "mxfp4" -> new Mxfp4Scheme();
      case "compressed-tensors" -> Float8Scheme.compressedTensors(config);
      default -> throw unknown(config, "quantization by \"" + method + "\"");
    };
  }

  /** The error for a way to quantize that is not known. */
  static PunaException unknown(Config config, String what) {
    return new PunaException(config.where() + ": " + what + " cannot be read", KNOWN);
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /** Nothing: what was packed is among the tensors, and what else is no weight is not needed. */
  @Override
  public SequencedMap<String, OtherTensor> others() {
    return new LinkedHashMap<>();
  }

  @Override
  public void close() {
    file.close();
  }
}
