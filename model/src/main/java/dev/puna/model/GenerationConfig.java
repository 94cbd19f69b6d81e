package dev.puna.model;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * How a checkpoint wants to be sampled from; what it does not say is empty.
 *
 * @param stops tokens that end a text
 * @param bos the token that begins one
 * @param temperature recommended softmax temperature, 0 for the likeliest token
 * @param topK recommended number of candidates
 * @param topP recommended probability mass of the candidates
 * @param repetitionPenalty recommended penalty of tokens that were there, 1 for none
 * @param opening tokens that a decoder's text begins with, where the prompt is an encoder's
 */
public record GenerationConfig(
    SequencedSet<Integer> stops,
    OptionalInt bos,
    Optional<Double> temperature,
    OptionalInt topK,
    Optional<Double> topP,
    Optional<Double> repetitionPenalty,
    List<Integer> opening) {

  /** The same tokens, with another recommendation. */
  GenerationConfig drawing(double temperature, double topP) {
    return new GenerationConfig(
        stops, bos, Optional.of(temperature), topK, Optional.of(topP), repetitionPenalty, opening);
  }

  /** Only the tokens, no recommendation. */
  public static GenerationConfig of(SequencedSet<Integer> stops, OptionalInt bos) {
    return new GenerationConfig(
        stops,
        bos,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /** generation_config.json where there is one; config.json's token ids otherwise. */
  static GenerationConfig read(Path folder, Config config) {
    Path file = folder.resolve("generation_config.json");
    Config own = Files.exists(file) ? Config.read(file) : config;
    Config stops = own.has("eos_token_id") ? own : config;
    Config bos = own.has("bos_token_id") ? own : config;
    boolean sampled = own.flag("do_sample", own.has("temperature"));
    return new GenerationConfig(
        ids(stops, "eos_token_id"),
        ids(bos, "bos_token_id").stream().mapToInt(Integer::intValue).findFirst(),
        sampled ? number(own, "temperature") : Optional.empty(),
        own.has("top_k") ? OptionalInt.of(own.integer("top_k")) : OptionalInt.empty(),
        number(own, "top_p"),
        number(own, "repetition_penalty"),
        opening(own, config));
  }

  /** Where a decoder begins, and the token that is always the next one, if there is one. */
  private static List<Integer> opening(Config own, Config config) {
    List<Integer> opening = new ArrayList<>();
    for (String key : List.of("decoder_start_token_id", "pad_token_id", "bos_token_id")) {
      if (opening.isEmpty()) {
        opening.addAll(ids(own.has(key) ? own : config, key));
      }
    }
    opening.addAll(ids(own, "forced_bos_token_id"));
    return List.copyOf(opening);
  }

  private static Optional<Double> number(Config config, String key) {
    return config.has(key) ? Optional.of(config.number(key)) : Optional.empty();
  }

  /** A token id or a list of them. */
  private static SequencedSet<Integer> ids(Config config, String key) {
    @Nullable Object value = config.get(key);
    List<?> all = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
    SequencedSet<Integer> ids = new LinkedHashSet<>();
    for (Object id : all) {
      if (!(id instanceof Number n) || n.intValue() != n.doubleValue()) {
        throw new PunaException(
            config.where() + ": " + key + " holds " + id, "it should be a token id or a list");
      }
      ids.add(n.intValue());
    }
    return ids;
  }
}
