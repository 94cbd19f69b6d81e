package dev.puna.tokenizer.files;

import dev.puna.tokenizer.Special;
import dev.puna.tokenizer.Tokenizer;
import dev.puna.tokenizer.json.TekkenJson;
import dev.puna.tokenizer.pipeline.AddedToken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** tekken.json of Mistral's models. */
public final class Tekken {
  private Tekken() {}

  /** The tokenizer; throws {@link dev.puna.tensor.PunaException} if the file is damaged. */
  public static Tokenizer read(String where, byte[] file) {
    TekkenJson json = TekkenJson.read(where, file);
    List<AddedToken> special = new ArrayList<>();
    for (int id = 0; id < json.special(); id++) {
      special.add(AddedToken.plain(id, json.pieces()[id], true));
    }
    List<String> names = Arrays.asList(json.pieces()).subList(0, json.special());
    Special ids =
        new Special(
            id(names, "<s>"),
            id(names, "</s>"),
            id(names, "<unk>"),
            id(names, "<pad>"),
            true,
            false);
    return new Ranks(
            where,
            json.pieces(),
            json.special(),
            json.pieces().length,
            special,
            null,
            json.expression())
        .tokenizer(ids);
  }

  private static OptionalInt id(List<String> names, String name) {
    int id = names.indexOf(name);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }
}
