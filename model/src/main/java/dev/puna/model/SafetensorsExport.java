package dev.puna.model;

import dev.puna.formats.AtomicFile;
import dev.puna.formats.Config;
import dev.puna.formats.SafetensorsWriter;
import dev.puna.program.Rotation;
import dev.puna.program.Weight;
import dev.puna.tensor.DType;
import dev.puna.tensor.PunaException;
import dev.puna.tensor.Tensor;
import dev.puna.tokenizer.SentencePieceModelWriter;
import dev.puna.tokenizer.SentencePieceTokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint as a Hugging Face directory: config.json, safetensors, and the files of the
 * tokenizer where the source has any. Memory is bounded by one tensor.
 */
public final class SafetensorsExport {
  /** What transformers takes as the largest file. */
  public static final long SHARD_BYTES = 5_000_000_000L;

  /** Files that describe a tokenizer or how to sample: copied as they are. */
  private static final List<String> COPIED =
      List.of(
          "tokenizer.model",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "vocab.txt",
          "merges.txt",
          "chat_template.jinja",
          "generation_config.json");

  private SafetensorsExport() {}

  /**
   * @param folder created if it is not there
   * @param type F32, F16 or BF16
   * @param shardBytes most bytes of tensors in a file; see {@link #SHARD_BYTES}
   * @param progress told each tensor's name and bytes as it is written
   * @throws PunaException if the architecture has no form there, or files cannot be written
   */
  public static void write(
      Checkpoint checkpoint,
      Path folder,
      DType type,
      long shardBytes,
      ObjLongConsumer<String> progress) {
    byte[] config = config(checkpoint, type).json(); // first: not every architecture has one
    try {
      Files.createDirectories(folder);
      writeWeights(checkpoint, folder, type, shardBytes, progress);
      writeTokenizer(checkpoint, folder);
      AtomicFile.write(folder.resolve("config.json"), AtomicFile.Body.of(config));
    } catch (IOException e) {
      throw new PunaException(
          "cannot write to " + folder + " (" + e + ")", "check its rights and its disk's space", e);
    }
  }

  /** A tensor to write, and from which of its rows each row comes; null: the same. */
  private record Source(Function<Arena, Tensor> tensor, int @Nullable [] order) {}

  private static void writeWeights(
      Checkpoint checkpoint,
      Path folder,
      DType type,
      long shardBytes,
      ObjLongConsumer<String> progress) {
    List<SafetensorsWriter.Entry> entries = new ArrayList<>();
    Map<String, Source> sources = new HashMap<>();
    if (checkpoint.layout() == Layout.HUGGING_FACE) {
      asStored(checkpoint, type, entries, sources);
    } else {
      renamed(checkpoint, type, entries, sources);
    }
    try (TensorEncoder encoder = new TensorEncoder()) {
      SafetensorsWriter.write(
          folder,
          entries,
          shardBytes,
          entry -> {
            Source source = Objects.requireNonNull(sources.get(entry.name()));
            long elements = entry.shape().stream().reduce(1L, Math::multiplyExact);
            progress.accept(entry.name(), type.bytes(elements));
            return encoder.encode(source.tensor, new TensorEncoder.How(type, source.order, null));
          });
    }
  }

  /** What has this layout stays as it is, but for its type. */
  private static void asStored(
      Checkpoint checkpoint,
      DType type,
      List<SafetensorsWriter.Entry> entries,
      Map<String, Source> sources) {
    checkpoint
        .kept()
        .forEach(
            (name, tensor) -> {
              entries.add(new SafetensorsWriter.Entry(name, type, tensor.shape()));
              sources.put(name, new Source(tensor::matrix, null));
            });
  }

  private static void renamed(
      Checkpoint checkpoint,
      DType type,
      List<SafetensorsWriter.Entry> entries,
      Map<String, Source> sources) {
    WeightNames names = checkpoint.family().huggingFaceNames(checkpoint.spec());
    if (!names.isRenaming()) {
      throw new PunaException(
          checkpoint.path() + " cannot be laid out as a Hugging Face folder",
          "weights of family "
              + checkpoint.family().name()
              + " are put together otherwise there: convert the original checkpoint");
    }
    for (Weight w : checkpoint.weights()) {
      String stored = names.stored(w.name());
      List<Long> shape =
          w.rows() == 1 ? List.of((long) w.cols()) : List.of((long) w.rows(), (long) w.cols());
      entries.add(new SafetensorsWriter.Entry(stored, type, shape));
      int[] order = RowOrder.of(checkpoint.spec(), w, Rotation.Pairing.HALVES);
      sources.put(stored, new Source(arena -> checkpoint.tensor(w, arena), order));
    }
  }

  /** The checkpoint's own configuration, where it has this form; else one made of what it says. */
  private static Config config(Checkpoint checkpoint, DType type) {
    SequencedMap<String, Object> config = new LinkedHashMap<>();
    String architecture =
        checkpoint.family().names().stream()
            .filter(name -> Character.isUpperCase(name.charAt(0)))
            .sorted()
            .findFirst()
            .orElseThrow();
    config.put("architectures", List.of(architecture));
    boolean own = checkpoint.layout() == Layout.HUGGING_FACE;
    Set<String> unread = checkpoint.config().unread(); // GGUF's keys answer to several spellings
    for (String key : checkpoint.config().keys()) {
      if (own || !unread.contains(key) && !key.startsWith("gguf_")) {
        config.put(key, checkpoint.config().get(key));
      }
    }
    if (!own) {
      fill(checkpoint, config);
    }
    config.remove("quantization_config");
    config.remove("dtype");
    config.put(
        "torch_dtype",
        switch (type) {
          case F32 -> "float32";
          case F16 -> "float16";
          default -> "bfloat16";
        });
    return Config.of(checkpoint.path().toString(), config);
  }

  /** What GGUF and other layouts say in another way than config.json. */
  private static void fill(Checkpoint checkpoint, SequencedMap<String, Object> config) {
    config.remove("rotary_dim");
    if (config.remove("rope_parameters") instanceof Map<?, ?> rope) {
      if (RopeConfig.DIVISORS.equals(rope.get("rope_type"))) {
        throw new PunaException(
            checkpoint.path() + " divides its rotary frequencies by a table",
            "config.json cannot express that; convert the original checkpoint");
      }
      config.put("rope_theta", rope.get("rope_theta"));
      if (!"none".equals(rope.get("rope_type"))) {
        SequencedMap<String, Object> scaling = new LinkedHashMap<>();
        rope.forEach((key, value) -> scaling.put(String.valueOf(key), value));
        scaling.remove("rope_theta");
        config.put("rope_scaling", scaling);
      }
    }
    GenerationConfig generation = checkpoint.generation();
    generation.bos().ifPresent(id -> config.put("bos_token_id", id));
    if (!generation.stops().isEmpty()) {
      config.put("eos_token_id", List.copyOf(generation.stops()));
    }
  }

  /** A folder's files are copied; a SentencePiece vocabulary from elsewhere has its own file. */
  private static void writeTokenizer(Checkpoint checkpoint, Path folder) throws IOException {
    if (Files.isDirectory(checkpoint.path())) {
      copyTokenizer(checkpoint.path(), folder);
      return;
    }
    if (checkpoint.hasTokenizer() && checkpoint.tokenizer() instanceof SentencePieceTokenizer t) {
      SentencePieceModelWriter.write(t.vocabulary(), folder.resolve("tokenizer.model"));
    }
    Map<String, Object> config = new LinkedHashMap<>();
    if (checkpoint.hasTokenizer()) {
      config.put("add_bos_token", checkpoint.tokenizer().special().addBos());
      config.put("add_eos_token", checkpoint.tokenizer().special().addEos());
    }
    String template = checkpoint.chatTemplates().get(ChatTemplates.DEFAULT);
    if (template != null) {
      config.put("chat_template", template);
    }
    byte[] json = Config.of("tokenizer_config.json", config).json();
    AtomicFile.write(folder.resolve("tokenizer_config.json"), AtomicFile.Body.of(json));
  }

  /** Whether a checkpoint's tokenizer has a file in the folder that is written. */
  public static boolean writesTokenizer(Checkpoint checkpoint) {
    return !checkpoint.hasTokenizer()
        || Files.isDirectory(checkpoint.path())
        || checkpoint.tokenizer() instanceof SentencePieceTokenizer;
  }

  private static void copyTokenizer(Path source, Path folder) throws IOException {
    for (String name : COPIED) {
      Path file = source.resolve(name);
      Path target = folder.resolve(name);
      if (Files.isRegularFile(file) && !target.equals(file)) {
        AtomicFile.write(
            target,
            out -> {
              try (FileChannel in = FileChannel.open(file)) {
                for (long at = 0, size = in.size(); at < size; ) {
                  at += in.transferTo(at, size - at, out);
                }
              }
            });
      }
    }
  }

  /** Whether a name means a folder of safetensors rather than a GGUF file. */
  public static boolean means(Path target) {
    return !target.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
  }
}
