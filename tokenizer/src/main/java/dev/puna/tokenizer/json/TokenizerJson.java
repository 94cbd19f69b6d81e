package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.decode.Decoder;
import dev.puna.tokenizer.decode.PieceDecoder;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.pipeline.AddedToken;
import dev.puna.tokenizer.pipeline.Pipeline;
import dev.puna.tokenizer.split.PreTokenizer;
import dev.puna.tokenizer.vocabulary.Pieces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a tokenizer.json. */
public final class TokenizerJson {
  private final JsonReader in;
  private @Nullable ModelJson model;
  private @Nullable Normalizer normalizer;
  private List<PreTokenizer> preTokenizers = List.of();
  private TemplateJson template = TemplateJson.NONE;
  private @Nullable Decoder decoder;
  private @Nullable Object added;

  private TokenizerJson(JsonReader in) {
    this.in = in;
  }

  /**
   * The tokenizer of a file.
   *
   * @param where the file, for messages
   * @throws PunaException if the file is damaged, or has a part that is not known, which it names
   */
  public static Pipeline read(String where, byte[] file, SpecialNames names) {
    try {
      TokenizerJson json = new TokenizerJson(new JsonReader(where, file));
      json.in.object(json::member);
      return json.build(names);
    } catch (IOException e) {
      throw JsonReader.malformed(where, e);
    }
  }

  private void member(String key) throws IOException {
    switch (key) {
      case "model" -> model = ModelJson.read(in);
      case "added_tokens" -> added = in.value();
      case "normalizer", "pre_tokenizer", "post_processor", "decoder" -> {
        if (in.atObject()) {
          part(key, in.config(key));
        } else {
          in.value();
        }
      }
      default -> in.value();
    }
  }

  private void part(String key, Config part) {
    switch (key) {
      case "normalizer" -> normalizer = NormalizerJson.read(part);
      case "pre_tokenizer" -> preTokenizers = PreTokenizerJson.read(part);
      case "post_processor" -> template = TemplateJson.read(part);
      default -> decoder = DecoderJson.read(part);
    }
  }

  private Pipeline build(SpecialNames names) {
    if (model == null) {
      throw new PunaException(in.where() + " has no 'model'", "get the file again");
    }
    int size = model.size();
    Pieces vocabulary = new Pieces(model.pieces(size));
    List<AddedToken> tokens = added(vocabulary);
    names.addMissing(vocabulary, tokens);
    Pieces all = withAdded(model, vocabulary, tokens);
    WordModels models = new WordModels(model, vocabulary, preTokenizers, special(tokens));
    return new Pipeline(
        new Pipeline.Parts(
            all,
            tokens,
            normalizer,
            models.preTokenizer(),
            models.model(),
            decoder == null ? PieceDecoder.spaced() : decoder,
            names.special(all::find, template, models.unknown()),
            models.unknown(),
            models.gguf()));
  }

  /** Tokens that are pieces too have those pieces' ids, whatever the file says. */
  private List<AddedToken> added(Pieces vocabulary) {
    List<AddedToken> special = new ArrayList<>();
    List<AddedToken> others = new ArrayList<>();
    Config file = Config.of(in.where(), Map.of("added_tokens", added == null ? List.of() : added));
    for (Config token : Kind.parts(file, "added_tokens")) {
      String content = token.text("content");
      int known = vocabulary.find(content);
      int id = known >= 0 ? known : token.integer("id");
      if (id < 0 || id > ModelJson.ID_LIMIT) {
        throw new PunaException(
            "%s: the token '%s' has the id %d".formatted(in.where(), content, id),
            "ids go from 0 to " + ModelJson.ID_LIMIT);
      }
      AddedToken read =
          new AddedToken(
              id,
              content,
              token.flag("special", false),
              token.flag("normalized", true),
              token.flag("single_word", false),
              token.flag("lstrip", false),
              token.flag("rstrip", false));
      (read.special() ? special : others).add(read);
    }
    special.addAll(others);
    return special;
  }

  /** Ids that are always found before the vocabulary, or else are meant to be plain text. */
  private static BitSet special(List<AddedToken> tokens) {
    BitSet special = new BitSet();
    tokens.stream()
        .filter(token -> token.special() && !token.singleWord() && !token.normalized())
        .forEach(token -> special.set(token.id()));
    return special;
  }

  private static Pieces withAdded(ModelJson model, Pieces vocabulary, List<AddedToken> tokens) {
    Map<Integer, String> more = new HashMap<>();
    int size = vocabulary.size();
    for (AddedToken token : tokens) {
      if (token.id() >= vocabulary.size() || vocabulary.get(token.id()).isEmpty()) {
        more.put(token.id(), token.content());
        size = Math.max(size, token.id() + 1);
      }
    }
    if (more.isEmpty()) {
      return vocabulary;
    }
    String[] pieces = model.pieces(size);
    more.forEach((id, content) -> pieces[id] = content);
    return new Pieces(pieces);
  }
}
