package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.text.ByteAlphabet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tekken.json, the file of the library `mistral-common`: special tokens have the first ids,
 * pieces those that follow.
 *
 * @param pieces by id, in the alphabet of bytes behind the special ones
 * @param special the number of special ones
 * @param expression what cuts the text into words
 */
public record TekkenJson(String[] pieces, int special, String expression) {
  /** What files have that do not list their special tokens. */
  private static final List<String> SPECIAL =
      List.of(
          "<unk>",
          "<s>",
          "</s>",
          "[INST]",
          "[/INST]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]",
          "[TOOL_CALLS]",
          "[IMG]",
          "<pad>",
          "[IMG_BREAK]",
          "[IMG_END]",
          "[PREFIX]",
          "[MIDDLE]",
          "[SUFFIX]",
          "[SYSTEM_PROMPT]",
          "[/SYSTEM_PROMPT]",
          "[TOOL_CONTENT]");

  private static final int DEFAULT_SPECIAL = 1000;

  /** Reads a file; throws {@link PunaException} if it is damaged. */
  public static TekkenJson read(String where, byte[] file) {
    try {
      JsonReader in = new JsonReader(where, file);
      List<String> ranked = new ArrayList<>();
      Config[] config = new Config[1];
      List<Object> listed = new ArrayList<>();
      in.object(
          key -> {
            switch (key) {
              case "config" -> config[0] = in.config(key);
              case "vocab" -> in.array(nothing -> ranked.add(piece(where, in.config("vocab"))));
              case "special_tokens" -> add(listed, in.value());
              default -> in.value();
            }
          });
      if (config[0] == null) {
        throw new PunaException(where + " has no 'config'", "get the file again");
      }
      return of(config[0], ranked, listed);
    } catch (IOException e) {
      throw JsonReader.malformed(where, e);
    }
  }

  private static void add(List<Object> all, @Nullable Object value) {
    if (value instanceof List<?> list) {
      all.addAll(list);
    }
  }

  private static String piece(String where, Config entry) {
    try {
      return ByteAlphabet.piece(Base64.getDecoder().decode(entry.text("token_bytes")));
    } catch (IllegalArgumentException e) {
      throw new PunaException(where + ": a piece is not base64", "get the file again", e);
    }
  }

  private static TekkenJson of(Config config, List<String> ranked, List<Object> listed) {
    int special = config.positive("default_num_special_tokens", DEFAULT_SPECIAL);
    int size = config.positive("default_vocab_size", special + ranked.size());
    if (size > ModelJson.ID_LIMIT || special > size || size - special > ranked.size()) {
      throw new PunaException(
          "%s: %d pieces, of which %d are special, cannot be made of %d"
              .formatted(config.where(), size, special, ranked.size()),
          "get the file again");
    }
    String[] pieces = new String[size];
    Arrays.fill(pieces, "");
    for (int id = 0; id < special; id++) {
      pieces[id] = id < SPECIAL.size() ? SPECIAL.get(id) : "<SPECIAL_" + id + ">";
    }
    for (Object element : listed) {
      if (element instanceof Map<?, ?> token
          && token.get("rank") instanceof Integer rank
          && token.get("token_str") instanceof String name
          && rank >= 0
          && rank < special) {
        pieces[rank] = name;
      }
    }
    for (int id = special; id < size; id++) {
      pieces[id] = ranked.get(id - special);
    }
    return new TekkenJson(pieces, special, config.text("pattern"));
  }
}
