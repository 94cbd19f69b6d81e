package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.vocabulary.Pieces;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What tokenizer_config.json and special_tokens_map.json say about special tokens. The former wins,
 * as in the library `transformers`.
 */
public final class SpecialNames {
  /** Nothing said. */
  public static final SpecialNames NONE = new SpecialNames(List.of());

  private static final List<String> KEYS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "pad_token",
          "cls_token",
          "sep_token",
          "mask_token");

  private final List<Config> files;

  private SpecialNames(List<Config> files) {
    this.files = files;
  }

  /** What the files of a folder say, if they are there. */
  public static SpecialNames of(Path folder) {
    List<Config> files = new ArrayList<>();
    for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        files.add(Config.read(file));
      }
    }
    return new SpecialNames(files);
  }

  /** The name of a token such as {@code bos_token}; null if it is not said. */
  public @Nullable String name(String key) {
    for (Config file : files) {
      Object value = file.get(key);
      Object name = value instanceof Map<?, ?> map ? map.get("content") : value;
      if (name instanceof String text) {
        return text;
      }
    }
    return null;
  }

  /** A flag such as {@code add_bos_token}; {@code otherwise} if it is not said. */
  public boolean flag(String key, boolean otherwise) {
    for (Config file : files) {
      if (file.get(key) instanceof Boolean flag) {
        return flag;
      }
    }
    return otherwise;
  }

  /** The class that the library `transformers` has for the tokenizer; empty if it is not said. */
  public String tokenizerClass() {
    String name = name("tokenizer_class");
    return name == null ? "" : name;
  }

  /** The tokens that the files add, by id: {@code added_tokens_decoder}. */
  public Map<Integer, Config> added() {
    Map<Integer, Config> added = new LinkedHashMap<>();
    for (Config file : files) {
      Config tokens = file.object("added_tokens_decoder");
      if (tokens == null) {
        continue;
      }
      for (String id : tokens.keys()) {
        Config token = tokens.object(id);
        if (token != null && id.matches("\\d{1,7}")) {
          added.put(Integer.parseInt(id), token);
        }
      }
    }
    return added;
  }

  /**
   * Adds the special tokens that are named here and are pieces, but are not added ones yet, as the
   * library `transformers` does.
   */
  void addMissing(Pieces pieces, List<AddedToken> tokens) {
    Set<String> known = new HashSet<>();
    tokens.forEach(token -> known.add(token.content()));
    for (String name : all()) {
      int id = pieces.find(name);
      if (id >= 0 && known.add(name)) {
        tokens.add(AddedToken.plain(id, name, true));
      }
    }
  }

  /** The names of all special tokens. */
  public List<String> all() {
    List<String> all = new ArrayList<>();
    for (String key : KEYS) {
      String name = name(key);
      if (name != null) {
        all.add(name);
      }
    }
    for (Config file : files) {
      if (file.get("additional_special_tokens") instanceof List<?> more) {
        for (Object token : more) {
          Object name = token instanceof Map<?, ?> map ? map.get("content") : token;
          if (name instanceof String text) {
            all.add(text);
          }
        }
      }
    }
    return all;
  }

  /**
   * The special tokens.
   *
   * @param find the id of a name; -1 for none
   * @param unknown the unknown token of the vocabulary; -1 for none
   */
  Special special(ToIntFunction<String> find, TemplateJson template, int unknown) {
    String before = template.before().size() == 1 ? template.before().getFirst() : null;
    String after = template.after().size() == 1 ? template.after().getFirst() : null;
    OptionalInt bos = first(find, before, name("bos_token"), name("cls_token"));
    OptionalInt eos = first(find, name("eos_token"), after, name("sep_token"));
    boolean ends = after != null && id(find, after).equals(eos);
    return new Special(
        bos,
        eos,
        unknown >= 0 ? OptionalInt.of(unknown) : id(find, name("unk_token")),
        id(find, name("pad_token")),
        flag("add_bos_token", before != null) && bos.isPresent(),
        flag("add_eos_token", ends) && eos.isPresent());
  }

  private static OptionalInt first(ToIntFunction<String> find, @Nullable String... names) {
    for (String name : names) {
      OptionalInt id = id(find, name);
      if (id.isPresent()) {
        return id;
      }
    }
    return OptionalInt.empty();
  }

  private static OptionalInt id(ToIntFunction<String> find, @Nullable String name) {
    int id = name == null ? -1 : find.applyAsInt(name);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }
}
