package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.Charsmap;
import dev.puna.tokenizer.normalize.Bert;
import dev.puna.tokenizer.normalize.Normalizer;
import dev.puna.tokenizer.normalize.Precompiled;
import dev.puna.tokenizer.normalize.Replace;
import dev.puna.tokenizer.normalize.Rewriting;
import dev.puna.tokenizer.normalize.UnicodeForm;
import java.text.Normalizer.Form;
import java.util.Base64;
import java.util.List;

/** The part "normalizer" of a tokenizer.json. */
final class NormalizerJson {
  private NormalizerJson() {}

  static Normalizer read(Config part) {
    return switch (part.text("type")) {
      case "Sequence" ->
          new Normalizer.Sequence(
              Kind.parts(part, "normalizers").stream().map(NormalizerJson::read).toList());
      case "NFC" -> new UnicodeForm(Form.NFC);
      case "NFD" -> new UnicodeForm(Form.NFD);
      case "NFKC" -> new UnicodeForm(Form.NFKC);
      case "NFKD" -> new UnicodeForm(Form.NFKD);
      case "Lowercase" -> new Rewriting.Lowercase();
      case "Strip" ->
          new Rewriting.Strip(part.flag("strip_left", true), part.flag("strip_right", true));
      case "StripAccents" -> new Rewriting.StripAccents();
      case "Prepend" -> new Rewriting.Prepend(part.text("prepend"));
      case "Replace" -> replace(part);
      case "BertNormalizer" -> bert(part);
      case "Precompiled" -> precompiled(part);
      case "Nmt" -> new Rewriting.Nmt();
      case "ByteLevel" -> new Rewriting.Bytes();
      default -> throw Kind.unknown(part);
    };
  }

  private static Normalizer replace(Config part) {
    Kind.Pattern pattern = Kind.Pattern.of(part);
    String content = part.text("content");
    if (pattern.literal() != null) {
      return Replace.literal(pattern.literal(), content);
    }
    return Replace.regex(part.where(), String.valueOf(pattern.regex()), content);
  }

  private static Normalizer bert(Config part) {
    boolean lowers = part.flag("lowercase", true);
    return new Bert(
        part.flag("clean_text", true),
        part.flag("handle_chinese_chars", true),
        part.flag("strip_accents", lowers),
        lowers);
  }

  private static Normalizer precompiled(Config part) {
    byte[] blob;
    try {
      blob = Base64.getDecoder().decode(Kind.text(part, "precompiled_charsmap", ""));
    } catch (IllegalArgumentException e) {
      throw new PunaException(
          part.where() + ": 'precompiled_charsmap' is not base64", "get the file again", e);
    }
    return blob.length == 0
        ? new Normalizer.Sequence(List.of())
        : new Precompiled(new Charsmap(part.where(), blob));
  }
}
