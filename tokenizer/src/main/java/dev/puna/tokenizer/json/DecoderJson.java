package dev.puna.tokenizer.json;

import dev.puna.formats.Config;
import dev.puna.tensor.PunaException;
import dev.puna.tokenizer.decode.ByteFallback;
import dev.puna.tokenizer.decode.ByteLevelDecoder;
import dev.puna.tokenizer.decode.Ctc;
import dev.puna.tokenizer.decode.Decoder;
import dev.puna.tokenizer.decode.Fuse;
import dev.puna.tokenizer.decode.PieceDecoder;
import dev.puna.tokenizer.decode.Strip;
import dev.puna.tokenizer.decode.Suffixed;
import dev.puna.tokenizer.normalize.Replace;
import dev.puna.tokenizer.split.Metaspace;
import java.util.ArrayList;
import java.util.List;

/** The part "decoder" of a tokenizer.json. */
final class DecoderJson {
  private DecoderJson() {}

  static Decoder read(Config part) {
    return switch (part.text("type")) {
      case "Sequence" -> sequence(part);
      case "ByteLevel" -> new ByteLevelDecoder();
      case "WordPiece" ->
          PieceDecoder.wordPiece(Kind.text(part, "prefix", "##"), part.flag("cleanup", true));
      case "Metaspace" ->
          PieceDecoder.metaspace(
              Character.toString(Kind.character(part, "replacement")),
              PreTokenizerJson.prepend(part) != Metaspace.Prepend.NEVER);
      case "ByteFallback" -> new ByteFallback();
      case "Fuse" -> new Fuse();
      case "Strip" ->
          new Strip(
              Character.toString(Kind.character(part, "content")),
              part.integer("start", 0),
              part.integer("stop", 0));
      case "Replace" -> replace(part);
      case "BPEDecoder" -> new Suffixed(Kind.text(part, "suffix", "</w>"));
      case "CTC" ->
          new Ctc(
              Kind.text(part, "pad_token", "<pad>"),
              Kind.text(part, "word_delimiter_token", "|"),
              part.flag("cleanup", true));
      default -> throw Kind.unknown(part);
    };
  }

  private static Decoder sequence(Config part) {
    List<Decoder> stages = new ArrayList<>();
    boolean joined = false;
    for (Config stage : Kind.parts(part, "decoders")) {
      String type = stage.text("type");
      if (joined && type.equals("Replace") && !isOneCharacter(stage)) {
        throw new PunaException(
            stage.where() + ": a pattern of several characters cannot be replaced after Fuse",
            "put Replace before Fuse");
      }
      joined |= type.equals("Fuse") || type.equals("ByteLevel");
      stages.add(read(stage));
    }
    return new Decoder.Sequence(stages);
  }

  private static boolean isOneCharacter(Config part) {
    String literal = Kind.Pattern.of(part).literal();
    return literal != null && literal.codePointCount(0, literal.length()) == 1;
  }

  private static Decoder replace(Config part) {
    Kind.Pattern pattern = Kind.Pattern.of(part);
    String content = part.text("content");
    Replace replace =
        pattern.literal() != null
            ? Replace.literal(pattern.literal(), content)
            : Replace.regex(part.where(), String.valueOf(pattern.regex()), content);
    return new PieceDecoder((piece, first) -> replace.normalize(piece));
  }
}
